"""What was read in one picture, and its record in JSON."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from webapp.core.analysed import Predictions
from webapp.core.faces import Faces

# Of a table; the classes follow.
FACE_COLUMNS = ("face", "x0", "y0", "x1", "y1", "emotion", "uncertain", "confidence")
# Ten-thousandths: finer than any calibration, and small in a file of many frames.
UNITS = 10_000


@dataclass(frozen=True)
class AnalysedPicture:
    """The faces of one picture and their expressions; N = 0 is normal.

    Attributes:
        width, height: of the picture, in pixels.
        faces: N faces; their boxes may reach beyond the picture.
        predictions: of the N faces.
        hidden_xyxy: (M, 4) areas that hold whatever may be a face; None where nobody looked.
    """

    width: int
    height: int
    faces: Faces
    predictions: Predictions
    hidden_xyxy: np.ndarray | None = None

    def __post_init__(self) -> None:
        if len(self.faces) != len(self.predictions):
            raise ValueError(
                f"expected as many predictions as faces ({len(self.faces)}), "
                f"got {len(self.predictions)}"
            )

    def take(self, rows: np.ndarray) -> "AnalysedPicture":
        """Return the picture with the given faces alone (indices or a boolean mask)."""
        return replace(self, faces=self.faces.take(rows), predictions=self.predictions.take(rows))

    def record(self, path: str) -> dict[str, Any]:
        """Return {path, width, height, faces} for JSON; boxes end at the picture's edge.

        Args:
            path: of the picture, as it shall stand in the record.
        """
        edges = np.array([self.width, self.height] * 2, np.float32)
        boxes_xyxy = np.clip(self.faces.boxes_xyxy, 0, edges)
        return {
            "path": path,
            "width": self.width,
            "height": self.height,
            "faces": face_records(boxes_xyxy, self.predictions),
        }


def face_records(boxes_xyxy: np.ndarray, predictions: Predictions) -> list[dict[str, Any]]:
    """Return one dictionary per face for JSON.

    Args:
        boxes_xyxy: (N, 4) pixels; N may be 0.
        predictions: of the N faces.

    Returns:
        {box_xyxy: whole pixels, emotion: the most probable class, uncertain, confidence: its
        probability, probabilities: by class}, with four decimals that sum to 1.
    """
    records = []
    for row, box_xyxy in enumerate(np.rint(boxes_xyxy).astype(int).tolist()):
        best = int(predictions.probabilities[row].argmax())
        rounded = _rounded(predictions.probabilities[row])
        records.append(
            {
                "box_xyxy": box_xyxy,
                "emotion": predictions.classes[best],
                "uncertain": bool(predictions.uncertain[row]),
                "confidence": rounded[best],
                "probabilities": dict(zip(predictions.classes, rounded, strict=True)),
            }
        )
    return records


def face_cells(number: int, face: dict[str, Any], classes: tuple[str, ...]) -> list[Any]:
    """Return the record of a face as cells below `FACE_COLUMNS` and the classes."""
    return [
        *(number, *face["box_xyxy"]),
        *(face["emotion"], int(face["uncertain"]), face["confidence"]),
        *(face["probabilities"][name] for name in classes),
    ]


def _rounded(probabilities: np.ndarray) -> list[float]:
    """Round so that the sum stays 1 and the order stays: by the largest remainders."""
    exact = probabilities.astype(np.float64) / probabilities.sum(dtype=np.float64) * UNITS
    units = np.floor(exact).astype(int)
    largest_first = np.argsort(units - exact, kind="stable")
    units[largest_first[: UNITS - units.sum()]] += 1
    return [int(unit) / UNITS for unit in units]
