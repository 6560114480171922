"""Faces found in one picture, as parallel arrays."""

from dataclasses import dataclass

import numpy as np

# From this score on a face counts by itself; below it only where one is followed already.
SURE_SCORE = 0.6
LANDMARKS = ("right_eye", "left_eye", "nose", "right_mouth_corner", "left_mouth_corner")


@dataclass(frozen=True)
class Faces:
    """What a detector found; N = 0 is normal.

    Attributes:
        boxes_xyxy: (N, 4) float32, full-frame pixels, may reach beyond the picture.
        scores: (N,) float32 in [0, 1]; 1 where the detector gives none.
        landmarks_xy: (N, 5, 2) float32, full-frame pixels in the order of `LANDMARKS` (right is
            the person's right, on the picture's left); NaN where the detector gives none.
    """

    boxes_xyxy: np.ndarray
    scores: np.ndarray
    landmarks_xy: np.ndarray

    def __post_init__(self) -> None:
        count = len(self.boxes_xyxy)
        expected = ((count, 4), (count,), (count, 5, 2))
        got = (self.boxes_xyxy.shape, self.scores.shape, self.landmarks_xy.shape)
        if got != expected:
            raise ValueError(f"expected array shapes {expected}, got {got}")

    @classmethod
    def empty(cls) -> "Faces":
        """Return no faces."""
        return cls.from_boxes(np.zeros((0, 4), np.float32))

    @classmethod
    def from_boxes(cls, boxes_xyxy: np.ndarray) -> "Faces":
        """Return faces of a detector that gives boxes (N, 4) alone."""
        count = len(boxes_xyxy)
        return cls(
            np.asarray(boxes_xyxy, np.float32).reshape(count, 4),
            np.ones(count, np.float32),
            np.full((count, 5, 2), np.nan, np.float32),
        )

    def __len__(self) -> int:
        return len(self.boxes_xyxy)

    def is_sure(self) -> np.ndarray:
        """Return (N,) whether each is a face without any doubt."""
        return self.scores >= SURE_SCORE

    def scaled(self, factor: float) -> "Faces":
        """Return the faces in a picture that is so many times as large."""
        return Faces(self.boxes_xyxy * factor, self.scores, self.landmarks_xy * factor)

    def take(self, rows: np.ndarray) -> "Faces":
        """Return the given rows (indices or a boolean mask), in that order."""
        return Faces(self.boxes_xyxy[rows], self.scores[rows], self.landmarks_xy[rows])
