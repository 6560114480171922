import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from webapp.core.errors import ModelContractError, ModelMissingError
from webapp.vision.classifier import KerasClassifier, with_temperature
from webapp.vision.model_files import INPUT_SHAPE, load_network, read_metadata, save_model

CLASSES = ("angry", "happy", "sad")


def tiny_network(class_count: int = 3, input_shape: tuple[int, ...] = INPUT_SHAPE) -> keras.Model:
    inputs = keras.Input(input_shape)
    x = keras.layers.AveragePooling2D(8)(inputs)
    x = keras.layers.Flatten()(x)
    return keras.Model(inputs, keras.layers.Dense(class_count, activation="softmax")(x))


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    save_model(folder, tiny_network(), CLASSES, {"seed": 1})
    return folder


@pytest.fixture
def folder(saved, tmp_path):
    return Path(shutil.copytree(saved, tmp_path / "model"))


def test_what_was_saved_is_loaded(folder):
    classifier = KerasClassifier.load(folder)
    crops = np.random.default_rng(0).integers(0, 256, (5, 48, 48)).astype(np.uint8)
    readings = classifier.classify(crops)
    assert classifier.classes == CLASSES
    network, _ = load_network(folder)
    expected = network.predict(crops[..., None] / np.float32(255), verbose=0)
    np.testing.assert_allclose(readings, expected, atol=1e-5)


@pytest.mark.parametrize("count", [0, 1, 8])
def test_any_number_of_faces(folder, count):
    readings = KerasClassifier.load(folder).classify(np.zeros((count, 48, 48), np.uint8))
    assert readings.shape == (count, 3)
    np.testing.assert_allclose(readings.sum(axis=1), 1.0, atol=1e-5)


@pytest.mark.parametrize("name", ["model.json", "model.weights.h5", "metadata.json"])
def test_a_missing_file_is_named_with_the_way_out(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelMissingError, match=f"{name} is missing.*train"):
        load_network(folder)


def test_weights_of_another_run_are_refused(folder):
    with (folder / "model.weights.h5").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ModelContractError, match="sha256 differs"):
        read_metadata(folder)


def test_a_keras_2_file_is_refused_by_name(folder):
    old = {"class_name": "Functional", "config": {}, "keras_version": "2.15.0"}
    (folder / "model.json").write_text(json.dumps(old))
    with pytest.raises(ModelContractError, match=r"Keras 2\.15\.0, which Keras 3 cannot read"):
        load_network(folder)


@pytest.mark.parametrize("text", ["", "not json", "[]", '{"class_name": "Nothing"}'])
def test_a_damaged_architecture_is_refused(folder, text):
    (folder / "model.json").write_text(text)
    with pytest.raises(ModelContractError, match=r"model\.json"):
        load_network(folder)


@pytest.mark.parametrize("text", ["", "{}", '{"classes": ["a"], "surprise": 1}'])
def test_damaged_metadata_is_refused(folder, text):
    (folder / "metadata.json").write_text(text)
    with pytest.raises(ModelContractError, match=r"metadata\.json"):
        read_metadata(folder)


@pytest.mark.parametrize(
    "network",
    [tiny_network(class_count=4), tiny_network(input_shape=(64, 64, 1))],
    ids=["classes", "input"],
)
def test_a_network_of_another_shape_is_refused(folder, network):
    (folder / "model.json").write_text(network.to_json())
    with pytest.raises(ModelContractError, match="expected input"):
        load_network(folder)


def test_weights_that_do_not_fit_the_architecture_are_refused(folder):
    network = tiny_network()
    wider = keras.Model(network.input, keras.layers.Dense(3)(network.layers[-1].output))
    (folder / "model.json").write_text(wider.to_json())
    with pytest.raises(ModelContractError, match="does not fit"):
        load_network(folder)


def test_temperature_softens_without_changing_the_order():
    sharp = np.array([[0.9, 0.08, 0.02]])
    soft = with_temperature(sharp, 2.0)
    assert soft[0, 0] < 0.9
    assert soft.argmax() == 0
    np.testing.assert_allclose(soft.sum(), 1.0)
    np.testing.assert_allclose(soft, [np.sqrt(sharp[0]) / np.sqrt(sharp[0]).sum()])
    assert with_temperature(sharp, 1.0) is sharp
