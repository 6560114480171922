"""After every epoch: the whole training state on disk, so that a run can go on."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from webapp.core.errors import TrainingError

PROGRESS_FILE = "checkpoint.json"
BEST_FILE = "best.weights.h5"


@dataclass(frozen=True)
class Progress:
    """How far a run has come; `history` holds one row of figures per epoch."""

    settings: dict[str, Any]
    epochs_done: int
    history: list[dict[str, float]]


class EpochCheckpoint(keras.callbacks.Callback):
    """Saves network, optimiser and history after each epoch, and the best weights apart.

    Args:
        folder: where; made when missing.
        settings: what a resumed run must have in common with this one.
        history: figures of the epochs done so far.
        patience: end the run after so many epochs without a better one, or None.
        keep: how many of the last epochs' states stay on disk, at least the newest.

    Raises:
        TrainingError: the folder cannot be made, or an epoch cannot be saved.
    """

    def __init__(
        self,
        folder: Path,
        settings: dict[str, Any],
        history: list[dict[str, float]],
        patience: int | None = None,
        keep: int = 1,
    ) -> None:
        super().__init__()
        self.folder, self.settings, self.history = folder, settings, list(history)
        self.patience, self.keep = patience, max(1, keep)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrainingError(f"{folder}: cannot be made ({error}). Choose --out.") from error

    @property
    def best_epoch(self) -> int:
        """The epoch (from 1) with the highest validation accuracy."""
        return int(np.argmax([row["val_accuracy"] for row in self.history])) + 1

    def is_patience_out(self) -> bool:
        """Tell whether `patience` epochs have passed since the best."""
        if self.patience is None or not self.history:
            return False
        return len(self.history) - self.best_epoch >= self.patience

    def summary(self) -> dict[str, int]:
        """Return what the model's metadata tells of the run."""
        return {"best_epoch": self.best_epoch, "epochs_done": len(self.history)}

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Let chance (dropout) follow from seed and epoch alone, for Keras saves no such state."""
        for number, layer in enumerate(self.model.layers):
            if hasattr(layer, "seed_generator"):
                layer.seed_generator.state.assign([self.settings["seed"] + number, epoch << 20])

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Write the state beside the old one, then replace it in one step."""
        self.history.append({name: float(value) for name, value in (logs or {}).items()})
        try:
            self._save(epoch + 1)
        except OSError as error:
            raise TrainingError(
                f"{self.folder}: cannot save the checkpoint ({error}). The one of epoch {epoch} "
                "is intact; make room and go on with --resume."
            ) from error
        if self.is_patience_out():
            self.model.stop_training = True

    def restore_best(self, network: keras.Model) -> None:
        """Put the best epoch's weights into a network without an optimiser.

        One with an optimiser expects the state of its own phase.
        """
        network.load_weights(self.folder / BEST_FILE)

    def last_states(self) -> list[Path]:
        """List the states that are kept, oldest first."""
        done = len(self.history)
        kept = [_state_file(self.folder, epoch + 1) for epoch in range(done - self.keep, done)]
        return [state for state in kept if state.is_file()]

    def _save(self, epochs_done: int) -> None:
        if self.best_epoch == epochs_done:
            new = self.folder / f"new.{BEST_FILE}"
            self.model.save_weights(new)
            new.replace(self.folder / BEST_FILE)
        self.model.save(_state_file(self.folder, epochs_done))
        progress = {"settings": self.settings, "epochs_done": epochs_done, "history": self.history}
        text = self.folder / f"new.{PROGRESS_FILE}"
        text.write_text(json.dumps(progress, indent=1))
        # This one step makes the new state valid; until then the old pair is whole.
        text.replace(self.folder / PROGRESS_FILE)
        _state_file(self.folder, epochs_done - self.keep).unlink(missing_ok=True)


def read_checkpoint(folder: Path, settings: dict[str, Any]) -> tuple[keras.Model, Progress]:
    """Load the state to resume from.

    Raises:
        TrainingError: there is none, or it was made with other settings.
    """
    if not (folder / PROGRESS_FILE).is_file():
        raise TrainingError(f"{folder}: no checkpoint to resume from. Leave --resume out.")
    try:
        progress = Progress(**json.loads((folder / PROGRESS_FILE).read_text()))
    except (ValueError, TypeError) as error:
        raise TrainingError(f"{folder / PROGRESS_FILE} is damaged. Leave --resume out.") from error
    state = _state_file(folder, progress.epochs_done)
    if not state.is_file():
        raise TrainingError(f"{state} is missing. Leave --resume out.")
    wanted = json.loads(json.dumps(settings))
    changed = [name for name in wanted if wanted[name] != progress.settings.get(name)]
    if changed:
        raise TrainingError(
            f"{folder}: the checkpoint was made with other settings ({', '.join(changed)}). "
            "Resume with the same, or start anew in another --out."
        )
    return keras.saving.load_model(state), progress


def _state_file(folder: Path, epochs_done: int) -> Path:
    return folder / f"checkpoint-{epochs_done}.keras"
