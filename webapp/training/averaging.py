"""The mean of several networks' weights, which often scores better than any of them.

Of the last epochs of a run: stochastic weight averaging, Izmailov et al. 2018, arXiv:1803.05407. Of
runs that started from the same weights: model soups, Wortsman et al. 2022, arXiv:2203.05482.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from webapp.core.errors import TrainingError
from webapp.training.choosing import Chooser
from webapp.training.evaluate import model_history
from webapp.training.publish import Trained, publish
from webapp.training.resampling_blur import with_resampling_blur
from webapp.training.splits import validation_part
from webapp.vision.model_files import Metadata, load_network


def put_mean_if_better(network: keras.Model, states: Sequence[Path], chooser: Chooser) -> bool:
    """Put the mean weights of saved states into a network that scores lower.

    Args:
        states: saved networks of the same layers, at least one.

    Returns:
        Whether the mean was better; if not, the network is as before.
    """
    before = network.get_weights()
    score_before = chooser.score(network)
    networks = [keras.saving.load_model(state, compile=False) for state in states]
    network.set_weights(mean_weights(networks))
    if chooser.score(network) > score_before:
        return True
    network.set_weights(before)
    return False


def mean_weights(
    networks: Sequence[keras.Model], counts: Sequence[int] | None = None
) -> list[np.ndarray]:
    """Return the mean of every weight, moving statistics included, over networks of one shape.

    Args:
        counts: how many times each network counts; once where None.
    """
    columns = zip(*(network.get_weights() for network in networks), strict=True)
    return [np.average(column, axis=0, weights=counts).astype(np.float32) for column in columns]


def average_models(folders: Sequence[Path], data: Path, votes: Path | None, out: Path) -> Path:
    """Write the model whose weights are the mean of several models', and measure it.

    Args:
        folders: at least two models of the same architecture and classes; one that is named
            several times counts so many times.
        data: image folder or `fer2013.csv`, half of whose validation part fits the temperature
            and all of which is measured; a subset of the models' classes is fine.
        votes: CSV with FER+ columns, or None.

    Returns:
        `out`, with the model and its figures, see `publish.publish`.

    Raises:
        DatasetError: the data cannot be used, or hold a class that the models lack.
        ModelError: a folder holds no usable model.
        TrainingError: it is a single model, the models differ, or a file cannot be written.
    """
    counts = Counter(folders)
    folders = list(counts)
    if len(folders) < 2:
        raise TrainingError(
            f"expected at least two models to average, got {', '.join(map(str, folders))} alone. "
            "Name another one that started from the same weights."
        )
    networks, metadata = zip(*map(load_network, folders), strict=True)
    _check_alike(folders, networks, metadata)
    faces = validation_part(data, metadata[0].classes)
    network = with_resampling_blur(networks[0])
    network.set_weights(mean_weights(networks, list(counts.values())))
    training = {"averaged_models": [each.weights_sha256 for each in metadata]}
    training["averaged_counts"] = list(counts.values())
    training |= {"runs": [each.training for each in metadata]}
    chain = tuple(dict.fromkeys(sha for each in metadata for sha in each.init_chain))
    # The history of the model that counts most, of several the last, stands for all.
    history = model_history(max(reversed(counts), key=counts.__getitem__))
    averaged = Trained(network, metadata[0].classes, training, chain, history)
    publish(out, averaged, faces, votes)
    return out


def _check_alike(
    folders: Sequence[Path], networks: Sequence[keras.Model], metadata: Sequence[Metadata]
) -> None:
    first = networks[0]
    for folder, network, each in zip(folders, networks, metadata, strict=True):
        if each.classes != metadata[0].classes:
            raise TrainingError(
                f"{folder}: its classes ({', '.join(each.classes)}) are not those of {folders[0]} "
                f"({', '.join(metadata[0].classes)}). Average models of the same classes."
            )
        if [w.shape for w in network.weights] != [w.shape for w in first.weights]:
            raise TrainingError(
                f"{folder}: its network ({network.count_params():,} parameters) is not that of "
                f"{folders[0]} ({first.count_params():,}). Average models of one architecture."
            )
