"""Faces as a camera may show them: small, smeared, dim, compressed, turned, partly covered.

`benchmarks.conditions` measures networks under each condition, `train --conditions` lets them learn
from faces under conditions drawn at random. A covered face keeps its label.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from webapp.training import worn
from webapp.training.relief import turned
from webapp.vision.model_files import INPUT_SIZE_PX
from webapp.vision.preprocess import face_crop, whole_image_box

Worn = Callable[[np.ndarray, np.random.Generator], np.ndarray]
MOST_AT_ONCE = 3
# How much brighter the lit side of a face is under a hard light, and over which part of it, in
# sides, the light falls off.
LIT, FALLS_OFF_OVER = 1.3, 0.08


@dataclass(frozen=True)
class Condition:
    """What a face looks like and what lies between it and its crop; by default, nothing.

    Attributes:
        worn: draws what covers a part of the face, see `webapp.training.worn`; or None.
        side_light: how much darker the side is that a hard light does not reach, in [0, 1].
        turn_deg: of the head, see `relief.turned`.
        tilt_deg: of the head to a shoulder, counter-clockwise where positive, as boxes without
            landmarks leave it.
        size_px: side of the square that FER-2013 shows of a face, in the camera's picture.
        motion: length of a smear in any direction, in sides of the face.
        defocus: standard deviation of a Gaussian blur, in sides of the face.
        light: share of the light that is left, in (0, 1].
        noise: standard deviation, in grey levels.
        jpeg_quality: of the camera's picture, or None for one that is not compressed.
    """

    worn: Worn | None = None
    side_light: float = 0.0
    turn_deg: float = 0.0
    tilt_deg: float = 0.0
    size_px: int = INPUT_SIZE_PX
    motion: float = 0.0
    defocus: float = 0.0
    light: float = 1.0
    noise: float = 0.0
    jpeg_quality: int | None = None

    def show(self, face: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Show a face under this condition and cut it out as a camera's is.

        Args:
            face: (48, 48) uint8, grey.

        Returns:
            (48, 48) uint8, a new picture; the same pixels where nothing disturbs.
        """
        picture = self._taken(self._posed(face.astype(np.float32), rng), rng)
        return face_crop(picture, whole_image_box(picture))

    def _posed(self, face: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if self.worn:
            face = self.worn(face, rng)
        if self.side_light:
            face = lit_from_a_side(face, self.side_light, rng.uniform(0, 2 * np.pi))
        if self.turn_deg:
            face = turned(face, self.turn_deg)
        if self.tilt_deg:
            face = tilted(face, self.tilt_deg)
        return face

    def _taken(self, grey: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if self.size_px != len(grey):
            way = cv2.INTER_AREA if self.size_px < len(grey) else cv2.INTER_CUBIC
            grey = cv2.resize(grey, (self.size_px, self.size_px), interpolation=way)
        if self.motion:
            grey = smeared(grey, self.motion * self.size_px, rng.uniform(0, 180))
        if self.defocus:
            grey = cv2.GaussianBlur(grey, (0, 0), self.defocus * self.size_px)
        picture = with_noise(self.light * grey, self.noise, rng)
        return compressed(picture, self.jpeg_quality) if self.jpeg_quality else picture


def under_conditions(images: np.ndarray, rng: np.random.Generator, share: float) -> np.ndarray:
    """Show a share of the faces, in [0, 1], each under a condition of its own.

    Args:
        images: (N, 48, 48) uint8, grey.

    Returns:
        New pictures, same shape and dtype.
    """
    images = images.copy()
    for row in np.flatnonzero(rng.random(len(images)) < share):
        images[row] = drawn(rng).show(images[row], rng)
    return images


def drawn(rng: np.random.Generator) -> Condition:
    """Draw up to `MOST_AT_ONCE` of what may happen to a face, each in any strength."""
    condition = Condition()
    for place in rng.permutation(len(HAPPENINGS))[: rng.integers(1, MOST_AT_ONCE + 1)]:
        condition = replace(condition, **HAPPENINGS[place](rng))
    return condition


HAPPENINGS: tuple[Callable[[np.random.Generator], dict[str, Any]], ...] = (
    lambda rng: {"worn": worn.dark_glasses},
    lambda rng: {"worn": worn.clear_glasses},
    lambda rng: {"worn": worn.beard},
    lambda rng: {"worn": worn.face_mask},
    lambda rng: {"worn": worn.hand},
    lambda rng: {"side_light": rng.uniform(0.3, 0.95)},
    lambda rng: {"turn_deg": rng.uniform(-45, 45)},
    lambda rng: {"tilt_deg": rng.uniform(-25, 25)},
    lambda rng: {"size_px": int(rng.integers(20, 65))},
    lambda rng: {"motion": rng.uniform(0.03, 0.2)},
    lambda rng: {"defocus": rng.uniform(0.005, 0.05)},
    lambda rng: {"light": rng.uniform(0.2, 0.7), "noise": rng.uniform(2, 10)},
    lambda rng: {"jpeg_quality": int(rng.integers(30, 90))},
)


def lit_from_a_side(face: np.ndarray, strength: float, angle: float) -> np.ndarray:
    """Light a face (H, W) float32 from a direction, in radians; the far side is darker."""
    height, width = face.shape
    x = (np.arange(width, dtype=np.float32) + 0.5) / width - 0.5
    y = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / height - 0.5
    towards_light = x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle))
    lit = 1 / (1 + np.exp(-towards_light / FALLS_OFF_OVER))
    return np.asarray(np.minimum(face * LIT * (1 - strength * (1 - lit)), 255))


def tilted(face: np.ndarray, tilt_deg: float) -> np.ndarray:
    """Turn a face (H, W) float32 in the picture's plane about its middle."""
    height, width = face.shape
    matrix = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), tilt_deg, 1.0)
    return cv2.warpAffine(face, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def smeared(grey: np.ndarray, length_px: float, angle_deg: float = 0.0) -> np.ndarray:
    """Smear a picture (H, W) float along a direction; 0 is along its rows."""
    length = max(1, round(length_px))
    kernel = np.full((1, length), 1 / length, np.float32)
    if angle_deg:
        square = np.zeros((length + 2, length + 2), np.float32)
        square[length // 2 + 1, 1:-1] = 1
        turned_square = tilted(square, angle_deg)
        kernel = turned_square / turned_square.sum()
    return cv2.filter2D(grey, -1, kernel)


def with_noise(grey: np.ndarray, deviation: float, rng: np.random.Generator) -> np.ndarray:
    """Add noise of a deviation in grey levels to (H, W) float; returns (H, W) uint8."""
    if deviation:
        grey = grey + rng.normal(0, deviation, grey.shape)
    return np.clip(grey, 0, 255).astype(np.uint8)


def compressed(image: np.ndarray, jpeg_quality: int) -> np.ndarray:
    """Return a picture (H, W) or (H, W, 3) uint8 as a JPEG of a quality, 0 to 100, shows it."""
    encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED))
