import numpy as np
import pytest

from webapp.core.camera_setup import CameraSetup
from webapp.vision.shaping import MASK_GREY_BGR, shaper

# One bright pixel block at the top left, to see where it goes.
PICTURE = np.zeros((40, 60, 3), np.uint8)
PICTURE[:10, :10] = 255


@pytest.mark.parametrize(
    ("turn_deg", "is_mirrored", "size_hw", "corner"),
    [
        (0, False, (40, 60), (0, 0)),
        (90, False, (60, 40), (0, -1)),
        (180, False, (40, 60), (-1, -1)),
        (270, False, (60, 40), (-1, 0)),
        (0, True, (40, 60), (0, -1)),
        (90, True, (60, 40), (0, 0)),
    ],
)
def test_pictures_are_turned_and_then_mirrored(turn_deg, is_mirrored, size_hw, corner):
    shaped = shaper(CameraSetup("door", "Door", "0", turn_deg, is_mirrored))(PICTURE)
    assert shaped.shape[:2] == size_hw
    assert shaped[corner].tolist() == [255, 255, 255]
    assert (shaped == 255).all(axis=2).sum() == 100


def test_a_mask_hides_its_areas_also_where_they_overlap_and_leaves_the_source_alone():
    left = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    middle = ((0.25, 0.0), (0.75, 0.0), (0.75, 1.0), (0.25, 1.0))
    lent = PICTURE.copy()
    lent.setflags(write=False)
    shaped = shaper(CameraSetup("door", "Door", "0", mask=(left, middle)))(lent)
    assert (shaped[:, :45] == MASK_GREY_BGR).all()
    assert (shaped[:, 46:] == 0).all()
    assert (lent == PICTURE).all()
