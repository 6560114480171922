import json
import shutil
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.full_disk import no_room_for
from tests.training.test_splits import votes_against
from tests.vision.test_model_files import tiny_network
from webapp.core.errors import DatasetError, TrainingError
from webapp.training import publish
from webapp.training.conditions import under_conditions
from webapp.training.evaluate import EvaluateOptions, evaluate
from webapp.training.metrics import accuracy
from webapp.training.networks import ARCHITECTURES, HEAD, build
from webapp.training.options import TrainOptions
from webapp.training.resampling_blur import NAME
from webapp.training.splits import choosing_part, load_splits
from webapp.training.train import train
from webapp.vision.model_files import load_network, read_metadata, save_model
from webapp.vision.preprocess import to_model_input

EPOCHS = 2


def tiny(class_count: int) -> keras.Model:
    """A network that trains in a second; the one that ships is measured by `evaluate`."""
    inputs = keras.Input((48, 48, 1))
    x = keras.layers.AveragePooling2D(4)(inputs)
    x = keras.layers.Dropout(0.1, seed=1)(keras.layers.Flatten()(x))
    x = keras.layers.BatchNormalization()(keras.layers.Dense(8, activation="relu")(x))
    return keras.Model(inputs, keras.layers.Dense(class_count, activation="softmax", name=HEAD)(x))


def save_alone(folder, trained, validation_set, votes):
    """Stands in for `publish`, whose compiling and plotting take seconds."""
    save_model(folder, trained.network, trained.classes, trained.training, trained.init_chain)


# TensorFlow says that its pipelines of data are traced all the same.
pytestmark = pytest.mark.filterwarnings("ignore:Even though the:UserWarning")


@pytest.fixture(autouse=True)
def eager():
    """Step by step: tracing a function takes longer than the few steps of these runs."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def options(data, tmp_path, monkeypatch):
    monkeypatch.setitem(ARCHITECTURES, "tiny", tiny)
    monkeypatch.setattr("webapp.training.train.publish", save_alone)
    return TrainOptions(data, tmp_path / "out", "tiny", epochs=EPOCHS, batch_size=16, seed=3)


def test_it_writes_a_complete_model_that_loads_and_is_measured(options, monkeypatch):
    # As it runs outside of tests.
    tf.config.run_functions_eagerly(False)
    monkeypatch.setattr("webapp.training.train.publish", publish.publish)
    folder = train(options)
    metadata = read_metadata(folder)
    assert metadata.classes == ("calm", "tense")
    assert metadata.training["seed"] == 3
    assert metadata.temperature != 1.0
    assert metadata.litert_sha256
    assert len(json.loads((folder / "history.json").read_text())) == EPOCHS
    written = {path.name for path in folder.iterdir()}
    assert {"metrics.json", "report.txt", "worst.png"} <= written
    assert {"confusion.png", "reliability.png", "history.png"} <= written
    figures = evaluate(EvaluateOptions(options.data / "validation", folder))
    assert figures["n"] == 20
    assert figures["classes"] == ["calm", "tense"]
    assert np.sum(figures["confusion"]) == 20


def test_init_starts_from_earlier_weights_and_records_them(options, tmp_path):
    first = read_metadata(train(options))
    again = replace(options, out=tmp_path / "again", init=options.out, epochs=1)
    second = read_metadata(train(again))
    assert second.init_chain == (first.weights_sha256,)


def test_init_from_other_classes_starts_the_output_anew(options, tmp_path, capsys):
    train(replace(options, epochs=1))
    for part in ("train", "validation"):
        (options.data / part / "tense").rename(options.data / part / "wild")
    folder = train(replace(options, out=tmp_path / "again", init=options.out, epochs=1))
    assert read_metadata(folder).classes == ("calm", "wild")
    assert "the output layer starts anew" in capsys.readouterr().out


def test_the_seed_varies_the_run_but_not_what_judges_it(options, tmp_path, monkeypatch):
    shutil.rmtree(options.data / "validation")
    judges = []

    def note_and_save(folder, trained, validation_set, votes):
        judges.append(validation_set.files)
        save_alone(folder, trained, validation_set, votes)

    monkeypatch.setattr("webapp.training.train.publish", note_and_save)
    runs = [replace(options, out=tmp_path / f"{s}", seed=s, epochs=1) for s in (1, 2)]
    one, other = [load_network(train(run))[0].get_weights()[0] for run in runs]
    assert judges[0] == judges[1]
    assert not np.allclose(one, other)


def test_the_mean_of_the_last_epochs_is_tried(options, monkeypatch):
    monkeypatch.setattr("webapp.training.train.put_mean_if_better", lambda *_: True)
    assert read_metadata(train(options)).training["averaged_epochs"] == []
    averaged = read_metadata(train(replace(options, average=2)))
    assert averaged.training["averaged_epochs"] == [1, 2]


@pytest.mark.parametrize("augment", [True, False])
def test_what_serves_blurs_as_the_views_did_and_is_judged_so(options, augment):
    options = replace(options, augment=augment)
    network, _ = load_network(train(options))
    assert (NAME in [layer.name for layer in network.layers]) is augment
    faces = choosing_part(load_splits(options.data).validation)
    read = network.predict(to_model_input(faces.images), verbose=0)
    assert accuracy(read, faces.labels) == pytest.approx(best_accuracy(options))


def best_accuracy(options) -> float:
    """Return the accuracy that the best epoch is recorded to have had."""
    epochs = json.loads((options.out / "checkpoint.json").read_text())["history"]
    best = max(epochs, key=lambda epoch: epoch["val_score"])
    return best["val_accuracy"]


def test_it_stops_when_patience_is_out(options):
    folder = train(replace(options, epochs=30, patience=1, peak_learning_rate=1e-9))
    recorded = read_metadata(folder).training
    assert recorded["epochs_done"] == recorded["best_epoch"] + 1 < 30


def test_the_head_phase_may_be_interrupted_too(options, tmp_path, monkeypatch):
    _assert_resumes(replace(options, head_epochs=1), tmp_path, monkeypatch)


def test_teachers_are_listened_to(options, tmp_path):
    options = replace(options, epochs=1)
    teacher = train(options)
    taught = replace(options, teachers=(teacher,))
    runs = {"alone": options, "once": taught, "views": replace(taught, teach_views=True)}
    folders = [train(replace(run, out=tmp_path / name)) for name, run in runs.items()]
    alone, once, views = (load_network(folder)[0].get_weights()[0] for folder in folders)
    assert not np.allclose(alone, once)
    assert not np.allclose(alone, views)
    assert not np.allclose(once, views)


def test_a_run_taught_by_views_goes_on_as_if_it_had_not_been_cut(options, tmp_path, monkeypatch):
    teacher = train(replace(options, out=tmp_path / "teacher", epochs=1))
    _assert_resumes(replace(options, teachers=(teacher,), teach_views=True), tmp_path, monkeypatch)


def test_an_architecture_refuses_what_it_does_not_take(options):
    with pytest.raises(TrainingError, match="--arch tiny does not take width"):
        train(replace(options, width=2.0))


def test_a_folder_that_cannot_be_made_is_reported(options, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match="file/out: cannot be made"):
        train(replace(options, out=tmp_path / "file" / "out"))


def test_a_run_that_was_cut_goes_on_as_if_it_had_not_been(options, tmp_path, monkeypatch):
    shares = set()

    def noted(images, rng, share):
        shares.add(share)
        return under_conditions(images, rng, share)

    monkeypatch.setattr("webapp.training.batches.under_conditions", noted)
    _assert_resumes(replace(options, conditions=0.5), tmp_path, monkeypatch)
    assert shares == {0.5}


def test_resume_needs_a_checkpoint_made_with_the_same_settings(options):
    with pytest.raises(TrainingError, match="no checkpoint"):
        train(replace(options, resume=True))
    train(replace(options, epochs=1))
    with pytest.raises(TrainingError, match=r"other settings .*epochs"):
        train(replace(options, resume=True))
    with pytest.raises(TrainingError, match=r"conditions: 0\.0 became 0\.3"):
        train(replace(options, epochs=1, conditions=0.3, resume=True))


def test_votes_that_leave_nothing_of_a_class_are_refused(options, tmp_path):
    files = [f"train/tense/{number:03d}.png" for number in range(40)]
    votes = votes_against(tmp_path / "votes.csv", *files)
    with pytest.raises(DatasetError, match=r"is left of tense \(40\): .*votes\.csv marks all"):
        train(replace(options, votes=votes))


def test_resume_notices_other_data(options):
    train(replace(options, epochs=1))
    again = replace(options, epochs=1, resume=True)
    for part in ("train", "validation"):
        (options.data / part / "calm").rename(options.data / part / "zen")
    with pytest.raises(TrainingError, match=r"classes: calm, tense became tense, zen;.*pictures"):
        train(again)
    for part in ("train", "validation"):
        shutil.copytree(options.data / part / "zen", options.data / part / "calm")
    with pytest.raises(TrainingError, match="classes: calm, tense became calm, tense, zen"):
        train(again)


def test_resume_notices_a_picture_that_changed(options):
    train(replace(options, epochs=1))
    one, other = sorted((options.data / "train" / "calm").iterdir())[:2]
    one.write_bytes(other.read_bytes())
    with pytest.raises(TrainingError, match=r"\(training pictures changed\)"):
        train(replace(options, epochs=1, resume=True))


def test_a_run_that_diverges_leaves_the_earlier_model(options):
    before = read_metadata(train(replace(options, epochs=1)))
    with pytest.raises(TrainingError, match=r"diverged in epoch 1.*nan.*--peak-learning-rate"):
        train(replace(options, peak_learning_rate=1e30, one_cycle=False))
    assert read_metadata(options.out) == before
    assert json.loads((options.out / "checkpoint.json").read_text())["epochs_done"] == 1


def test_a_network_that_reads_no_numbers_is_not_published(options, tmp_path):
    before = read_metadata(train(replace(options, epochs=1)))
    network, _ = load_network(options.out)
    network.set_weights([np.full_like(weight, np.nan) for weight in network.get_weights()])
    trained = publish.Trained(network, before.classes, {}, (), [])
    with pytest.raises(TrainingError, match=r"got nan.*Nothing is written"):
        publish.publish(options.out, trained, load_splits(options.data).validation, None)
    assert read_metadata(options.out) == before


def test_a_full_disk_leaves_the_earlier_history(options):
    options.out.mkdir()
    (options.out / "history.json").write_text("earlier")
    trained = publish.Trained(tiny_network(2), ("calm", "tense"), {}, (), [])
    cannot_write = pytest.raises(TrainingError, match="the model cannot be written")
    with cannot_write, no_room_for("history.json"):
        publish.publish(options.out, trained, load_splits(options.data).validation, None)
    assert (options.out / "history.json").read_text() == "earlier"


def test_a_start_without_pretrained_weights_is_refused_as_such(options, tmp_path):
    assert options.settings()["pretrained"] is None
    pretrainable = replace(options, arch="mobilenet", pretrained="/tmp/some.h5")
    assert pretrainable.settings()["pretrained"] == "some.h5"
    assert replace(pretrainable, init=tmp_path).settings()["pretrained"] is None
    assert replace(pretrainable, pretrained="none").settings()["pretrained"] is None


def test_one_class_is_not_enough(options):
    for part in ("train", "validation"):
        for picture in (options.data / part / "tense").iterdir():
            picture.unlink()
        (options.data / part / "tense").rmdir()
    with pytest.raises(DatasetError, match="at least two classes"):
        train(options)


@pytest.mark.parametrize(
    ("arch", "class_count"), [("cnn", 2), ("cnn", 20), ("efficientnet_lite", 7)]
)
def test_the_networks_take_any_number_of_classes(arch, class_count):
    network = build(arch, class_count)
    assert network.output_shape == (None, class_count)
    assert network.count_params() < 4_000_000


def _cut_after_first_epoch(monkeypatch):
    from webapp.training.checkpoint import EpochCheckpoint

    save = EpochCheckpoint.on_epoch_end

    def save_and_stop(self, epoch, logs=None):
        save(self, epoch, logs)
        raise KeyboardInterrupt

    monkeypatch.setattr(EpochCheckpoint, "on_epoch_end", save_and_stop)


def _assert_same_weights(one, other):
    """Of the last epoch; the best one may lie before the cut."""
    states = [folder / f"checkpoint-{EPOCHS}.keras" for folder in (one, other)]
    weights = [keras.saving.load_model(state).get_weights() for state in states]
    for a, b in zip(*weights, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def _assert_resumes(options, tmp_path, monkeypatch):
    """A run cut after its first epoch and gone on with gives the weights of one that was not."""
    whole = train(replace(options, out=tmp_path / "whole"))
    _cut_after_first_epoch(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        train(options)
    monkeypatch.undo()
    monkeypatch.setitem(ARCHITECTURES, "tiny", tiny)
    monkeypatch.setattr("webapp.training.train.publish", save_alone)
    _assert_same_weights(whole, train(replace(options, resume=True)))
