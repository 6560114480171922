"""The model that ships, by the path that serves, beside Keras itself."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from webapp.config import Settings
from webapp.vision.classifier import ExpressionClassifier, with_temperature
from webapp.vision.litert import LiteRTNetwork
from webapp.vision.model_files import load_network
from webapp.vision.preprocess import to_model_input

MOST_DIFFERENCE = 1e-3
COUNT = 20
SERVE = """
import sys
import numpy as np
from webapp.config import Settings
from webapp.vision.classifier import ExpressionClassifier
classifier = ExpressionClassifier.load(Settings.model_dir)
assert classifier.classify(np.zeros((3, 48, 48), np.uint8)).shape == (3, len(classifier.classes))
print(sorted({name.split(".")[0] for name in sys.modules} & {"tensorflow", "keras", "jax"}))
"""


def faces() -> np.ndarray:
    """Smooth and noisy pictures, (20, 48, 48) uint8, a black one first."""
    rng = np.random.default_rng(5)
    waves = np.sin(np.arange(48) * rng.random((COUNT, 1)) + 6 * rng.random((COUNT, 1)))
    pictures = 128 + 70 * waves[:, None] * waves[:, :, None] + rng.normal(0, 12, (COUNT, 48, 48))
    pictures[0] = 0
    return np.clip(pictures, 0, 255).astype(np.uint8)


CROPS = faces()


@pytest.fixture(scope="module")
def classifier() -> ExpressionClassifier:
    return ExpressionClassifier.load(Settings.model_dir)


@pytest.fixture(scope="module")
def expected() -> np.ndarray:
    network, metadata = load_network(Settings.model_dir)
    probabilities = np.asarray(network(to_model_input(CROPS), training=False))
    return with_temperature(probabilities, metadata.temperature)


def test_the_compiled_copy_serves(classifier):
    assert isinstance(classifier._forward, LiteRTNetwork)


@pytest.mark.parametrize("count", [0, 1, 5, 8, COUNT])
def test_it_reads_as_keras_does(classifier, expected, count):
    probabilities = classifier.classify(CROPS[:count])
    assert probabilities.shape == (count, len(classifier.classes))
    assert np.isfinite(probabilities).all()
    np.testing.assert_allclose(probabilities, expected[:count], rtol=0, atol=MOST_DIFFERENCE)


def test_four_cameras_at_once_each_get_their_own(classifier, expected):
    starts = [0, 4, 9, 11] * 2
    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(lambda start: classifier.classify(CROPS[start:]), starts))
    for start, got in zip(starts, results, strict=True):
        np.testing.assert_allclose(got, expected[start:], rtol=0, atol=MOST_DIFFERENCE)


def test_serving_imports_neither_tensorflow_nor_keras():
    served = subprocess.run([sys.executable, "-c", SERVE], capture_output=True, text=True)
    assert (served.returncode, served.stdout) == (0, "[]\n"), served.stderr
