import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.timeline import NICE_SPANS_S, Timeline, coarsened, span_for


def timeline(start_s, data_s, values) -> Timeline:
    data_s, values = np.array(data_s, float), np.array(values, float)
    counts = np.stack([values, 2 * values], axis=1) if len(values) else np.zeros((0, 2))
    return Timeline(
        start_s=np.array(start_s, np.int64),
        length_s=10,
        data_s=data_s,
        faces_s=data_s / 2,
        faces_mean=values,
        faces_max=values.astype(int),
        counts_mean=counts,
        classes=("calm", "tense"),
        indicator_mean=values,
        indicator_max=values,
    )


def test_spans_are_weighed_by_their_time_with_data():
    merged = coarsened(timeline([0, 10, 50, 60], [10, 5, 0, 10], [2, 5, 9, 4]), 60)
    assert merged.start_s.tolist() == [0, 60]
    assert merged.data_s.tolist() == [15, 10]
    assert merged.faces_mean.tolist() == [3, 4]
    assert merged.counts_mean.tolist() == [[3, 6], [4, 8]]
    assert merged.indicator_mean.tolist() == [3, 4]
    assert merged.indicator_max.tolist() == [9, 4]
    assert merged.no_data_share.tolist() == [0.75, pytest.approx(1 - 10 / 60)]


def test_nothing_stays_nothing():
    assert len(coarsened(timeline([], [], []), 3600)) == 0


def test_columns_of_different_length_are_a_mistake():
    with pytest.raises(ValueError, match="columns of"):
        timeline([0, 10], [1, 1], [1])


@given(st.floats(1, 1e9), st.integers(2, 1000))
def test_a_range_never_has_more_points_than_asked_for(range_s, most_points):
    length_s = span_for(0.0, range_s, most_points)
    assert range_s / length_s + 1 <= most_points + 1e-6
    assert length_s in NICE_SPANS_S or length_s % 86400 == 0
