"""The mean of the last epochs' weights, which often reads better than any of them.

Stochastic weight averaging, Izmailov et al. 2018, arXiv:1803.05407.
"""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from webapp.training.dataset import FaceSet
from webapp.training.metrics import accuracy
from webapp.vision.preprocess import to_model_input

BATCH_SIZE = 64


def put_mean_if_better(network: keras.Model, states: Sequence[Path], faces: FaceSet) -> bool:
    """Put the mean weights of saved states into a network that reads fewer faces rightly.

    Args:
        states: saved networks of the same layers, at least one.
        faces: labelled ones, at least one, that judge.

    Returns:
        Whether the mean was better; if not, the network is as before.
    """
    before = network.get_weights()
    accuracy_before = _accuracy(network, faces)
    network.set_weights(mean_weights(states))
    if _accuracy(network, faces) > accuracy_before:
        return True
    network.set_weights(before)
    return False


def mean_weights(states: Sequence[Path]) -> list[np.ndarray]:
    """Return the mean of every weight, moving statistics included, over saved networks."""
    columns = zip(*map(_weights, states), strict=True)
    return [np.asarray(sum(column) / len(states), np.float32) for column in columns]


def _weights(state: Path) -> list[np.ndarray]:
    return keras.saving.load_model(state, compile=False).get_weights()


def _accuracy(network: keras.Model, faces: FaceSet) -> float:
    inputs = to_model_input(faces.images)
    return accuracy(network.predict(inputs, batch_size=BATCH_SIZE, verbose=0), faces.labels)
