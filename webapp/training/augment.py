"""Random changes to training faces that a live camera also makes."""

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Augmentation:
    """How far a face may be changed.

    Attributes:
        rotation_deg: rotation in ±degrees.
        scale: size factor in 1 ± scale; covers detectors that frame wider or tighter.
        shift: displacement in ± share of the width.
        gamma: log2 of the exposure exponent, ±.
        erase_probability: chance that a random rectangle is greyed out (a hand, a headset);
            Zhong et al. 2020, arXiv:1708.04896.
        blur_probability: chance that the face is shrunk and enlarged again (a distant face).
    """

    rotation_deg: float = 12.0
    scale: float = 0.15
    shift: float = 0.08
    gamma: float = 0.6
    erase_probability: float = 0.3
    blur_probability: float = 0.15


def augment(images: np.ndarray, rng: np.random.Generator, amount: Augmentation) -> np.ndarray:
    """Change every picture at random.

    Args:
        images: (N, H, W) uint8, grey.

    Returns:
        New pictures, same shape and dtype.
    """
    return np.stack([_augment_one(image, rng, amount) for image in images])


def _augment_one(image: np.ndarray, rng: np.random.Generator, amount: Augmentation) -> np.ndarray:
    if rng.random() < 0.5:
        image = image[:, ::-1]
    image = _warp(image, rng, amount)
    if rng.random() < amount.blur_probability:
        image = _blur(image, rng)
    image = _expose(image, rng, amount.gamma)
    if rng.random() < amount.erase_probability:
        image = _erase(image, rng)
    return image


def _warp(image: np.ndarray, rng: np.random.Generator, amount: Augmentation) -> np.ndarray:
    height, width = image.shape
    angle = rng.uniform(-amount.rotation_deg, amount.rotation_deg)
    scale = rng.uniform(1 - amount.scale, 1 + amount.scale)
    matrix = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), angle, scale)
    matrix[:, 2] += rng.uniform(-amount.shift, amount.shift, 2) * width
    return cv2.warpAffine(
        np.ascontiguousarray(image),
        matrix,
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _blur(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = image.shape
    side = int(rng.integers(width // 3, width))
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def _expose(image: np.ndarray, rng: np.random.Generator, gamma: float) -> np.ndarray:
    exponent = 2.0 ** rng.uniform(-gamma, gamma)
    table = (np.linspace(0, 1, 256) ** exponent * 255).round().astype(np.uint8)
    return table[image]


def _erase(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = image.shape
    box_height, box_width = rng.integers(height // 8, height // 2, 2)
    top = rng.integers(0, height - box_height)
    left = rng.integers(0, width - box_width)
    image = image.copy()
    image[top : top + box_height, left : left + box_width] = rng.integers(0, 256)
    return image
