"""Distillation: trained models' predictions of the training faces as soft targets.

Hinton et al. 2015, arXiv:1503.02531. The teachers score each face and its mirror image once,
before training, so a step costs no more than without a teacher; or they score every face as it
was changed for the pupil (Beyer et al. 2022, arXiv:2106.05237), whose original they may know by
heart.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from webapp.core.errors import TrainingError
from webapp.vision.litert import LiteRTNetwork
from webapp.vision.model_files import LITERT_FILE, Metadata, load_network, read_metadata
from webapp.vision.preprocess import to_model_input

BATCH_SIZE = 64


def teacher_targets(
    folders: Sequence[Path], images: np.ndarray, classes: tuple[str, ...]
) -> np.ndarray:
    """Score faces with one teacher, or with several and average.

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
    scored = []
    for folder in folders:
        network, metadata = load_network(folder)
        columns = _columns(folder, metadata, classes)
        both = [
            network.predict(to_model_input(view), batch_size=BATCH_SIZE, verbose=0)
            for view in (images, images[:, :, ::-1])
        ]
        scored.append(np.asarray(np.mean(both, axis=0)[:, columns], np.float32))
    return np.asarray(np.mean(scored, axis=0))


class Teachers:
    """Scores the pupil's own views with several models and averages.

    Args:
        folders: the teachers' model folders, at least one; their compiled copies are used where
            they have one.
        classes: the pupil's classes; a teacher must know the same, in any order.

    Raises:
        TrainingError: a teacher knows other classes.
        ModelError: a folder holds no usable model.
    """

    def __init__(self, folders: Sequence[Path], classes: tuple[str, ...]) -> None:
        known = [read_metadata(folder) for folder in folders]
        columns = [_columns(*pair, classes) for pair in zip(folders, known, strict=True)]
        networks = [_forward(*pair) for pair in zip(folders, known, strict=True)]
        self._each = list(zip(networks, columns, strict=True))

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """Score faces (N, 48, 48, 1) float32 in [0, 1]; returns (N, C) float32, rows sum to 1."""
        predictions = [forward(inputs)[:, columns] for forward, columns in self._each]
        return np.asarray(np.mean(predictions, axis=0), np.float32)


def _forward(folder: Path, metadata: Metadata) -> Callable[[np.ndarray], np.ndarray]:
    if metadata.litert_sha256:
        return LiteRTNetwork(folder / LITERT_FILE, len(metadata.classes))
    network, _ = load_network(folder)
    return network.predict_on_batch


def _columns(folder: Path, metadata: Metadata, classes: tuple[str, ...]) -> list[int]:
    """Return the places of the pupil's classes among the teacher's."""
    if set(metadata.classes) != set(classes):
        raise TrainingError(
            f"{folder}: the teacher knows {', '.join(metadata.classes)}; the data have "
            f"{', '.join(classes)}. Take a teacher trained on the same classes."
        )
    return [metadata.classes.index(name) for name in classes]


def with_teacher(targets: np.ndarray, taught: np.ndarray, share: float) -> np.ndarray:
    """Mix a teacher's predictions (N, C) into targets (N, C) with weight `share` in [0, 1]."""
    return np.asarray((1.0 - share) * targets + share * taught, np.float32)
