import numpy as np
import pytest

from webapp.core.hiding import KEPT_S, HiddenAreas, enlarged

FACE = np.array([[100.0, 100.0, 140.0, 150.0]], np.float32)
NOBODY = np.zeros((0, 4), np.float32)


def covers(areas_xyxy: np.ndarray, box_xyxy: np.ndarray) -> bool:
    """Return whether one of the areas holds all of a box."""
    starts, ends = areas_xyxy[:, :2] <= box_xyxy[:2], areas_xyxy[:, 2:] >= box_xyxy[2:]
    return bool((starts.all(axis=1) & ends.all(axis=1)).any())


def test_a_face_s_area_is_half_as_large_again_around_the_same_middle():
    np.testing.assert_allclose(enlarged(FACE), [[90.0, 87.5, 150.0, 162.5]])
    assert enlarged(NOBODY).shape == (0, 4)


def test_a_face_that_is_lost_stays_hidden_for_two_seconds_and_its_area_grows():
    areas = HiddenAreas()
    areas.step(FACE, 10.0)
    soon, late = areas.step(NOBODY, 10.5), areas.step(NOBODY, 10.0 + KEPT_S)
    # It may have moved by a quarter of its size, and after two seconds by half of it.
    assert covers(soon, FACE[0] + 15) and not covers(soon, FACE[0] + 30)
    assert covers(late, FACE[0] + 25)
    assert len(areas.step(NOBODY, 10.1 + KEPT_S)) == 0


def test_a_face_that_is_found_again_has_one_area_and_one_that_moved_on_leaves_its_own_behind():
    areas = HiddenAreas()
    areas.step(FACE, 0.0)
    assert len(areas.step(FACE + 4, 0.1)) == 1
    jumped = areas.step(FACE + 100, 0.2)
    assert len(jumped) == 2 and covers(jumped, FACE[0]) and covers(jumped, FACE[0] + 100)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_whatever_is_found_is_hidden_at_once(count):
    boxes = FACE.repeat(count, axis=0) + 60 * np.arange(count)[:, None]
    hidden = HiddenAreas().step(boxes, 0.0)
    assert all(covers(hidden, box) for box in boxes)
