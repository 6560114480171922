"""Labelled faces, and how they are read from an image folder."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from webapp.core.errors import DatasetError
from webapp.core.indicator import UNCERTAIN
from webapp.training import pictures
from webapp.training.pictures import is_left_behind, read_pictures

FER_CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


@dataclass(frozen=True)
class FaceSet:
    """Labelled face pictures.

    Attributes:
        images: (N, 48, 48) uint8, grey.
        labels: (N,) int64, indices into `classes`.
        files: N names, relative to the data folder ("" for rows of a CSV).
        classes: names in output order.
    """

    images: np.ndarray
    labels: np.ndarray
    files: tuple[str, ...]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        if not len(self.images) == len(self.labels) == len(self.files):
            raise ValueError(
                f"{len(self.images)} images, {len(self.labels)} labels, {len(self.files)} files"
            )

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: np.ndarray) -> "FaceSet":
        """Return the given rows (indices or a boolean mask), in that order."""
        files = tuple(np.asarray(self.files, dtype=object)[rows])
        return FaceSet(self.images[rows], self.labels[rows], files, self.classes)

    def counts(self) -> dict[str, int]:
        """Count the pictures of every class."""
        numbers = np.bincount(self.labels, minlength=len(self.classes))
        return dict(zip(self.classes, map(int, numbers), strict=True))

    def fingerprints(self) -> np.ndarray:
        """Return one digest per picture, (N,) of bytes: equal pixels, equal digest."""
        return pictures.fingerprints(self.images)

    def digest(self) -> str:
        """Return one digest of every picture, its label and its name, in their order."""
        rows = zip(self.fingerprints().tolist(), self.labels.tolist(), self.files, strict=True)
        return hashlib.sha256(repr(list(rows)).encode()).hexdigest()


def load_folder(
    folder: Path, base: Path | None = None, classes: tuple[str, ...] | None = None
) -> FaceSet:
    """Read `<folder>/<class>/*`; any names, any picture size, grey or colour.

    Whatever else lies in a class folder is rejected, lest pictures of another kind, or in folders
    further down, are left out unnoticed; only hidden files and such as Thumbs.db are passed over.

    Args:
        folder: holds one sub-folder per class.
        base: `files` are named relative to it; default `folder`.
        classes: the output order; sub-folders may be a subset of it. Default: FER-2013's order
            for its classes, else the sorted names.

    Raises:
        DatasetError: no class, an empty or unknown class, or unreadable pictures.
    """
    found = [path.name for path in folders_of(folder)]
    classes = classes or output_order(found)
    _check_classes(folder, found, classes)
    paths, labels = [], []
    for name in found:
        of_class = _entries(folder / name)
        if not of_class:
            raise DatasetError(f"{folder / name}: no pictures. Add some or remove the class.")
        paths += of_class
        labels += [classes.index(name)] * len(of_class)
    files = tuple(path.relative_to(base or folder).as_posix() for path in paths)
    return FaceSet(read_pictures(paths), np.array(labels), files, classes)


def folders_of(folder: Path) -> list[Path]:
    """Return the folders in a folder, sorted, without the system's own; raises DatasetError."""
    return [path for path in _entries(folder) if path.is_dir()]


def output_order(found: list[str]) -> tuple[str, ...]:
    """Return class names in FER-2013's order where all are its own, else sorted."""
    order = FER_CLASSES if set(found) <= set(FER_CLASSES) else sorted(found)
    return tuple(name for name in order if name in found)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not is_left_behind(path))
    except OSError as error:
        raise DatasetError(
            f"{folder}: expected a folder with one sub-folder per class, and pictures in these; "
            f"it cannot be listed ({error.strerror})."
        ) from error


def _check_classes(folder: Path, found: list[str], classes: tuple[str, ...]) -> None:
    if not found:
        raise DatasetError(f"{folder}: expected one sub-folder per class, found none.")
    for name in found:
        # No page, metadata or report can show another name.
        shown = os.fsencode(name).decode(errors="backslashreplace")
        if shown != name:
            raise DatasetError(
                f"{folder}: expected class folders named in UTF-8, got {shown}. Rename this folder."
            )
    unknown = sorted(set(found) - set(classes))
    if unknown:
        raise DatasetError(
            f"{folder}: unknown classes {', '.join(unknown)}; known are {', '.join(classes)}. "
            "Rename or remove these folders."
        )
    if UNCERTAIN in found:
        raise DatasetError(
            f"{folder / UNCERTAIN}: this name stands for faces whose expression is not clear. "
            "Name the class otherwise."
        )
