"""The Keras network behind one compiled, batched call."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from webapp.vision.backends import silence_tensorflow
from webapp.vision.model_files import INPUT_SHAPE, Metadata, load_network
from webapp.vision.preprocess import to_model_input


class KerasClassifier:
    """Reads expressions; implements `core.ports.Classifier`; safe to share between threads."""

    def __init__(self, forward: Callable[[np.ndarray], np.ndarray], metadata: Metadata) -> None:
        self.classes = metadata.classes
        self.uncertain_below = metadata.uncertain_below
        self._forward, self._temperature = forward, metadata.temperature

    @classmethod
    def load(cls, folder: Path, thread_count: int = 1) -> "KerasClassifier":
        """Load `model.json` and its weights and compile the forward pass.

        Args:
            thread_count: cores TensorFlow may use; one leaves the others to the cameras.

        Raises:
            ModelMissingError, ModelContractError: see `model_files.load_network`.
        """
        silence_tensorflow()
        import tensorflow as tf

        _limit_threads(thread_count)
        network, metadata = load_network(folder)
        forward = tf.function(
            lambda faces: network(faces, training=False),
            input_signature=[tf.TensorSpec((None, *INPUT_SHAPE), tf.float32)],
            autograph=False,
        )
        classifier = cls(lambda faces: forward(faces).numpy(), metadata)
        classifier.classify(np.zeros((1, *INPUT_SHAPE[:2]), np.uint8))
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


def with_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Soften (above 1) or sharpen (below 1) probabilities (N, C).

    Dividing logits by T equals raising their softmax to 1/T and normalising
    (Guo et al. 2017, arXiv:1706.04599).
    """
    if temperature == 1.0:
        return probabilities
    powers = np.power(np.maximum(probabilities, 1e-12), 1.0 / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


def _limit_threads(thread_count: int) -> None:
    import tensorflow as tf

    try:
        tf.config.threading.set_intra_op_parallelism_threads(thread_count)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        # TensorFlow has run already in this process (tests, training) and keeps its threads.
        return
