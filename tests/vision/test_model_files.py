import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.full_disk import no_room_for
from webapp.core.errors import ModelContractError, ModelMissingError
from webapp.vision.classifier import ExpressionClassifier, with_temperature
from webapp.vision.model_files import (
    INPUT_SHAPE,
    load_network,
    read_metadata,
    save_model,
    sha256,
    update_metadata,
)

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


@pytest.fixture
def with_copy(folder):
    """A model whose metadata name a compiled copy; what is in it does not matter here."""
    (folder / "model.tflite").write_bytes(b"compiled")
    update_metadata(folder, litert_sha256=sha256(folder / "model.tflite"))
    return folder


def test_what_was_saved_is_loaded(folder):
    classifier = ExpressionClassifier.load(folder)
    crops = np.random.default_rng(0).integers(0, 256, (5, 48, 48)).astype(np.uint8)
    readings = classifier.classify(crops)
    assert classifier.classes == CLASSES
    network, _ = load_network(folder)
    expected = network.predict(crops[..., None] / np.float32(255), verbose=0)
    np.testing.assert_allclose(readings, expected, atol=1e-5)


@pytest.mark.parametrize("count", [0, 1, 8])
def test_any_number_of_faces(folder, count):
    readings = ExpressionClassifier.load(folder).classify(np.zeros((count, 48, 48), np.uint8))
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


def test_single_fields_are_updated(folder):
    before = read_metadata(folder)
    changed = update_metadata(folder, temperature=1.5, uncertain_below=0.45)
    assert changed == read_metadata(folder)
    assert (changed.temperature, changed.uncertain_below) == (1.5, 0.45)
    assert (changed.classes, changed.weights_sha256) == (before.classes, before.weights_sha256)
    assert not list(folder.glob(".evenkeel-*"))


def test_metadata_from_before_compiled_copies_are_read(folder):
    raw = json.loads((folder / "metadata.json").read_text())
    del raw["litert_sha256"]
    (folder / "metadata.json").write_text(json.dumps(raw))
    assert read_metadata(folder).litert_sha256 is None


def test_a_compiled_copy_is_checked_too(with_copy):
    assert read_metadata(with_copy).litert_sha256 == sha256(with_copy / "model.tflite")


def test_a_missing_compiled_copy_is_named_with_the_way_out(with_copy):
    (with_copy / "model.tflite").unlink()
    with pytest.raises(
        ModelMissingError, match=r"model\.tflite is missing.*python -m webapp export"
    ):
        ExpressionClassifier.load(with_copy)


def test_a_stale_compiled_copy_is_refused(with_copy):
    (with_copy / "model.tflite").write_bytes(b"of other weights")
    with pytest.raises(ModelContractError, match=r"model\.tflite.*sha256 differs.*webapp export"):
        ExpressionClassifier.load(with_copy)


def test_stale_weights_are_refused_beside_a_good_copy(with_copy):
    with (with_copy / "model.weights.h5").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ModelContractError, match=r"model\.weights\.h5.*sha256 differs"):
        ExpressionClassifier.load(with_copy)


def test_a_bad_compiled_copy_does_not_keep_keras_from_the_network(with_copy):
    (with_copy / "model.tflite").unlink()
    network, _ = load_network(with_copy)
    assert network.output_shape == (None, 3)


def test_new_weights_end_the_service_of_the_old_copy(with_copy):
    (with_copy / "metrics.json").write_text("{}")
    save_model(with_copy, tiny_network(), CLASSES, {})
    assert read_metadata(with_copy).litert_sha256 is None
    assert (with_copy / "metrics.json").is_file()


@pytest.mark.parametrize("name", ["model.json", "model.weights.h5", "metadata.json"])
def test_a_full_disk_leaves_the_earlier_model(folder, name):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with no_room_for(name), pytest.raises(OSError, match="No space left"):
        save_model(folder, tiny_network(), CLASSES, {"seed": 2})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_model_that_reads_no_numbers_is_refused(folder):
    network, metadata = load_network(folder)
    network.set_weights([np.full_like(weight, np.nan) for weight in network.get_weights()])
    save_model(folder, network, metadata.classes, {})
    with pytest.raises(ModelContractError, match=r"got \[nan, nan, nan\].*train anew"):
        ExpressionClassifier.load(folder)


def test_temperature_softens_without_changing_the_order():
    sharp = np.array([[0.9, 0.08, 0.02]])
    soft = with_temperature(sharp, 2.0)
    assert soft[0, 0] < 0.9
    assert soft.argmax() == 0
    np.testing.assert_allclose(soft.sum(), 1.0)
    np.testing.assert_allclose(soft, [np.sqrt(sharp[0]) / np.sqrt(sharp[0]).sum()])
    assert with_temperature(sharp, 1.0) is sharp
