import errno
import json
from pathlib import Path

import pytest

from webapp.core.errors import TrainingError
from webapp.training.checkpoint import PROGRESS_FILE, EpochCheckpoint, read_checkpoint

SETTINGS = {"epochs": 3}


class Network:
    """Saves itself until the disk is full."""

    def __init__(self) -> None:
        self.disk_is_full = False

    def save_weights(self, path: Path) -> None:
        self.save(path)

    def save(self, path: Path) -> None:
        if self.disk_is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        path.write_text("weights")


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def checkpoint(tmp_path, network) -> EpochCheckpoint:
    checkpoint = EpochCheckpoint(tmp_path, SETTINGS, [])
    checkpoint.set_model(network)
    return checkpoint


def test_a_full_disk_ends_the_run_and_leaves_the_earlier_checkpoint(checkpoint, network, tmp_path):
    checkpoint.on_epoch_end(0, {"val_accuracy": 0.5})
    network.disk_is_full = True
    with pytest.raises(TrainingError, match=r"No space left.*epoch 1 is intact.*--resume"):
        checkpoint.on_epoch_end(1, {"val_accuracy": 0.6})
    assert json.loads((tmp_path / PROGRESS_FILE).read_text())["epochs_done"] == 1
    assert (tmp_path / "checkpoint-1.keras").exists()


def test_only_the_newest_state_is_kept(checkpoint, tmp_path):
    for epoch, accuracy in enumerate([0.5, 0.7, 0.6]):
        checkpoint.on_epoch_end(epoch, {"val_accuracy": accuracy})
    assert [path.name for path in tmp_path.glob("*.keras")] == ["checkpoint-3.keras"]
    assert checkpoint.best_epoch == 2


def test_as_many_states_are_kept_as_asked_for(network, tmp_path):
    checkpoint = EpochCheckpoint(tmp_path, SETTINGS, [], keep=2)
    checkpoint.set_model(network)
    assert checkpoint.last_states() == []
    for epoch in range(3):
        checkpoint.on_epoch_end(epoch, {"val_accuracy": 0.5})
    names = ["checkpoint-2.keras", "checkpoint-3.keras"]
    assert [path.name for path in checkpoint.last_states()] == names
    assert sorted(path.name for path in tmp_path.glob("*.keras")) == names


@pytest.mark.parametrize("text", ["", "{", '{"surprise": 1}'])
def test_damaged_progress_is_told(text, tmp_path):
    (tmp_path / PROGRESS_FILE).write_text(text)
    with pytest.raises(TrainingError, match="damaged"):
        read_checkpoint(tmp_path, SETTINGS)
