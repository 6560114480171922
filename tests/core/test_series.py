import numpy as np
import pytest

from webapp.core.series import FIRST_SPAN_S, MOST_SPANS, SeriesSampler

NAMES = ("angry", "uncertain")


def counts(angry: int) -> dict[str, int]:
    return {"angry": angry, "uncertain": 1}


def test_without_readings_there_are_no_points():
    assert len(SeriesSampler(NAMES).points()) == 0


def test_readings_of_one_span_are_averaged():
    sampler = SeriesSampler(NAMES)
    sampler.step(counts(0), 20.0, 0.01)
    sampler.step(counts(3), 40.0, 0.02)
    points = sampler.points()
    np.testing.assert_allclose(points.counts, [[1.5, 1.0]])
    np.testing.assert_allclose(points.indicator, [30.0])
    np.testing.assert_allclose(points.at_s, [FIRST_SPAN_S / 2])


def test_without_a_face_there_is_no_indicator():
    sampler = SeriesSampler(NAMES)
    nobody = dict.fromkeys(NAMES, 0)
    sampler.step(nobody, 0.0, 0.01)
    sampler.step(counts(1), 40.0, 0.02)
    sampler.step(nobody, 0.0, 1.0)
    points = sampler.points()
    np.testing.assert_allclose(points.indicator, [40.0, np.nan])
    np.testing.assert_allclose(points.counts, [[0.5, 0.5], [0.0, 0.0]])


def test_spans_without_a_reading_are_left_out():
    sampler = SeriesSampler(NAMES)
    for now_s in (0.0, 1.0, 5.0):
        sampler.step(counts(1), 0.0, now_s)
    assert sampler.points().at_s == pytest.approx([0.05, 1.05, 5.05])


@pytest.mark.parametrize("seconds", [10, 1000, 100_000])
def test_there_are_no_more_points_however_long_it_lasts(seconds):
    sampler = SeriesSampler(NAMES, most_spans=20)
    for now_s in np.linspace(0, seconds, 500):
        sampler.step(counts(3), 50.0, float(now_s))
    points = sampler.points()
    assert 5 <= len(points) <= 20
    assert points.at_s[-1] <= 2 * seconds
    np.testing.assert_allclose(points.counts, [[3.0, 1.0]] * len(points))
    np.testing.assert_allclose(points.indicator, 50.0)
    assert (np.diff(points.at_s) > 0).all()


def test_halving_keeps_what_came_when():
    sampler = SeriesSampler(NAMES, most_spans=20)
    for now_s in (0.0, 0.5, 1.5, 3.5):
        sampler.step(counts(int(now_s)), 0.0, now_s)
    points = sampler.points()
    np.testing.assert_allclose(points.at_s, [0.0, 0.5, 1.5, 3.5], atol=0.2)
    np.testing.assert_allclose(points.counts[:, 0], [0, 0, 1, 3])


def test_the_first_halving_comes_when_all_spans_are_used():
    sampler = SeriesSampler(NAMES)
    for now_s in (119.95, MOST_SPANS * FIRST_SPAN_S):
        sampler.step(counts(1), 0.0, now_s)
    np.testing.assert_allclose(sampler.points().at_s, [119.9, 120.1])
