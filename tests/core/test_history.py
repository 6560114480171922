from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.history import HistoryRow, RowBuilder, Sample, combine, row_start_s
from webapp.core.scales import PRESENT_SCALE

CLASSES = ("angry", "neutral", "uncertain")


def seen(angry: int = 0, neutral: int = 0, uncertain: int = 0, indicator: float = 0.0) -> Sample:
    return Sample((angry, neutral, uncertain), CLASSES, indicator)


def build(samples, start_s=1000.0, interval_s=1.0):
    builder = RowBuilder()
    rows = [builder.add(sample, start_s + n * interval_s) for n, sample in enumerate(samples)]
    return [row for row in [*rows, builder.finish()] if row]


def test_ten_seconds_of_one_view():
    (row, rest) = build([seen(angry=1, neutral=1, indicator=40.0)] * 11)
    assert (row.start_s, row.length_s, rest.start_s) == (1000, 10, 1010)
    assert row.data_s == row.faces_s == 9.0
    assert (row.faces_mean, row.faces_max) == (2.0, 2)
    assert row.counts_mean == (1.0, 1.0, 0.0)
    assert (row.indicator_mean, row.indicator_max) == (40.0, 40.0)


def test_means_weigh_by_time_and_the_indicator_by_time_with_faces():
    (row,) = build([seen()] * 3 + [seen(neutral=2, indicator=10.0)] * 2 + [None] * 3)
    assert row.data_s == 4.0
    assert row.faces_s == 2.0
    assert row.faces_mean == pytest.approx(1.0)
    assert (row.indicator_mean, row.indicator_max) == (10.0, 10.0)
    assert row.no_data_share == pytest.approx(0.6)


def test_no_data_at_all_is_a_row_too():
    (row,) = build([None] * 5)
    assert (row.no_data_share, row.faces_mean, row.faces_max) == (1.0, 0.0, 0)
    assert (row.indicator_mean, row.indicator_max) == (0.0, 0.0)


def test_nothing_begun_is_no_row():
    assert RowBuilder().finish() is None


@pytest.mark.parametrize(("interval_s", "data_s"), [(0.5, 1.0), (1.5, 3.0), (1.6, 0.0)])
def test_a_silence_is_time_without_data(interval_s, data_s):
    (row,) = build([seen(neutral=1)] * 3, interval_s=interval_s)
    assert row.data_s == data_s


def test_a_clock_set_back_ends_the_row():
    builder = RowBuilder()
    builder.add(seen(neutral=1), 1000.0)
    builder.add(seen(neutral=1), 1001.0)
    assert builder.add(seen(neutral=1), 500.0).data_s == 1.0
    assert builder.finish().data_s == 0.0


def test_classes_that_one_row_lacks_count_as_never_seen():
    (one,) = build([seen(angry=1)] * 2)
    (other,) = build([Sample((1,), ("calm",), 0.0)] * 2)
    both = combine([one, other], 960, 60)
    assert dict(zip(both.classes, both.counts_mean, strict=True)) == {
        "angry": 0.5,
        "neutral": 0.0,
        "uncertain": 0.0,
        "calm": 0.5,
    }


def of_scale(scale, indicator, faces_s=10.0):
    return HistoryRow(0, 10, 10.0, faces_s, 2.0, 2, (2.0,), ("angry",), indicator, indicator, scale)


@pytest.mark.parametrize(
    ("rows", "scale", "mean", "highest", "faces_s"),
    [
        ([of_scale(1, 20.0), of_scale(1, 40.0)], 1, 30.0, 40.0, 20.0),
        ([of_scale(1, 80.0), of_scale(2, 10.0), of_scale(2, 30.0)], 2, 20.0, 30.0, 20.0),
        ([of_scale(2, 10.0), of_scale(1, 80.0)], 2, 10.0, 10.0, 10.0),
        ([of_scale(1, 80.0), of_scale(2, 0.0, 0.0)], 1, 80.0, 80.0, 10.0),
        ([of_scale(1, 0.0, 0.0), of_scale(2, 0.0, 0.0)], 2, 0.0, 0.0, 0.0),
    ],
)
def test_only_readings_of_the_newest_scale_make_the_indicator(rows, scale, mean, highest, faces_s):
    at_once = combine(rows, 0, 60)
    assert (at_once.scale, at_once.faces_s) == (scale, faces_s)
    assert (at_once.indicator_mean, at_once.indicator_max) == (mean, highest)
    assert (at_once.data_s, at_once.faces_mean) == (10.0 * len(rows), 2.0)
    one_by_one = reduce(lambda merged, row: combine([merged, row], 0, 60), rows)
    assert one_by_one == at_once


def test_new_rows_are_of_the_present_scale():
    (row,) = build([seen(angry=1)] * 2)
    assert row.scale == PRESENT_SCALE


def test_counts_and_classes_of_different_number_are_a_mistake():
    (row,) = build([seen(angry=1)] * 2)
    with pytest.raises(ValueError, match="zip"):
        combine([replace(row, classes=CLASSES[:2])], 960, 60)
    with pytest.raises(ValueError, match="zip"):
        build([Sample((1, 2), CLASSES, 0.0)])


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 100)), min_size=1, max_size=80))
def test_rows_combined_say_what_the_samples_said(views):
    samples = [seen(neutral=count, indicator=value if count else 0.0) for count, value in views]
    rows = build(samples, start_s=1200.0)
    whole = combine(rows, 1200, 600)
    weighed = [(s, 1.0) for n, s in enumerate(samples) if n and (1200 + n) % 10]
    assert whole.data_s == pytest.approx(len(weighed))
    assert whole.faces_max == max([s.faces for s in samples if s], default=0)
    with_faces = [s.indicator for s, _ in weighed if s.faces]
    assert whole.faces_s == pytest.approx(len(with_faces))
    assert whole.indicator_mean == pytest.approx(sum(with_faces) / max(1, len(with_faces)))
    assert whole.indicator_max == max(s.indicator for s in samples)
    if weighed:
        assert whole.faces_mean == pytest.approx(sum(s.faces for s, _ in weighed) / len(weighed))


def test_the_start_of_a_span():
    assert row_start_s(1234.9) == 1230
    assert row_start_s(1234.9, 60) == 1200
