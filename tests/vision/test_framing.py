import numpy as np
import pytest

from webapp.core.faces import Faces
from webapp.vision.framing import (
    CANONICAL_LANDMARKS_XY,
    SIDE_OF_BOX,
    TIGHTENING,
    box_placements,
    fer_boxes,
    placements,
)

CORNERS = np.array([[0, 0, 1], [1, 0, 1], [0.5, 0.5, 1]])
BOXES = np.array([[100, 50, 180, 150], [0, 0, 10, 10]], np.float32)


def with_landmarks(turn_deg: float, side_px: float, middle_xy: tuple[float, float]) -> Faces:
    """A face whose landmarks lie where FER-2013 has them, turned, scaled and moved."""
    angle = np.radians(turn_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = (CANONICAL_LANDMARKS_XY - 0.5) @ turn.T * side_px + middle_xy
    return Faces(BOXES[:1], np.ones(1, np.float32), points[None].astype(np.float32))


@pytest.mark.parametrize("name", SIDE_OF_BOX)
def test_no_faces(name):
    assert placements(Faces.empty(), name).shape == (0, 2, 3)
    assert fer_boxes(Faces.empty(), name).shape == (0, 4)


@pytest.mark.parametrize("name", SIDE_OF_BOX)
def test_a_box_becomes_a_square_around_the_same_middle(name):
    squares = fer_boxes(Faces.from_boxes(BOXES), name)
    widths, heights = (squares[:, 2:] - squares[:, :2]).T
    np.testing.assert_allclose(widths, heights)
    np.testing.assert_allclose((squares[:, :2] + squares[:, 2:]) / 2, [[140, 100], [5, 5]])
    np.testing.assert_allclose(widths, SIDE_OF_BOX[name] * np.sqrt([8000, 100]), rtol=1e-5)


def test_a_box_placement_takes_the_unit_square_to_the_box():
    corners = box_placements(BOXES[:1])[0] @ CORNERS.T
    np.testing.assert_allclose(corners.T, [[100, 50], [180, 50], [140, 100]])


@pytest.mark.parametrize("turn_deg", [-30.0, 0.0, 15.0])
@pytest.mark.parametrize("side_px", [24.0, 200.0])
def test_landmarks_place_turn_and_size(turn_deg, side_px):
    placed = placements(with_landmarks(turn_deg, side_px, (300.0, 200.0)), "yunet")[0]
    origin, right, middle = (placed @ CORNERS.T).T
    np.testing.assert_allclose(middle, [300, 200], atol=0.01)
    assert np.hypot(*(right - origin)) == pytest.approx(TIGHTENING * side_px, rel=1e-3)
    assert np.degrees(np.arctan2(*(right - origin)[::-1])) == pytest.approx(turn_deg, abs=0.1)


def test_a_face_without_landmarks_is_placed_by_its_box():
    faces = Faces.from_boxes(BOXES)
    expected = box_placements(fer_boxes(faces, "yunet"))
    np.testing.assert_allclose(placements(faces, "yunet"), expected)
