import math

import numpy as np
import pytest

from webapp.core.smoothing import ProbabilitySmoother

ANGRY, HAPPY = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
ONE = np.array([7])


def test_nobody_is_smoothed_to_nothing():
    smoothed = ProbabilitySmoother().step(np.zeros(0, int), np.zeros((0, 7)), 0.0)
    assert smoothed.shape == (0, 7)


def test_a_new_track_starts_at_its_first_reading():
    np.testing.assert_array_equal(ProbabilitySmoother().step(ONE, ANGRY, 0.0), ANGRY)


@pytest.mark.parametrize("frames", [1, 5, 50])
def test_the_blend_depends_on_time_and_not_on_frame_rate(frames):
    smoother = ProbabilitySmoother()
    smoother.step(ONE, ANGRY, 0.0)
    for frame in range(1, frames + 1):
        smoothed = smoother.step(ONE, HAPPY, frame / frames)
    assert smoothed[0, 0] == pytest.approx(math.exp(-2.0))


def test_tracks_do_not_mix():
    smoother = ProbabilitySmoother()
    smoother.step(np.array([1, 2]), np.vstack([ANGRY, HAPPY]), 0.0)
    smoothed = smoother.step(np.array([2, 1]), np.vstack([HAPPY, ANGRY]), 0.1)
    np.testing.assert_allclose(smoothed, np.vstack([HAPPY, ANGRY]))


@pytest.mark.parametrize(("gone_s", "angry"), [(1.0, math.exp(-2.0)), (1.1, 0.0)])
def test_a_track_gone_for_long_starts_anew(gone_s, angry):
    smoother = ProbabilitySmoother()
    smoother.step(ONE, ANGRY, 0.0)
    assert smoother.step(ONE, HAPPY, gone_s)[0, 0] == pytest.approx(angry)


def test_rows_stay_probabilities():
    rng = np.random.default_rng(0)
    smoother = ProbabilitySmoother()
    for frame in range(20):
        smoothed = smoother.step(np.arange(3), rng.dirichlet(np.ones(7), 3), frame / 30)
    np.testing.assert_allclose(smoothed.sum(axis=1), 1.0)
