"""The network behind one compiled, batched call."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from webapp.core.errors import ModelContractError
from webapp.vision.backends import silence_tensorflow
from webapp.vision.litert import LiteRTNetwork
from webapp.vision.model_files import (
    INPUT_SHAPE,
    LITERT_FILE,
    Metadata,
    load_network,
    read_metadata,
)
from webapp.vision.preprocess import to_model_input
from webapp.vision.whole_set import check_installed, needing_whole_set

Forward = Callable[[np.ndarray], np.ndarray]


class ExpressionClassifier:
    """Classifies expressions; implements `core.ports.Classifier`; safe to share between threads."""

    def __init__(self, forward: Forward, metadata: Metadata) -> None:
        self.classes = metadata.classes
        self.uncertain_below = metadata.uncertain_below
        self.calm = np.array(metadata.calm or np.zeros(len(metadata.classes)))
        self._forward, self._temperature = forward, metadata.temperature

    @classmethod
    def load(cls, folder: Path, thread_count: int = 1) -> "ExpressionClassifier":
        """Load the model's compiled copy, or compile the network where there is none.

        Args:
            thread_count: cores one call may use; one leaves the others to the cameras.

        Raises:
            ModelMissingError, ModelContractError: see `model_files.read_metadata` and, without a
                compiled copy, `load_network`; also when the network answers with what is no number.
            PackageMissingError: there is no compiled copy, and Keras is not installed.
        """
        metadata = read_metadata(folder)
        # LiteRT reads neither architecture nor weights: that these two fit each other is for
        # `load_network` to say, before training and export; here the digests must agree.
        if metadata.litert_sha256:
            path = folder / LITERT_FILE
            forward: Forward = LiteRTNetwork(path, len(metadata.classes), thread_count)
        else:
            with needing_whole_set(_without_copy(folder)):
                forward = _compiled_keras(folder, thread_count)
        classifier = cls(forward, metadata)
        # The first call is slow; no face shall wait for it.
        probabilities = classifier.classify(np.zeros((1, *INPUT_SHAPE[:2]), np.uint8))
        if not np.isfinite(probabilities).all():
            raise ModelContractError(
                f"{folder}: expected probabilities of a black picture, got "
                f"{probabilities[0].tolist()}: the weights are of a training that diverged. "
                "Restore an earlier model or train anew."
            )
        return classifier

    def classify(self, crops: np.ndarray) -> np.ndarray:
        """Score every face crop in one call.

        Args:
            crops: (N, 48, 48) uint8 from `preprocess.crop_faces`; N may be 0.

        Returns:
            Probabilities (N, C) float32, rows sum to 1, columns in the order of `classes`.
        """
        if not len(crops):
            return np.zeros((0, len(self.classes)), np.float32)
        return with_temperature(self._forward(to_model_input(crops)), self._temperature)


def check_can_run(folder: Path, metadata: Metadata) -> None:
    """Raise PackageMissingError where a model can only be run by Keras, and that is missing."""
    if not metadata.litert_sha256:
        check_installed("keras", _without_copy(folder))


def with_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Soften (above 1) or sharpen (below 1) probabilities (N, C).

    Dividing logits by T equals raising their softmax to 1/T and normalising
    (Guo et al. 2017, arXiv:1706.04599).
    """
    if temperature == 1.0:
        return probabilities
    powers = np.power(np.maximum(probabilities, 1e-12), 1.0 / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


def _without_copy(folder: Path) -> str:
    return f"{folder} has no compiled copy ({LITERT_FILE}, which `export` makes), and without one"


def _compiled_keras(folder: Path, thread_count: int) -> Forward:
    silence_tensorflow()
    import keras

    if keras.backend.backend() != "tensorflow":
        # Where a GPU trains under another backend, TensorFlow need not be installed.
        network, _ = load_network(folder)
        return network.predict_on_batch
    import tensorflow as tf

    # In a process where TensorFlow has run already (tests, training) it keeps its threads.
    with suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(thread_count)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    network, _ = load_network(folder)
    forward = tf.function(
        lambda faces: network(faces, training=False),
        input_signature=[tf.TensorSpec((None, *INPUT_SHAPE), tf.float32)],
        autograph=False,
    )
    return lambda faces: forward(faces).numpy()
