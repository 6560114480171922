import numpy as np
import pytest

from webapp.core.resting import MOST_AT_REST, RestingLevels

CALM = np.array([0.1, 0.9])
ONE = np.array([7])


def after(*stretches: tuple[float, float], rate_fps: float = 5.0, calm=CALM) -> float:
    """Return the rest in the first class after stretches of (seconds, reading)."""
    resting, now_s, level = RestingLevels(calm, forget_after_s=8.0), 0.0, float(calm[0])
    for lasts_s, reading in stretches:
        for _ in range(round(lasts_s * rate_fps)):
            now_s += 1 / rate_fps
            level = resting.step(ONE, np.array([[reading, 1 - reading]]), now_s)[0, 0]
    return level


def test_nobody_has_no_rest():
    assert RestingLevels(CALM, 8.0).step(np.zeros(0, int), np.zeros((0, 2)), 0.0).shape == (0, 2)


def test_a_face_that_arrives_angry_rests_where_calm_faces_do():
    resting = RestingLevels(CALM, 8.0)
    np.testing.assert_allclose(resting.step(ONE, np.array([[0.4, 0.6]]), 0.0), [CALM])


@pytest.mark.parametrize(
    ("stretches", "least", "most"),
    [
        ([(60, 0.02)], 0.03, 0.06),
        ([(180, 0.02)], 0.02, 0.03),
        ([(60, 0.4)], 0.12, 0.17),
        ([(600, 0.4)], 0.33, 0.4),
        # Ten minutes of anger, from the first second or after calm ones, change nothing.
        ([(600, 0.8)], 0.1, 0.1),
        ([(300, 0.02), (600, 0.8)], 0.02, 0.03),
        # What passes leaves next to nothing.
        ([(300, 0.05), (10, 0.45), (30, 0.05)], 0.05, 0.07),
    ],
)
def test_what_a_face_reads_at_rest(stretches, least, most):
    assert least <= round(after(*stretches), 3) <= most


@pytest.mark.parametrize("rate_fps", [1, 30])
def test_a_level_depends_on_time_and_not_on_frame_rate(rate_fps):
    assert after((60, 0.4), rate_fps=rate_fps) == pytest.approx(after((60, 0.4)), abs=1e-3)


def test_tracks_do_not_mix_and_are_forgotten():
    resting, both = RestingLevels(CALM, 8.0), np.array([1, 2])
    rows = np.array([[0.0, 1.0], [MOST_AT_REST, 1 - MOST_AT_REST]])
    for second in range(60):
        levels = resting.step(both, rows, float(second))
    assert levels[0, 0] < CALM[0] < levels[1, 0]
    # Away for 8 s: the level stands, and the time away was not watched; for longer: a new face.
    stood = resting.step(both[:1], rows[:1], 67.0)[0, 0]
    assert levels[0, 0] - 0.01 < stood < levels[0, 0]
    np.testing.assert_allclose(resting.step(both[1:], rows[1:], 68.0), [CALM])
