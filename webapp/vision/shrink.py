"""Smaller copies of a picture, for detectors whose time grows with its area."""

import cv2
import numpy as np


def shrink_to_width(image: np.ndarray, width_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Shrink a picture to a width; a narrower one is returned as it is.

    Returns:
        The picture, and (2,) float32: what its x and y are multiplied by to get back.
    """
    height, width = image.shape[:2]
    if width <= width_px:
        return image, np.ones(2, np.float32)
    size_wh = width_px, max(1, round(height * width_px / width))
    small = cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA)
    return small, np.array([width / size_wh[0], height / size_wh[1]], np.float32)
