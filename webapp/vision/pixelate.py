"""Areas of a picture made so coarse that nobody is recognised in them."""

import cv2
import numpy as np


def pixelated(image_bgr: np.ndarray, areas_xyxy: np.ndarray, blocks: int) -> np.ndarray:
    """Return a copy of a picture with blocks of one colour in some areas.

    Args:
        image_bgr: (H, W, 3) uint8.
        areas_xyxy: (M, 4) in its pixels; may reach beyond it and overlap.
        blocks: at most so many across each area.
    """
    image = image_bgr.copy()
    height, width = image.shape[:2]
    for area_xyxy in areas_xyxy:
        x0, y0 = np.floor(area_xyxy[:2]).astype(int).clip(0)
        x1, y1 = np.ceil(area_xyxy[2:]).astype(int).clip(0, [width, height])
        if x0 < x1 and y0 < y1:
            image[y0:y1, x0:x1] = _coarse(image[y0:y1, x0:x1], blocks)
    return image


def _coarse(part: np.ndarray, blocks: int) -> np.ndarray:
    height, width = part.shape[:2]
    columns = min(width, blocks)
    size_wh = columns, max(1, round(height * columns / width))
    small = cv2.resize(part, size_wh, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
