"""Real faces as a camera might show them: small, out of focus, in motion, noisy.

`benchmarks.readable` reads them. Where a face of 48 pixels lies is known from its picture, enlarged
and undisturbed, so that what is measured is how well it can be read and not whether it is found.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.real_crews import WALL_GREY, framed_portrait
from webapp.core.faces import Faces
from webapp.core.ports import Detector
from webapp.training.conditions import compressed, smeared, with_noise

# Eyes, nose and mouth are found to within so much of the face's side.
LANDMARK_ERROR = 0.03


@dataclass(frozen=True)
class Disturbance:
    """What lies between a face and its picture.

    Attributes:
        size_px: side of the square that FER-2013 shows of a face.
        defocus: standard deviation of a Gaussian blur, in sides of the face.
        motion: length of a horizontal smear, in sides of the face.
        noise: standard deviation, in grey levels.
        jpeg_quality: of the picture at the end.
    """

    size_px: float = 80.0
    defocus: float = 0.0
    motion: float = 0.0
    noise: float = 3.0
    jpeg_quality: int = 75

    def disturb(self, grey: np.ndarray, seed: int) -> np.ndarray:
        """Blur, smear, add noise and compress (H, W) float; returns (H, W, 3) uint8."""
        if self.motion:
            grey = smeared(grey, self.motion * self.size_px)
        if self.defocus:
            grey = cv2.GaussianBlur(grey, (0, 0), self.defocus * self.size_px)
        image = with_noise(grey, self.noise, np.random.default_rng(seed))
        return compressed(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), self.jpeg_quality)


@dataclass(frozen=True)
class PlacedFace:
    """An enlarged face in the middle of its picture, (H, H) float, with a mask of soft edges.

    Attributes:
        face: where it lies in this picture, one row.
        side_px: of the square that FER-2013 shows.
    """

    image: np.ndarray
    mask: np.ndarray
    face: Faces
    side_px: float

    @classmethod
    def find(cls, path: Path, detector: Detector) -> "PlacedFace | None":
        """Find the face of a picture of 48 pixels; None where the detector sees none."""
        image, mask, side_px = framed_portrait(path)
        grey = np.clip(image, 0, 255).astype(np.uint8)
        faces = detector.detect(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))
        return cls(image, mask, faces.take(np.array([0])), side_px) if len(faces) else None

    def show(self, disturbance: Disturbance, seed: int) -> tuple[np.ndarray, Faces]:
        """Return a picture of it, (H, W, 3) uint8, and where it lies there, one row."""
        scale = disturbance.size_px / self.side_px
        image, mask = (
            cv2.resize(each, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            for each in (self.image, self.mask)
        )
        shown = WALL_GREY + mask * (image - WALL_GREY)
        rng = np.random.default_rng(seed)
        error = rng.normal(0, LANDMARK_ERROR * disturbance.size_px, (1, 5, 2))
        face = Faces(
            (self.face.boxes_xyxy * scale).astype(np.float32),
            self.face.scores,
            (self.face.landmarks_xy * scale + error).astype(np.float32),
        )
        return disturbance.disturb(shown.astype(np.float32), seed), face


def shrunk_until(image_bgr: np.ndarray, height_px: float, shown_px: float, seed: int) -> np.ndarray:
    """Shrink a picture until its face is as high as asked for, on a wall with room around it.

    Args:
        height_px: of the face in `image_bgr`.
        shown_px: how high it shall be.
    """
    scale = min(1.0, shown_px / height_px)
    small = cv2.resize(image_bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    room = [max(8, (200 - side_px) // 2) for side_px in small.shape[:2]]
    wall = cv2.copyMakeBorder(
        small, room[0], room[0], room[1], room[1], cv2.BORDER_CONSTANT, value=[WALL_GREY] * 3
    )
    grey = cv2.cvtColor(wall, cv2.COLOR_BGR2GRAY).astype(np.float32)
    return Disturbance(noise=2.0, jpeg_quality=90).disturb(grey, seed)
