"""What was read in one picture, and the JSON that tells it."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from webapp.core.faces import Faces

# Ten-thousandths: finer than any calibration, and small in a file of many frames.
UNITS = 10_000


@dataclass(frozen=True)
class Reading:
    """The faces of one picture and their expressions; N = 0 is normal.

    Attributes:
        width, height: of the picture, in pixels.
        faces: N faces; their boxes may reach beyond the picture.
        probabilities: (N, C) float32, rows sum to 1, columns in the order of `classes`.
        uncertain: (N,) bool, whether the best probability is too low to name a class.
        classes: C names.
    """

    width: int
    height: int
    faces: Faces
    probabilities: np.ndarray
    uncertain: np.ndarray
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        count = len(self.faces)
        expected = ((count, len(self.classes)), (count,))
        got = (self.probabilities.shape, self.uncertain.shape)
        if got != expected:
            raise ValueError(f"expected array shapes {expected}, got {got}")

    def record(self, path: str) -> dict[str, Any]:
        """Return {path, width, height, faces} as JSON tells a picture; boxes end at its edge.

        Args:
            path: told as it is.
        """
        edges = np.array([self.width, self.height] * 2, np.float32)
        boxes_xyxy = np.clip(self.faces.boxes_xyxy, 0, edges)
        faces = replace(self.faces, boxes_xyxy=boxes_xyxy)
        return {
            "path": path,
            "width": self.width,
            "height": self.height,
            "faces": face_records(faces, self.probabilities, self.uncertain, self.classes),
        }


def face_records(
    faces: Faces, probabilities: np.ndarray, uncertain: np.ndarray, classes: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Return one dictionary per face as JSON tells it.

    Args:
        faces: N faces; N may be 0.
        probabilities: (N, C), rows sum to 1.
        uncertain: (N,) bool.
        classes: C names, in column order.

    Returns:
        {box_xyxy: whole pixels, emotion: the most probable class, uncertain, confidence: its
        probability, probabilities: by class}, with four decimals that sum to 1.
    """
    boxes = np.rint(faces.boxes_xyxy).astype(int).tolist()
    return [
        _face_record(boxes[row], probabilities[row], bool(uncertain[row]), classes)
        for row in range(len(faces))
    ]


def _face_record(
    box_xyxy: list[int], probabilities: np.ndarray, uncertain: bool, classes: tuple[str, ...]
) -> dict[str, Any]:
    best, rounded = int(probabilities.argmax()), _rounded(probabilities)
    return {
        "box_xyxy": box_xyxy,
        "emotion": classes[best],
        "uncertain": uncertain,
        "confidence": rounded[best],
        "probabilities": dict(zip(classes, rounded, strict=True)),
    }


def _rounded(probabilities: np.ndarray) -> list[float]:
    """Round so that the sum stays 1 and the order stays: by the largest remainders."""
    exact = probabilities.astype(np.float64) / probabilities.sum(dtype=np.float64) * UNITS
    units = np.floor(exact).astype(int)
    largest_first = np.argsort(units - exact, kind="stable")
    units[largest_first[: UNITS - units.sum()]] += 1
    return [int(unit) / UNITS for unit in units]
