"""Distillation: trained models' readings of the training faces as soft targets.

Hinton et al. 2015, arXiv:1503.02531. The teachers read each face and its mirror image once,
before training, so a step costs no more than without a teacher.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from webapp.core.errors import TrainingError
from webapp.vision.model_files import load_network
from webapp.vision.preprocess import to_model_input

BATCH_SIZE = 64


def teacher_targets(
    folders: Sequence[Path], images: np.ndarray, classes: tuple[str, ...]
) -> np.ndarray:
    """Read faces with one teacher, or with several and average.

    Args:
        folders: the teachers' model folders, at least one.
        images: (N, 48, 48) uint8.
        classes: the pupil's classes; a teacher must know the same, in any order.

    Returns:
        (N, C) float32, rows sum to 1, columns in the order of `classes`.

    Raises:
        TrainingError: a teacher knows other classes.
        ModelError: a folder holds no usable model.
    """
    return np.asarray(np.mean([_read(folder, images, classes) for folder in folders], axis=0))


def _read(folder: Path, images: np.ndarray, classes: tuple[str, ...]) -> np.ndarray:
    network, metadata = load_network(folder)
    if set(metadata.classes) != set(classes):
        raise TrainingError(
            f"{folder}: the teacher knows {', '.join(metadata.classes)}; the data have "
            f"{', '.join(classes)}. Take a teacher trained on the same classes."
        )
    columns = [metadata.classes.index(name) for name in classes]
    both = [
        network.predict(to_model_input(view), batch_size=BATCH_SIZE, verbose=0)
        for view in (images, images[:, :, ::-1])
    ]
    return np.asarray(np.mean(both, axis=0)[:, columns], np.float32)


def with_teacher(targets: np.ndarray, taught: np.ndarray, share: float) -> np.ndarray:
    """Mix a teacher's readings (N, C) into targets (N, C) with weight `share` in [0, 1]."""
    return np.asarray((1.0 - share) * targets + share * taught, np.float32)
