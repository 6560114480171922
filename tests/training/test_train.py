import json
from dataclasses import replace

import keras
import numpy as np
import pytest

from webapp.core.errors import DatasetError, TrainingError
from webapp.training.evaluate import EvaluateOptions, evaluate
from webapp.training.networks import ARCHITECTURES, cnn
from webapp.training.train import TrainOptions, train
from webapp.vision.model_files import load_network, read_metadata

EPOCHS = 2


def tiny(class_count: int) -> keras.Model:
    """A network that trains in a second; the one that ships is measured by `evaluate`."""
    inputs = keras.Input((48, 48, 1))
    x = keras.layers.AveragePooling2D(4)(inputs)
    x = keras.layers.Dropout(0.1, seed=1)(keras.layers.Flatten()(x))
    x = keras.layers.BatchNormalization()(keras.layers.Dense(8, activation="relu")(x))
    return keras.Model(inputs, keras.layers.Dense(class_count, activation="softmax")(x))


@pytest.fixture
def options(data, tmp_path, monkeypatch):
    monkeypatch.setitem(ARCHITECTURES, "tiny", tiny)
    return TrainOptions(data, tmp_path / "out", "tiny", epochs=EPOCHS, batch_size=16, seed=3)


def test_it_writes_a_model_that_loads_and_is_measured(options):
    folder = train(options)
    metadata = read_metadata(folder)
    assert metadata.classes == ("calm", "tense")
    assert metadata.training["seed"] == 3
    assert len(json.loads((folder / "history.json").read_text())) == EPOCHS
    figures = evaluate(EvaluateOptions(options.data / "validation", folder))
    assert figures["n"] == 20
    assert figures["classes"] == ["calm", "tense"]
    assert np.sum(figures["confusion"]) == 20


def test_init_starts_from_earlier_weights_and_records_them(options, tmp_path):
    first = read_metadata(train(options))
    again = replace(options, out=tmp_path / "again", init=options.out, epochs=1)
    second = read_metadata(train(again))
    assert second.init_chain == (first.weights_sha256,)


def test_init_from_other_classes_is_refused(options, tmp_path):
    train(replace(options, epochs=1))
    for part in ("train", "validation"):
        (options.data / part / "tense").rename(options.data / part / "wild")
    with pytest.raises(TrainingError, match="Leave --init out"):
        train(replace(options, out=tmp_path / "again", init=options.out))


def test_a_run_that_was_cut_goes_on_as_if_it_had_not_been(options, tmp_path, monkeypatch):
    whole = train(replace(options, out=tmp_path / "whole"))
    _cut_after_first_epoch(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        train(options)
    monkeypatch.undo()
    resumed = train(replace(options, resume=True))
    for a, b in zip(*(load_network(f)[0].get_weights() for f in (whole, resumed)), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_resume_needs_a_checkpoint_made_with_the_same_settings(options):
    with pytest.raises(TrainingError, match="no checkpoint"):
        train(replace(options, resume=True))
    train(replace(options, epochs=1))
    with pytest.raises(TrainingError, match=r"other settings .*epochs"):
        train(replace(options, resume=True))


def test_one_class_is_not_enough(options):
    for part in ("train", "validation"):
        for picture in (options.data / part / "tense").iterdir():
            picture.unlink()
        (options.data / part / "tense").rmdir()
    with pytest.raises(DatasetError, match="at least two classes"):
        train(options)


@pytest.mark.parametrize("class_count", [2, 7, 20])
def test_the_network_that_ships_takes_any_number_of_classes(class_count):
    network = cnn(class_count)
    assert network.output_shape == (None, class_count)
    assert network.count_params() < 4_000_000


def _cut_after_first_epoch(monkeypatch):
    from webapp.training.checkpoint import EpochCheckpoint

    save = EpochCheckpoint.on_epoch_end

    def save_and_stop(self, epoch, logs=None):
        save(self, epoch, logs)
        raise KeyboardInterrupt

    monkeypatch.setattr(EpochCheckpoint, "on_epoch_end", save_and_stop)
