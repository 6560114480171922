import logging
import random
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.vision.test_model_files import CLASSES, tiny_network
from webapp.core.errors import ModelContractError, TrainingError
from webapp.training.export import check_agreement, export_litert
from webapp.vision.classifier import ExpressionClassifier
from webapp.vision.litert import LiteRTNetwork
from webapp.vision.model_files import load_network, read_metadata, save_model


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    save_model(folder, tiny_network(), CLASSES, {"seed": 1})
    export_litert(folder)
    return folder


@pytest.fixture
def folder(exported, tmp_path):
    return Path(shutil.copytree(exported, tmp_path / "model"))


@pytest.mark.parametrize("count", [0, 1, 5, 8, 20])
def test_the_copy_serves_what_the_network_reads(folder, count):
    classifier = ExpressionClassifier.load(folder)
    crops = np.random.default_rng(0).integers(0, 256, (count, 48, 48)).astype(np.uint8)
    probabilities = classifier.classify(crops)
    assert isinstance(classifier._forward, LiteRTNetwork)
    assert probabilities.shape == (count, 3)
    if count:
        expected = load_network(folder)[0](crops[..., None] / np.float32(255))
        np.testing.assert_allclose(probabilities, expected, atol=1e-5)


def test_an_export_shows_nowhere_else_in_the_process(exported, tmp_path, monkeypatch):
    folder = Path(shutil.copytree(exported, tmp_path / "model"))
    (folder / "model.tflite").unlink()
    monkeypatch.setattr(logging.root, "handlers", [])
    random_state, numpy_state = random.getstate(), np.random.get_state()[1].copy()
    metadata = export_litert(folder)
    assert metadata == read_metadata(folder)
    assert (random.getstate(), logging.root.handlers) == (random_state, [])
    np.testing.assert_array_equal(np.random.get_state()[1], numpy_state)
    assert not list(folder.glob(".evenkeel-*"))


def test_a_copy_that_answers_nan_is_refused_and_the_earlier_one_stays(folder):
    earlier = (folder / "model.tflite").read_bytes()
    network, metadata = load_network(folder)
    network.set_weights([np.full_like(weight, np.nan) for weight in network.get_weights()])
    save_model(folder, network, metadata.classes, {})
    with pytest.raises(TrainingError, match=r"model\.tflite cannot be made: at batch 1.*nan"):
        export_litert(folder)
    assert (folder / "model.tflite").read_bytes() == earlier
    assert read_metadata(folder).litert_sha256 is None
    assert not list(folder.glob(".evenkeel-*"))


def test_a_copy_of_other_weights_does_not_agree(folder):
    other = tiny_network()
    with pytest.raises(TrainingError, match="differs from the network by"):
        check_agreement(other, LiteRTNetwork(folder / "model.tflite", len(CLASSES)))


def test_weights_that_do_not_fit_are_refused(folder):
    network = tiny_network()
    wider = keras.Model(network.input, keras.layers.Dense(3)(network.layers[-1].output))
    (folder / "model.json").write_text(wider.to_json())
    with pytest.raises(ModelContractError, match="does not fit"):
        export_litert(folder)


def test_another_backend_is_refused_with_the_command(folder, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(TrainingError, match=r"got jax.*python -m webapp export --model"):
        export_litert(folder)
