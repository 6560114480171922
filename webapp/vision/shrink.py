"""Smaller copies of a picture, for detectors whose time grows with its area."""

import cv2
import numpy as np

# Taller pictures, in height over width, are strips, whose area would grow without bound.
TALLEST = 4


def shrink_to_width(
    image: np.ndarray, width_px: int, tallest: float = TALLEST
) -> tuple[np.ndarray, np.ndarray]:
    """Shrink a picture to a width; a narrower one is returned as it is, unless it is a tall strip.

    Args:
        tallest: most height of the result, in widths of `width_px`.

    Returns:
        The picture, and (2,) float32: what its x and y are multiplied by to get back.
    """
    height, width = image.shape[:2]
    shrunk = max(width / width_px, height / (tallest * width_px))
    if shrunk <= 1:
        return image, np.ones(2, np.float32)
    size_wh = max(1, round(width / shrunk)), max(1, round(height / shrunk))
    halved, covered_wh = _halved_above(image, size_wh)
    small = cv2.resize(halved, size_wh, interpolation=cv2.INTER_LINEAR)
    return small, (covered_wh / np.array(size_wh)).astype(np.float32)


def _halved_above(image: np.ndarray, size_wh: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Halve a picture while that leaves enough: every pixel counts, in a tenth of one step's time.

    OpenCV is quick with even sizes alone: an odd last row or column is left out.

    Returns:
        The picture, and (2,) int: the width and height of what it shows of the one given.
    """
    times = 1
    while image.shape[1] >= 2 * size_wh[0] and image.shape[0] >= 2 * size_wh[1]:
        half_wh = image.shape[1] // 2, image.shape[0] // 2
        even = image[: 2 * half_wh[1], : 2 * half_wh[0]]
        image, times = cv2.resize(even, half_wh, interpolation=cv2.INTER_AREA), 2 * times
    return image, times * np.array(image.shape[1::-1])
