"""What chooses between networks: the epochs of a run, and the mean of its last ones."""

from pathlib import Path

import keras
import numpy as np

from webapp.training.checkpoint import SCORE
from webapp.training.dataset import FaceSet
from webapp.training.metrics import choice_score, judged
from webapp.training.votes import Votes
from webapp.vision.preprocess import to_model_input

BATCH_SIZE = 64


class Chooser:
    """Scores networks on the faces that choose.

    Args:
        faces: at least one, see `splits.choosing_part`.
        votes: CSV with FER+ columns, or None.

    Raises:
        DatasetError: the votes cannot be used.
    """

    def __init__(self, faces: FaceSet, votes: Path | None = None) -> None:
        self.faces = faces
        self._counts = Votes(votes).counts(faces) if votes else None

    def score(self, network: keras.Model, inputs: np.ndarray | None = None) -> float:
        """Score a network by `metrics.choice_score`, 0-1.

        Args:
            inputs: the faces as they come to this network where it lacks its first layers,
                (N, 48, 48, 1) float32; None for a network as it serves.
        """
        inputs = to_model_input(self.faces.images) if inputs is None else inputs
        scored = network.predict(inputs, batch_size=BATCH_SIZE, verbose=0)
        labels, classes = self.faces.labels, self.faces.classes
        return choice_score(judged(np.asarray(scored, np.float32), labels, classes, self._counts))


class EpochScore(keras.callbacks.Callback):
    """Adds its score to the figures of each epoch; stands before the checkpoint, which reads it."""

    def __init__(self, chooser: Chooser, inputs: np.ndarray) -> None:
        super().__init__()
        self._chooser, self._inputs = chooser, inputs

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Score the network as it is after this epoch."""
        if logs is not None:
            logs[SCORE] = self._chooser.score(self.model, self._inputs)
