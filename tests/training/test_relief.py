import numpy as np
import pytest

from webapp.core.quality import turns_deg
from webapp.training.relief import turned, turned_x
from webapp.vision.framing import CANONICAL_LANDMARKS_XY

FACE = np.random.default_rng(0).uniform(0, 255, (48, 48)).astype(np.float32)


@pytest.mark.parametrize("turn_deg", [-40, -15, 0, 30, 45])
def test_the_turn_is_the_one_that_serving_estimates(turn_deg):
    points = CANONICAL_LANDMARKS_XY.copy()
    points[:, 0] = turned_x(points, turn_deg)
    assert turns_deg(points[None])[0] == pytest.approx(abs(turn_deg), abs=3)
    assert points[:, 0].mean() == pytest.approx(0.5)


def test_no_turn_leaves_the_head_as_it_is():
    assert np.allclose(turned(FACE, 0), FACE, atol=0.1)


def test_turns_to_both_sides_mirror_each_other():
    right, left = turned(FACE, 30), turned(FACE[:, ::-1].copy(), -30)
    assert (right.shape, right.dtype) == ((48, 48), np.float32)
    assert np.allclose(right, left[:, ::-1], atol=1.0)


def test_the_side_turned_away_is_narrower():
    eyes = np.zeros((48, 48), np.float32)
    eyes[18, [12, 35]] = 255
    near, far = np.flatnonzero(turned(eyes, 30)[18] > 60)[[0, -1]] - 23.5
    assert far < 12 and near > -12 and far - near < 22
