"""FER+ votes: ten taggers' opinions per picture, as soft targets and as a second opinion."""

import csv
import math
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
NO_FACE = "not_a_face"
# Of ten taggers.
MAJORITY = 5


class Votes:
    """The rows of a votes file, by picture."""

    def __init__(self, path: Path) -> None:
        """Read a CSV with a column `file` and the FER+ columns.

        Raises:
            DatasetError: the file, a column or a number is missing or broken.
        """
        self._votes: dict[str, tuple[float, ...]] = {}
        self._flawed: set[str] = set()
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                self._read(path, csv.DictReader(file))
        except (OSError, UnicodeDecodeError) as error:
            raise DatasetError(
                f"{path}: no such votes file that can be read ({error}). Name a CSV with the "
                "FER+ columns, or leave --votes out."
            ) from error

    def counts(self, faces: FaceSet) -> np.ndarray:
        """Return the votes per class, (N, C) float32; a row without votes is all zero.

        Classes that FER+ does not know are without votes.
        """
        if len(faces) and not any(file in self._votes for file in faces.files):
            raise DatasetError(
                f"the votes file names pictures such as {next(iter(self._votes), 'none')!r}, the "
                f"data such as {faces.files[0]!r}: none match. Name the folder they are relative "
                "to with --data, or leave --votes out."
            )
        known = list(CLASS_OF_COLUMN.values())
        counts = np.zeros((len(faces), len(faces.classes)), np.float32)
        none = (0.0,) * len(known)
        votes = np.array([self._votes.get(file, none) for file in faces.files], np.float32)
        for column, name in enumerate(faces.classes):
            if name in known and len(faces):
                counts[:, column] = votes[:, known.index(name)]
        return counts

    def flawed(self, faces: FaceSet) -> np.ndarray:
        """Return which pictures the file marks as copies, near-constant or no face, (N,) bool."""
        return np.array([file in self._flawed for file in faces.files], bool)

    def _read(self, path: Path, reader: "csv.DictReader[str]") -> None:
        try:
            missing = {"file", *CLASS_OF_COLUMN} - set(reader.fieldnames or ())
            if missing:
                raise DatasetError(f"{path}: missing columns {', '.join(sorted(missing))}.")
            columns = [*CLASS_OF_COLUMN, *({NO_FACE} & set(reader.fieldnames or ()))]
            for row in reader:
                place = f"{path}, line {reader.line_num}"
                counts = {column: _count(row[column], column, place) for column in columns}
                self._votes[row["file"]] = tuple(counts[column] for column in CLASS_OF_COLUMN)
                is_flawed = any(row.get(flaw) == "1" for flaw in FLAWS)
                if is_flawed or counts.get(NO_FACE, 0) > MAJORITY:
                    self._flawed.add(row["file"])
        except csv.Error as error:
            raise _broken(f"{path}, line {reader.reader.line_num}", str(error)) from error


def _count(text: str | None, column: str, place: str) -> float:
    try:
        count = float(text or "")
    except ValueError:
        count = math.nan
    if not 0 <= count < math.inf:
        raise _broken(place, f"{column}: expected a number of votes, got {text or ''!r}")
    return count


def _broken(place: str, why: str) -> DatasetError:
    return DatasetError(f"{place}: broken row ({why}). Correct or remove it.")


def agreed_votes(votes: np.ndarray, least: int) -> np.ndarray:
    """Return the votes (N, C), all zero where fewer than `least` taggers chose any one class."""
    return np.where(votes.max(axis=1, keepdims=True) >= least, votes, 0)


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
