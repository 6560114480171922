"""What covers a part of a face, drawn in plain shapes with soft edges.

Each thing is placed on FER-2013's framing, a little off and in a grey of its own every time. They
stand for no particular glasses or beards: what counts is which part of the face cannot be seen.
Every function takes a face (48, 48) float32 in [0, 255] and returns a new one.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from webapp.vision.framing import CANONICAL_LANDMARKS_XY

# Shapes are drawn so finely, and then shrunk, that their edges are soft.
STENCIL_PX = 192
SIZE_VARIES, PLACE_VARIES = 0.07, 0.03
EYES_XY, MOUTH_XY = CANONICAL_LANDMARKS_XY[:2], CANONICAL_LANDMARKS_XY[3:].mean(axis=0)
Point = Sequence[float] | np.ndarray


class Stencil:
    """Which part of a face is covered; points and lengths in sides of FER-2013's square."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._size_px = STENCIL_PX * rng.uniform(1 - SIZE_VARIES, 1 + SIZE_VARIES)
        self._middle_px = STENCIL_PX * (0.5 + rng.uniform(-PLACE_VARIES, PLACE_VARIES, 2))
        self._cover = np.zeros((STENCIL_PX, STENCIL_PX), np.uint8)

    def polygon(self, *points_xy: Point) -> None:
        """Cover a polygon."""
        cv2.fillPoly(self._cover, [self._px(points_xy)], 255)

    def ellipse(
        self, centre_xy: Point, half_wh: Point, outline: float = 0.0, cover: int = 255
    ) -> None:
        """Cover an ellipse, or its outline of a width; with `cover` 0, uncover it."""
        (centre,), half = self._px([centre_xy]), np.multiply(half_wh, self._size_px).astype(int)
        width_px = round(outline * self._size_px) or cv2.FILLED
        cv2.ellipse(self._cover, centre.tolist(), half.tolist(), 0, 0, 360, cover, width_px)

    def line(self, from_xy: Point, to_xy: Point, width: float) -> None:
        """Cover a line with round ends."""
        start, end = self._px([from_xy, to_xy]).tolist()
        cv2.line(self._cover, start, end, 255, max(1, round(width * self._size_px)))

    def over(self, face: np.ndarray, grey: np.ndarray | float, opacity: float = 1.0) -> np.ndarray:
        """Return the face with what is covered in a grey, or in the greys of a picture."""
        size_wh = face.shape[1], face.shape[0]
        share = cv2.resize(self._cover, size_wh, interpolation=cv2.INTER_AREA).astype(np.float32)
        return face + share * (opacity / 255) * (np.float32(grey) - face)

    def _px(self, points_xy: Sequence[Point]) -> np.ndarray:
        points_px = (np.array(points_xy) - 0.5) * self._size_px + self._middle_px
        return np.asarray(points_px.round().astype(np.int32))


def dark_glasses(face: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put sunglasses on: nothing of the eyes is left."""
    stencil, half_wh = Stencil(rng), rng.uniform((0.13, 0.09), (0.17, 0.12))
    for eye_xy in EYES_XY:
        stencil.ellipse(eye_xy, half_wh)
    _frame(stencil, width=0.03)
    return stencil.over(face, rng.uniform(0, 60), rng.uniform(0.9, 1.0))


def clear_glasses(face: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put glasses on: a frame around the eyes, and a little light that the lenses reflect."""
    stencil, half_wh = Stencil(rng), rng.uniform((0.13, 0.09), (0.16, 0.11))
    lenses = Stencil(rng)
    for eye_xy in EYES_XY:
        stencil.ellipse(eye_xy, half_wh, outline=rng.uniform(0.02, 0.04))
        lenses.ellipse(eye_xy, half_wh)
    _frame(stencil, width=0.025)
    reflecting = lenses.over(face, 255, rng.uniform(0.0, 0.25))
    return stencil.over(reflecting, rng.uniform(0, 130))


def beard(face: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put a full beard on: cheeks, chin and upper lip are covered, the lips are not."""
    stencil = Stencil(rng)
    cheek = rng.uniform(0.55, 0.65)
    stencil.polygon(
        *((0.13, cheek), (0.3, 0.66), (0.7, 0.66), (0.87, cheek)),
        *((0.8, 0.88), (0.5, 1.0), (0.2, 0.88)),
    )
    stencil.ellipse(MOUTH_XY, rng.uniform((0.13, 0.04), (0.17, 0.06)), cover=0)
    hair = rng.uniform(15, 100) + rng.normal(0, 14, face.shape)
    return stencil.over(face, hair, rng.uniform(0.6, 0.95))


def face_mask(face: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put a mask over nose and mouth, with folds and the loops to the ears."""
    stencil, grey = Stencil(rng), rng.uniform(40, 245)
    stencil.polygon(
        *((0.5, 0.5), (0.62, 0.55), (0.86, 0.6), (0.82, 0.85), (0.62, 1.0)),
        *((0.38, 1.0), (0.18, 0.85), (0.14, 0.6), (0.38, 0.55)),
    )
    for side in (0, 1):
        stencil.line((abs(side - 0.14), 0.62), (abs(side - 0.02), 0.45), 0.02)
    folds = grey * np.where(np.arange(len(face)) % 5 == 0, rng.uniform(0.8, 1.0), 1.0)
    return stencil.over(face, np.broadcast_to(folds[:, None], face.shape))


def hand(face: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Hold a hand before the face, as bright as its skin: four fingers from below or a side."""
    stencil, angle = Stencil(rng), rng.uniform(0, np.pi)
    tips = np.array([0.5, 0.65]) + rng.uniform(-0.2, 0.2, 2)
    along, across = (np.array([np.cos(a), np.sin(a)]) for a in (angle, angle + np.pi / 2))
    for finger in range(4):
        tip = tips + 0.09 * (finger - 1.5) * across
        stencil.line(tip, tip + along, 0.085)
    return stencil.over(face, np.clip(face.mean() + rng.normal(0, 30), 0, 255))


def _frame(stencil: Stencil, width: float) -> None:
    """Join the lenses over the nose and hold them at the ears."""
    (right, top), (left, _) = EYES_XY - (0, 0.02)
    for start, end in ((right + 0.12, left - 0.12), (0.02, right - 0.12), (left + 0.12, 0.98)):
        stencil.line((start, top), (end, top), width)
