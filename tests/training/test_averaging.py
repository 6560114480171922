"""Tests of averaged weights."""

import keras
import numpy as np
import pytest

from webapp.core.errors import DatasetError, TrainingError
from webapp.training.averaging import average_models, mean_weights, put_mean_if_better
from webapp.training.choosing import Chooser
from webapp.training.dataset import FaceSet
from webapp.training.resampling_blur import with_resampling_blur
from webapp.vision.model_files import load_network, read_metadata, save_model


def network(*columns: float) -> keras.Model:
    """Sees the mean brightness alone; the class with the largest weight wins."""
    inputs = keras.Input((48, 48, 1))
    scores = keras.layers.Dense(len(columns), activation="softmax")
    model = keras.Model(inputs, scores(keras.layers.GlobalAveragePooling2D()(inputs)))
    model.set_weights([np.array([columns], np.float32), np.zeros(len(columns), np.float32)])
    return model


@pytest.fixture
def states(tmp_path):
    paths = []
    for number, columns in enumerate([(0.0, 3.0), (2.0, 3.0)]):
        paths.append(tmp_path / f"{number}.keras")
        network(*columns).save(paths[-1])
    return paths


@pytest.fixture
def chooser():
    images = np.full((4, 48, 48), 200, np.uint8)
    return Chooser(FaceSet(images, np.ones(4, int), ("a", "b", "c", "d"), ("calm", "tense")))


def test_every_weight_is_averaged():
    kernel, bias = mean_weights([network(0.0, 3.0), network(2.0, 3.0)])
    assert kernel.tolist() == [[1.0, 3.0]]
    assert bias.dtype == kernel.dtype == np.float32


def test_the_mean_is_taken_where_it_reads_better(states, chooser):
    worse = network(5.0, 0.0)
    assert put_mean_if_better(worse, states, chooser)
    assert worse.get_weights()[0].tolist() == [[1.0, 3.0]]


def test_the_best_epoch_stays_where_the_mean_is_no_better(states, chooser):
    as_good = network(0.0, 9.0)
    assert not put_mean_if_better(as_good, states, chooser)
    assert as_good.get_weights()[0].tolist() == [[0.0, 9.0]]


@pytest.fixture
def models(tmp_path):
    folders = []
    for number, columns in enumerate([(0.0, 3.0), (2.0, 3.0)]):
        folders.append(tmp_path / f"run{number}")
        save_model(folders[-1], network(*columns), ("calm", "tense"), {"seed": number}, ("base",))
    return folders


@pytest.fixture
def saved_alone(monkeypatch):
    """Leaves out the compiling and plotting, which take seconds."""
    monkeypatch.setattr(
        "webapp.training.averaging.publish",
        lambda folder, trained, faces, votes: save_model(
            folder, trained.network, trained.classes, trained.training, trained.init_chain
        ),
    )


def test_the_mean_of_models_records_where_it_is_from(models, data, tmp_path, saved_alone):
    shas = [read_metadata(folder).weights_sha256 for folder in models]
    mean, metadata = load_network(average_models(models, data, None, tmp_path / "mean"))
    assert mean.get_weights()[0].tolist() == [[1.0, 3.0]]
    assert metadata.training["averaged_models"] == shas
    assert metadata.training["averaged_counts"] == [1, 1]
    assert [run["seed"] for run in metadata.training["runs"]] == [0, 1]
    assert metadata.init_chain == ("base",)
    assert with_resampling_blur(mean) is mean


def test_models_of_other_classes_are_refused(models, data, tmp_path):
    save_model(models[1], network(1.0, 1.0), ("calm", "wild"), {})
    with pytest.raises(TrainingError, match=r"run1: its classes \(calm, wild\) are not those of"):
        average_models(models, data, None, tmp_path / "mean")


def test_models_of_another_shape_are_refused(models, data, tmp_path):
    inputs = keras.Input((48, 48, 1))
    wider = keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(inputs))
    save_model(models[1], keras.Model(inputs, wider), ("calm", "tense"), {})
    with pytest.raises(TrainingError, match="one architecture"):
        average_models(models, data, None, tmp_path / "mean")


def test_a_single_model_is_refused(models, data, tmp_path):
    with pytest.raises(TrainingError, match=r"at least two models to average, got .*run0 alone"):
        average_models(models[:1], data, None, tmp_path / "mean")


def test_data_of_classes_that_the_models_lack_are_refused_before_anything_is_written(
    models, data, tmp_path
):
    (data / "train/calm").rename(data / "train/bored")
    (data / "validation/calm").rename(data / "validation/bored")
    with pytest.raises(DatasetError, match="does not know bored; it knows calm, tense"):
        average_models(models, data, None, tmp_path / "mean")
    assert not (tmp_path / "mean").exists()


def test_data_of_some_of_the_models_classes_are_labelled_as_the_models_do(
    data, tmp_path, monkeypatch
):
    shown = []
    monkeypatch.setattr("webapp.training.averaging.publish", lambda *given: shown.append(given[2]))
    classes = ("angry", "calm", "happy", "tense")
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        save_model(folder, network(0.0, 1.0, 2.0, 3.0), classes, {})
    average_models(folders, data, None, tmp_path / "mean")
    assert shown[0].classes == classes
    assert shown[0].counts() == {"angry": 0, "calm": 10, "happy": 0, "tense": 10}


def test_a_model_named_several_times_counts_so_many_times(models, data, tmp_path, saved_alone):
    one, other = models
    mean, metadata = load_network(
        average_models([one, other, one, one], data, None, tmp_path / "mean")
    )
    np.testing.assert_allclose(mean.get_weights()[0], [[0.5, 3.0]])
    assert metadata.training["averaged_counts"] == [3, 1]


@pytest.mark.parametrize(("named", "run"), [((0, 1), 1), ((0, 0, 1), 0)])
def test_the_history_is_that_of_the_model_that_counts_most(
    models, data, tmp_path, monkeypatch, named, run
):
    for number, folder in enumerate(models):
        (folder / "history.json").write_text(f'[{{"run": {number}}}]')
    published = []
    monkeypatch.setattr(
        "webapp.training.averaging.publish", lambda *arguments: published.append(arguments[1])
    )
    average_models([models[number] for number in named], data, None, tmp_path / "mean")
    assert published[0].history == [{"run": run}]
