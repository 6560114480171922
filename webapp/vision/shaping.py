"""What is done to a camera's pictures at capture, before anything reads or shows them."""

from collections.abc import Callable

import cv2
import numpy as np

from webapp.core.camera_setup import CameraSetup

MASK_GREY_BGR = (96, 96, 96)
TURNS = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


def shaper(setup: CameraSetup) -> Callable[[np.ndarray], np.ndarray]:
    """Return what masks, turns and mirrors a picture (H, W, 3) uint8 BGR, which may be changed."""

    def shape(image_bgr: np.ndarray) -> np.ndarray:
        image = _masked(image_bgr, setup)
        if setup.turn_deg:
            image = cv2.rotate(image, TURNS[setup.turn_deg])
        return cv2.flip(image, 1) if setup.is_mirrored else image

    return shape


def _masked(image_bgr: np.ndarray, setup: CameraSetup) -> np.ndarray:
    if not setup.mask:
        return image_bgr
    # A decoder may lend its own memory for reading alone.
    image = np.array(image_bgr)
    size_wh = image.shape[1], image.shape[0]
    for polygon in setup.mask:
        # One by one: OpenCV leaves out where two areas of one call overlap.
        corners = np.rint(np.array(polygon) * size_wh).astype(np.int32)
        cv2.fillPoly(image, [corners], MASK_GREY_BGR)
    return image
