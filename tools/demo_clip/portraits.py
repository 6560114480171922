"""One composite person's face in every expression, and the morphs between them."""

from dataclasses import dataclass

import cv2
import numpy as np

from tools.demo_clip.composites import Composite, face_oval, flow_between, shifted, standardised

MORPH_BLUR_PX = 6
IDENTITY_BLUR_PX = 9
SHARPENING = 0.7


@dataclass(frozen=True)
class Portrait:
    """Faces (S, S) float32 of one person by expression, all of one tone."""

    faces: dict[str, np.ndarray]

    def morph(self, left: str, next_: str, share: float) -> np.ndarray:
        """Return the face on its way from one expression to the next, `share` in [0, 1]."""
        if left == next_ or share <= 0:
            return self.faces[left]
        eased = share * share * (3 - 2 * share)
        a, b = self.faces[left], self.faces[next_]
        flow = flow_between(a, b, MORPH_BLUR_PX)
        back = flow_between(b, a, MORPH_BLUR_PX)
        return (1 - eased) * shifted(a, eased * back) + eased * shifted(b, (1 - eased) * flow)


def portrait(composites: dict[str, Composite]) -> Portrait:
    """Give every expression the neutral composite's hair, outline and light."""
    neutral = composites["neutral"].face
    faces = {
        name: composite.face if name == "neutral" else _as_same_person(neutral, composite.face)
        for name, composite in composites.items()
    }
    crisp = {
        name: face + SHARPENING * (face - cv2.GaussianBlur(face, (0, 0), 3))
        for name, face in faces.items()
    }
    return Portrait({name: np.clip(face, -3, 3) for name, face in crisp.items()})


def _as_same_person(neutral: np.ndarray, expressive: np.ndarray) -> np.ndarray:
    moved = shifted(neutral, flow_between(expressive, neutral, IDENTITY_BLUR_PX))
    features = _features_mask(neutral.shape[0])
    light = cv2.GaussianBlur(moved, (0, 0), 24) - cv2.GaussianBlur(expressive, (0, 0), 24)
    return standardised((1 - features) * moved + features * (expressive + 0.6 * light))


def _features_mask(side_px: int) -> np.ndarray:
    """Return where brows, eyes, nose and mouth are, (S, S) float32 in [0, 1]."""
    y, x = np.mgrid[0:side_px, 0:side_px] / (side_px - 1)
    radius = np.hypot((x - 0.5) / 0.36, (y - 0.56) / 0.42)
    return np.clip((1.1 - radius) / 0.35, 0, 1).astype(np.float32) * face_oval(side_px, 0.3)
