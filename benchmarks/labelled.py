"""Whole pictures in class folders, the face that counts in each, and how well it was classified."""

from pathlib import Path

import numpy as np

from webapp.core.faces import Faces
from webapp.training.pictures import picture_paths

NO_FACE = -1


def labelled_pictures(folder: Path, classes: tuple[str, ...]) -> list[tuple[Path, int]]:
    """Return every picture of the given classes, sorted by path, and the index of its class."""
    return [
        (path, classes.index(path.parent.name))
        for path in picture_paths(folder)
        if path.parent.name in classes
    ]


def largest(faces: Faces) -> Faces:
    """Return the largest face alone; none where there is none."""
    areas = (faces.boxes_xyxy[:, 2:] - faces.boxes_xyxy[:, :2]).prod(axis=1)
    return faces.take(areas.argsort()[::-1][:1])


def recalls(predicted: np.ndarray, labels: np.ndarray) -> dict[int, float]:
    """Return the share predicted right of every class that occurs.

    Args:
        predicted: (N,) class indices, `NO_FACE` where none was found, which is wrong.
        labels: (N,) class indices.
    """
    present = map(int, np.unique(labels))
    return {label: float((predicted[labels == label] == label).mean()) for label in present}


def macro_recall(predicted: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean of `recalls` over the classes that occur."""
    return float(np.mean(list(recalls(predicted, labels).values())))
