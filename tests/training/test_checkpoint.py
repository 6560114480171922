import io
import json
import math
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.full_disk import no_room_for
from webapp.core.errors import TrainingError
from webapp.training.checkpoint import (
    PROGRESS_FILE,
    SCORE,
    EpochCheckpoint,
    Progress,
    read_checkpoint,
)

SETTINGS = {"epochs": 3, "seed": 1, "classes": ["calm", "tense"], "training_pictures_sha256": "ab"}
FIGURES = {"loss": 1.0, SCORE: 0.5}


class Network:
    """Saves a text, as far as it is let: into memory, never into a file."""

    def __init__(self, text: bytes = b"state") -> None:
        self.text = text

    def save(self, memory: io.BytesIO) -> None:
        memory.write(self.text)


def checkpoint_of(folder: Path, network, progress=None, **options) -> EpochCheckpoint:
    checkpoint = EpochCheckpoint(folder, progress or Progress(SETTINGS), **options)
    checkpoint.set_model(network)
    return checkpoint


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def checkpoint(tmp_path) -> EpochCheckpoint:
    return checkpoint_of(tmp_path, Network())


@pytest.fixture
def saved(tmp_path) -> Path:
    """The checkpoint of a real network after two epochs, the first of them the best."""
    inputs = keras.Input((4,))
    network = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    network.compile("sgd", "mse")
    checkpoint = checkpoint_of(tmp_path, network)
    checkpoint.on_epoch_end(0, {SCORE: 0.7})
    checkpoint.on_epoch_end(1, {SCORE: 0.6})
    return tmp_path


@pytest.mark.parametrize("name", ["checkpoint-2.keras", PROGRESS_FILE])
def test_a_full_disk_ends_the_run_and_leaves_the_earlier_checkpoint(checkpoint, tmp_path, name):
    checkpoint.on_epoch_end(0, FIGURES)
    before = contents(tmp_path)
    no_space = pytest.raises(TrainingError, match=r"No space left.*epoch 1 is intact.*--resume")
    with no_space, no_room_for(name):
        checkpoint.on_epoch_end(1, FIGURES)
    assert contents(tmp_path) == before


def test_a_full_disk_at_the_first_epoch_leaves_another_runs_checkpoint(checkpoint, tmp_path):
    checkpoint.on_epoch_end(0, FIGURES)
    before = contents(tmp_path)
    nothing_saved = pytest.raises(TrainingError, match="Nothing of this run is saved, what lay")
    with nothing_saved, no_room_for(PROGRESS_FILE):
        checkpoint_of(tmp_path, Network(b"other")).on_epoch_end(0, FIGURES)
    assert contents(tmp_path) == before


def test_the_first_epoch_takes_the_place_of_another_runs_checkpoint(checkpoint, tmp_path):
    for epoch in range(3):
        checkpoint.on_epoch_end(epoch, FIGURES)
    checkpoint_of(tmp_path, Network(b"other")).on_epoch_end(0, FIGURES)
    assert contents(tmp_path).keys() == {"checkpoint-1.keras", PROGRESS_FILE}
    assert (tmp_path / "checkpoint-1.keras").read_bytes() == b"other"


def test_only_the_newest_state_and_the_best_are_kept(checkpoint, tmp_path):
    for epoch, accuracy in enumerate([0.5, 0.7, 0.6, 0.4]):
        checkpoint.on_epoch_end(epoch, {SCORE: accuracy})
    names = ["checkpoint-2.keras", "checkpoint-4.keras"]
    assert sorted(path.name for path in tmp_path.glob("*.keras")) == names
    assert checkpoint.best_epoch == 2


def test_as_many_states_are_kept_as_asked_for(tmp_path):
    checkpoint = checkpoint_of(tmp_path, Network(), keep=2)
    assert checkpoint.last_states() == []
    for epoch in range(4):
        checkpoint.on_epoch_end(epoch, FIGURES)
    last = ["checkpoint-3.keras", "checkpoint-4.keras"]
    assert [path.name for path in checkpoint.last_states()] == last
    best = "checkpoint-1.keras"
    assert sorted(path.name for path in tmp_path.glob("*.keras")) == [best, *last]


@pytest.mark.parametrize("name", ["loss", "val_loss"])
def test_a_run_that_diverges_leaves_the_earlier_checkpoint(checkpoint, tmp_path, name):
    checkpoint.on_epoch_end(0, FIGURES)
    before = contents(tmp_path)
    with pytest.raises(TrainingError, match=rf"diverged in epoch 2.*{name} nan.*lower --peak-l"):
        checkpoint.on_epoch_end(1, {**FIGURES, name: math.nan})
    assert contents(tmp_path) == before


def test_what_was_saved_is_read(saved):
    network, progress = read_checkpoint(saved, SETTINGS)
    assert progress.epochs_done == len(progress.history) == 2
    again = checkpoint_of(saved, network, progress)
    again.on_epoch_end(2, {SCORE: 0.5})
    names = ["checkpoint-1.keras", "checkpoint-3.keras"]
    assert sorted(path.name for path in saved.glob("*.keras")) == names


def test_the_best_weights_are_restored(saved):
    network, progress = read_checkpoint(saved, SETTINGS)
    best = keras.saving.load_model(saved / "checkpoint-1.keras").get_weights()
    other = keras.models.clone_model(network)
    checkpoint_of(saved, network, progress).restore_best(other)
    np.testing.assert_array_equal(other.get_weights()[0], best[0])


@pytest.mark.parametrize("name", ["checkpoint-1.keras", "checkpoint-2.keras"])
@pytest.mark.parametrize("damage", ["cut", "zeroed", "missing"])
def test_a_damaged_state_is_named_with_the_way_out(saved, name, damage):
    content = (saved / name).read_bytes()
    if damage == "missing":
        (saved / name).unlink()
    else:
        half = content[: len(content) // 2]
        (saved / name).write_bytes(half if damage == "cut" else half + bytes(len(half)))
    with pytest.raises(TrainingError, match=rf"{name} is (damaged|missing).*--resume out"):
        read_checkpoint(saved, SETTINGS)


@pytest.mark.parametrize(
    "change",
    [
        {"settings": None},
        {"history": []},
        {"history": [{}, {}]},
        {"history": None},
        {"states": None},
        {"states": {}},
    ],
    ids=str,
)
def test_a_damaged_part_of_the_progress_is_reported(saved, change):
    raw = json.loads((saved / PROGRESS_FILE).read_text())
    (saved / PROGRESS_FILE).write_text(json.dumps(raw | change))
    with pytest.raises(TrainingError, match=r"checkpoint\.json: damaged.*--resume out"):
        read_checkpoint(saved, SETTINGS)


def test_a_checkpoint_from_before_epochs_had_scores_is_refused_as_such(saved):
    raw = json.loads((saved / PROGRESS_FILE).read_text())
    raw["history"] = [{"val_accuracy": 0.7}, {"val_accuracy": 0.6}]
    (saved / PROGRESS_FILE).write_text(json.dumps(raw))
    with pytest.raises(TrainingError, match=r"another version \(its epochs lack val_score"):
        read_checkpoint(saved, SETTINGS)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"surprise": 1}', "\0"])
def test_damaged_progress_is_reported(text, tmp_path):
    (tmp_path / PROGRESS_FILE).write_text(text)
    with pytest.raises(TrainingError, match="damaged"):
        read_checkpoint(tmp_path, SETTINGS)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("epochs", 5, r"\(epochs: 3 became 5\)"),
        ("classes", ["calm", "wild"], r"\(classes: calm, tense became calm, wild\)"),
        ("training_pictures_sha256", "cd", r"\(training pictures changed\)"),
        ("votes", "new", r"\(votes: None became new\)"),
    ],
)
def test_what_changed_is_named(saved, name, value, message):
    with pytest.raises(TrainingError, match=message + ".*another --out"):
        read_checkpoint(saved, {**SETTINGS, name: value})
