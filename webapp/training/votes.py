"""FER+ votes: ten taggers' opinions per picture, as soft targets and as a second opinion."""

import csv
from pathlib import Path

import numpy as np

from webapp.core.errors import DatasetError
from webapp.training.dataset import FaceSet

# FER+ column (Barsoum et al. 2016, arXiv:1608.01041) -> class name of FER-2013.
CLASS_OF_COLUMN = {
    "neutral": "neutral",
    "happiness": "happy",
    "surprise": "surprise",
    "sadness": "sad",
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
}
FLAWS = ("copy_in_other_split", "near_constant")


class Votes:
    """The rows of a votes file, by picture."""

    def __init__(self, path: Path) -> None:
        """Read a CSV with a column `file` and the FER+ columns.

        Raises:
            DatasetError: the file or a column is missing.
        """
        if not path.is_file():
            raise DatasetError(f"{path}: no such votes file.")
        with path.open(newline="") as file:
            reader = csv.DictReader(file)
            missing = {"file", *CLASS_OF_COLUMN} - set(reader.fieldnames or ())
            if missing:
                raise DatasetError(f"{path}: missing columns {', '.join(sorted(missing))}.")
            self._rows = {row["file"]: row for row in reader}

    def counts(self, faces: FaceSet) -> np.ndarray:
        """Return the votes per class, (N, C) float32; a row without votes is all zero."""
        self._check_some_match(faces)
        columns = [(column, name) for column, name in CLASS_OF_COLUMN.items()]
        counts = np.zeros((len(faces), len(faces.classes)), np.float32)
        for index, file in enumerate(faces.files):
            row = self._rows.get(file)
            for column, name in columns:
                if row and name in faces.classes:
                    counts[index, faces.classes.index(name)] = float(row[column])
        return counts

    def _check_some_match(self, faces: FaceSet) -> None:
        if len(faces) and not any(file in self._rows for file in faces.files):
            raise DatasetError(
                f"the votes file names pictures such as {next(iter(self._rows), 'none')!r}, the "
                f"data such as {faces.files[0]!r}: none match. Name the folder they are relative "
                "to with --data, or leave --votes out."
            )

    def flawed(self, faces: FaceSet) -> np.ndarray:
        """Tell which pictures the file marks as copies, near-constant or no face, (N,) bool."""
        return np.array([self._is_flawed(self._rows.get(file, {})) for file in faces.files], bool)

    @staticmethod
    def _is_flawed(row: dict[str, str]) -> bool:
        return (
            any(row.get(flaw, "0") == "1" for flaw in FLAWS) or int(row.get("not_a_face", "0")) > 5
        )


def soft_targets(
    faces: FaceSet, votes: np.ndarray | None, votes_share: float, smoothing: float
) -> np.ndarray:
    """Mix label and votes into training targets.

    Args:
        votes: (N, C) vote counts, or None.
        votes_share: weight of the votes in [0, 1]; pictures without votes keep the label alone.
        smoothing: label smoothing in [0, 1) (Szegedy et al. 2016, arXiv:1512.00567).

    Returns:
        (N, C) float32, rows sum to 1.
    """
    class_count = len(faces.classes)
    hard = np.eye(class_count, dtype=np.float32)[faces.labels]
    hard = hard * (1 - smoothing) + smoothing / class_count
    if votes is None:
        return hard
    totals = votes.sum(axis=1, keepdims=True)
    share = np.where(totals > 0, votes_share, 0.0).astype(np.float32)
    return hard * (1 - share) + share * votes / np.maximum(totals, 1)
