"""From a box in a picture to the input of the network: one path for training and for serving."""

import cv2
import numpy as np

from webapp.core.faces import Faces
from webapp.vision.framing import box_placements, placements
from webapp.vision.model_files import INPUT_SIZE_PX

MOST_SAMPLES_PX = 8 * INPUT_SIZE_PX


def whole_image_box(image: np.ndarray) -> np.ndarray:
    """Return the box of a picture that is a face already, (4,) float32 xyxy in pixels."""
    height, width = image.shape[:2]
    return np.array([0, 0, width, height], np.float32)


def crop_faces(image_bgr: np.ndarray, faces: Faces, detector_name: str) -> np.ndarray:
    """Cut every found face out as FER-2013 would show it, upright.

    Args:
        image_bgr: (H, W, 3) uint8.
        detector_name: whose boxes they are, a key of `framing.SIDE_OF_BOX`.

    Returns:
        (N, 48, 48) uint8; N may be 0.
    """
    if not len(faces):
        return np.zeros((0, INPUT_SIZE_PX, INPUT_SIZE_PX), np.uint8)
    image_grey = cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY)
    return np.stack([cut(image_grey, placed) for placed in placements(faces, detector_name)])


def face_crop(image_grey: np.ndarray, box_xyxy: np.ndarray) -> np.ndarray:
    """Cut out a box (4,) that already frames a face as FER-2013 does; returns (48, 48) uint8."""
    return cut(image_grey, box_placements(box_xyxy[None])[0])


def cut(image_grey: np.ndarray, placement: np.ndarray) -> np.ndarray:
    """Sample the unit square of a placement; beyond the picture its border is repeated.

    Args:
        image_grey: (H, W) uint8.
        placement: (2, 3), see `framing`.

    Returns:
        (48, 48) uint8; an upright square of 48 pixels comes back unchanged.
    """
    side_px = float(np.hypot(*placement[:, 0]))
    # So that every pixel of a large face counts, it is sampled finely first, then averaged.
    size_px = INPUT_SIZE_PX * max(1, round(side_px / INPUT_SIZE_PX))
    size_px = min(size_px, MOST_SAMPLES_PX)
    to_picture = np.column_stack(
        [placement[:, :2] / size_px, placement @ [0.5 / size_px, 0.5 / size_px, 1.0] - 0.5]
    )
    sampled = cv2.warpAffine(
        image_grey,
        to_picture,
        (size_px, size_px),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if size_px == INPUT_SIZE_PX:
        return sampled
    return cv2.resize(sampled, (INPUT_SIZE_PX, INPUT_SIZE_PX), interpolation=cv2.INTER_AREA)


def to_model_input(crops: np.ndarray) -> np.ndarray:
    """Scale crops to the network's input.

    Args:
        crops: (N, 48, 48) uint8; N may be 0.

    Returns:
        (N, 48, 48, 1) float32 in [0, 1]; contrast is normalised inside the network.
    """
    return crops.reshape(-1, INPUT_SIZE_PX, INPUT_SIZE_PX, 1).astype(np.float32) / 255.0
