"""Paints a person's plain head and shoulders, with a composite face set into it."""

from dataclasses import dataclass

import cv2
import numpy as np

BUST_WH = (420, 620)
FACE_TOP_LEFT = (114, 96)
FACE_EDGE_SOFTNESS = 0.14
SKIN_TINT = np.array([0.87, 0.95, 1.05], np.float32)
HAIR_CONTRAST = 7
NECK_SHADE, HEAD_SHADE = 0.66, 0.8


@dataclass(frozen=True)
class Look:
    """How a person is painted around the face.

    Attributes:
        has_long_hair: hair falls to the shoulders.
        skin: grey level and contrast of the face, in [0, 255].
        forehead: 2 for an ellipse's, more for a squarer hairline.
        face_width: how much of the picture's width the face takes, in [0, 1].
        phase: where in the sway the clip begins, in turns.
    """

    has_long_hair: bool
    skin: tuple[float, float]
    hair_bgr: tuple[int, int, int]
    clothes_bgr: tuple[int, int, int]
    forehead: float
    face_width: float
    phase: float


class Bust:
    """One person's head and shoulders, painted once, and the face set into it for every frame."""

    def __init__(self, look: Look, face_side_px: int) -> None:
        self._look = look
        self._side_px = face_side_px
        self._cut = _face_cut(face_side_px, look)[..., None]
        self._bust_bgr, self._alpha = paint_bust(look, face_side_px)

    def with_face(self, face: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Set a standardised face (S, S) into the bust.

        Returns:
            Picture (H, W, 3) float32, already multiplied by its opacity, and the opacity (H, W)
            float32 in [0, 1].
        """
        level, contrast = self._look.skin
        tone = np.clip((face * contrast + level)[..., None] * SKIN_TINT, 0, 255)
        x, y = FACE_TOP_LEFT
        picture = self._bust_bgr.copy()
        place = picture[y : y + self._side_px, x : x + self._side_px]
        place += self._cut * (tone - place)
        return picture, self._alpha


def paint_bust(look: Look, side_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Paint everything but the face, back to front; as `Bust.with_face` returns it."""
    left, top = FACE_TOP_LEFT
    middle, chin = left + side_px // 2, top + side_px
    skin_bgr = SKIN_TINT * look.skin[0]
    hair = np.array(look.hair_bgr) + HAIR_CONTRAST * strands(BUST_WH[::-1], look)[..., None]
    shine = _ellipse((middle - 14, top - 4), (40, 12))
    layers = [
        (_hair_back(look, middle, top, chin), hair),
        (_neck(middle, chin), skin_bgr * NECK_SHADE),
        (_shoulders(middle, chin), np.array(look.clothes_bgr)),
        (_head(look, middle, top, chin), skin_bgr * HEAD_SHADE),
        (_hair_front(look, middle, top), hair),
        (0.4 * cv2.GaussianBlur(shine, (0, 0), 11), hair + 50),
    ]
    picture = np.zeros((BUST_WH[1], BUST_WH[0], 3), np.float32)
    alpha = np.zeros((BUST_WH[1], BUST_WH[0]), np.float32)
    for mask, colour_bgr in layers:
        picture += mask[..., None] * (colour_bgr - picture)
        alpha += mask * (1 - alpha)
    return picture.astype(np.float32), alpha


def strands(shape: tuple[int, int], look: Look) -> np.ndarray:
    """Return upright streaks (H, W) float32 of mean 0 and deviation 1; a person's own."""
    noise = (
        np.random.default_rng(round(1000 * look.phase)).standard_normal(shape).astype(np.float32)
    )
    streaks = cv2.GaussianBlur(noise, (0, 0), sigmaX=1.4, sigmaY=16)
    return (streaks - streaks.mean()) / streaks.std()


def _face_cut(side_px: int, look: Look) -> np.ndarray:
    """Return where the face covers the bust, (S, S) float32, 0 at the picture's edge."""
    y, x = np.mgrid[0:side_px, 0:side_px] / (side_px - 1)
    power = np.where(y < 0.5, look.forehead, 2.0)
    across, along = np.abs(x - 0.5) / (look.face_width / 2), np.abs(y - 0.5) / 0.5
    radius = (across**power + along**power) ** (1 / power)
    # Single strands at the hairline, none at the cheeks.
    radius += 0.024 * strands((side_px, side_px), look) * np.clip((0.35 - y) / 0.2, 0, 1)
    return np.clip((1 - radius) / FACE_EDGE_SOFTNESS, 0, 1).astype(np.float32)


def _hair_back(look: Look, middle: int, top: int, chin: int) -> np.ndarray:
    if not look.has_long_hair:
        return _ellipse((middle, top + 62), (78, 88))
    crown = _ellipse((middle, top + 72), (86, 100))
    fall = _polygon(
        [(middle - 84, top + 70), (middle + 84, top + 70), (middle + 98, chin + 30),
         (middle + 70, chin + 62), (middle - 70, chin + 62), (middle - 98, chin + 30)], 8
    )  # fmt: skip
    return np.maximum(crown, fall)


def _hair_front(look: Look, middle: int, top: int) -> np.ndarray:
    """Cover the forehead's upper edge, from temple to temple."""
    cap = _ellipse((middle, top + 62), (78, 88) if not look.has_long_hair else (84, 98))
    y = np.arange(BUST_WH[1], dtype=np.float32)[:, None]
    ends_at = top + (130 if look.has_long_hair else 74)
    return cap * np.clip((ends_at - y) / 24, 0, 1)


def _head(look: Look, middle: int, top: int, chin: int) -> np.ndarray:
    half_width = round(look.face_width * (chin - top) / 2)
    return _ellipse((middle, (top + chin) // 2), (half_width - 4, (chin - top) // 2 + 1))


def _neck(middle: int, chin: int) -> np.ndarray:
    return _polygon(
        [(middle - 46, chin - 60), (middle + 46, chin - 60), (middle + 54, chin + 60),
         (middle, chin + 90), (middle - 54, chin + 60)], 4
    )  # fmt: skip


def _shoulders(middle: int, chin: int) -> np.ndarray:
    body = _ellipse((middle, chin + 330), (174, 322))
    opening = _ellipse((middle, chin + 4), (50, 46))
    return np.clip(body - opening, 0, 1)


def _ellipse(centre: tuple[int, int], axes: tuple[int, int]) -> np.ndarray:
    mask = np.zeros((BUST_WH[1], BUST_WH[0]), np.float32)
    cv2.ellipse(mask, centre, axes, 0, 0, 360, 1.0, -1)
    return cv2.GaussianBlur(mask, (0, 0), 2.5)


def _polygon(points: list[tuple[int, int]], softness_px: float) -> np.ndarray:
    mask = np.zeros((BUST_WH[1], BUST_WH[0]), np.float32)
    cv2.fillPoly(mask, [np.array(points, np.int32)], 1.0)
    return cv2.GaussianBlur(mask, (0, 0), softness_px)
