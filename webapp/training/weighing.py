"""How readily a trained network names each class, by what it costs to miss one.

FER-2013's labels and FER+ taggers disagree on how many faces are neutral or afraid, more than two
good networks differ. So much of what a network scores by either is decided by how readily it names
each class, which the biases of its output layer say: they are fitted here, and nothing else is.
"""

from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from webapp.core.errors import TrainingError
from webapp.training.dataset import FaceSet
from webapp.training.evaluate import model_history
from webapp.training.publish import BATCH_SIZE, Trained, publish
from webapp.training.splits import choosing_part, validation_part
from webapp.training.votes import Votes, soft_targets
from webapp.vision.model_files import load_network, sha256
from webapp.vision.preprocess import to_model_input

# The curvature of cross-entropy is at most 1/2 (Boehning 1992, Ann. Inst. Stat. Math. 44, 197), so
# that no step of this length overshoots.
STEP = 2.0
# Rare classes come slowly: until no offset moves by more, or the network is too sure to be moved.
LEAST_MOVE, MOST_STEPS = 1e-7, 50_000


def weigh_classes(
    model: Path,
    class_weights: Mapping[str, float],
    data: Path,
    votes: Path | None,
    votes_share: float,
    out: Path,
) -> Path:
    """Write a model that names classes as readily as the cost of missing them asks, and measure it.

    The biases are fitted at temperature 1; the temperature afterwards, to the labels alone.

    Args:
        model: model folder; it stays as it is, unless it is `out`. It blurs faces first if it did.
        class_weights: what an error costs on a picture that is labelled so, above 0; 1 where a
            class is absent.
        data: image folder or `fer2013.csv`. The half of its validation part that chooses fits, all
            of it is measured; a subset of the model's classes is fine.
        votes: CSV with FER+ columns, or None.
        votes_share: of the votes in what a picture shows, in [0, 1]; the rest is its label.

    Returns:
        `out`, with the model and its figures, see `publish.publish`.

    Raises:
        DatasetError: the data or the votes cannot be used.
        ModelError: the folder holds no usable model.
        TrainingError: a class that is weighed is unknown to the model or has no picture that
            chooses, the last layer is no softmax with biases, or a file cannot be written.
    """
    network, metadata = load_network(model)
    output = _output_layer(model, network)
    faces = validation_part(data, metadata.classes)
    choosing = choosing_part(faces)
    costs = _costs(class_weights, choosing)
    counts = Votes(votes).counts(choosing) if votes else None
    raw = network.predict(to_model_input(choosing.images), batch_size=BATCH_SIZE, verbose=0)
    targets = soft_targets(choosing, counts, votes_share, smoothing=0.0)
    offsets = fit_offsets(raw, targets, costs[choosing.labels])
    output.bias.assign(output.bias + offsets)
    training = {
        "weighed_model": metadata.weights_sha256,
        "class_weights": dict(class_weights),
        "class_offsets": [round(float(offset), 4) for offset in offsets],
        "votes_share": votes_share if votes else 0.0,
        "validation_pictures_sha256": faces.digest(),
        "votes_file_sha256": sha256(votes) if votes else None,
        "run": metadata.training,
    }
    chain = (*metadata.init_chain, metadata.weights_sha256)
    weighed = Trained(network, metadata.classes, training, chain, model_history(model))
    publish(out, weighed, faces, votes)
    return out


def fit_offsets(probabilities: np.ndarray, targets: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """Return the offsets of the logits with the least weighted cross-entropy, (C,), their sum 0.

    That is vector scaling (Guo et al. 2017, arXiv:1706.04599) of the biases alone, by gradient
    descent, as the loss has one minimum. Classes that no target names are left out, at 0.

    Args:
        probabilities: (N, C), N at least 1.
        targets: (N, C), rows sum to 1.
        costs: (N,) what an error on each row costs, above 0.
    """
    logits = np.log(np.maximum(probabilities.astype(float), 1e-12))
    logits[:, targets.sum(axis=0) == 0] = -np.inf
    shares, offsets = costs / costs.sum(), np.zeros(logits.shape[1])
    for _ in range(MOST_STEPS):
        likely = np.exp(logits + offsets)
        likely /= likely.sum(axis=1, keepdims=True)
        moves = STEP * (shares @ (likely - targets))
        offsets -= moves
        if np.abs(moves).max() < LEAST_MOVE:
            break
    return offsets


def _costs(class_weights: Mapping[str, float], choosing: FaceSet) -> np.ndarray:
    shown = [name for name, count in choosing.counts().items() if count]
    absent = sorted(set(class_weights) - set(shown))
    if absent:
        raise TrainingError(
            f"expected weights of classes that choosing pictures show ({', '.join(shown)}), got "
            f"{', '.join(absent)}. Correct the name or add validation pictures."
        )
    return np.array([class_weights.get(name, 1.0) for name in choosing.classes])


def _output_layer(model: Path, network: keras.Model) -> keras.layers.Dense:
    last = network.layers[-1]
    is_softmax = (
        isinstance(last, keras.layers.Dense) and last.activation == keras.activations.softmax
    )
    if not is_softmax or last.bias is None:
        raise TrainingError(
            f"{model}: expected a fully connected output layer with softmax and biases, got "
            f"{type(last).__name__} ({last.name}). Weigh a model that train wrote."
        )
    return last
