"""After every epoch: the whole training state on disk, so that a run can go on."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import keras
import numpy as np

from webapp.core.errors import TrainingError
from webapp.disk.atomic import NamedMemory, replace_files
from webapp.vision.model_files import first_line

PROGRESS_FILE = "checkpoint.json"
STATE_FILES = "checkpoint-*.keras"
DIGEST_ENDING = "_sha256"
# Of an epoch's figures, the one that says which is best.
SCORE = "val_score"


@dataclass(frozen=True)
class Progress:
    """How far a run has come.

    Attributes:
        settings: what a resumed run must have in common with this one, `seed` among it; of what
            is too large to store, its digest under a name that ends in "_sha256".
        history: a row of figures per epoch.
        states: digest of every state that belongs to the checkpoint, by file name.
    """

    settings: dict[str, Any]
    epochs_done: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)


class EpochCheckpoint(keras.callbacks.Callback):
    """Saves network, optimiser and history after each epoch; those of the best one stay.

    Args:
        folder: where; made when missing. A checkpoint of another run there stands until the first
            epoch of this one is saved.
        progress: how far the run has come.
        patience: end the run after so many epochs without a better one, or None.
        keep: how many of the last epochs' states stay on disk, at least the newest.

    Raises:
        TrainingError: the folder cannot be made, an epoch cannot be saved, or training diverges.
    """

    def __init__(
        self, folder: Path, progress: Progress, patience: int | None = None, keep: int = 1
    ) -> None:
        super().__init__()
        self.folder, self.settings = folder, progress.settings
        self.history, self.states = list(progress.history), dict(progress.states)
        self.patience, self.keep = patience, max(1, keep)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrainingError(f"{folder}: cannot be made ({error}). Choose --out.") from error

    @property
    def best_epoch(self) -> int:
        """The epoch (from 1) with the highest score, see `choosing.Chooser`."""
        return _best_epoch(self.history)

    def is_patience_out(self) -> bool:
        """Return whether `patience` epochs have passed since the best."""
        if self.patience is None or not self.history:
            return False
        return len(self.history) - self.best_epoch >= self.patience

    def summary(self) -> dict[str, int]:
        """Return what the model's metadata record of the run."""
        return {"best_epoch": self.best_epoch, "epochs_done": len(self.history)}

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Let chance (dropout) follow from seed and epoch alone, for Keras saves no such state."""
        for number, layer in enumerate(self.model.layers):
            if hasattr(layer, "seed_generator"):
                layer.seed_generator.state.assign([self.settings["seed"] + number, epoch << 20])

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Make the new state valid in one step; until then the old one is whole."""
        figures = {name: float(value) for name, value in (logs or {}).items()}
        self._check_finite(epoch, figures)
        self.history.append(figures)
        try:
            self._save(epoch + 1)
        except OSError as error:
            intact = (
                f"The one of epoch {epoch} is intact; make room and go on with --resume."
                if epoch
                else "Nothing of this run is saved, what lay there is intact; make room and start "
                "again."
            )
            raise TrainingError(
                f"{self.folder}: cannot save the checkpoint ({error}). {intact}"
            ) from error
        if self.is_patience_out():
            self.model.stop_training = True

    def restore_best(self, network: keras.Model) -> None:
        """Put the best epoch's weights into a network without an optimiser.

        One with an optimiser expects the state of its own phase.
        """
        network.load_weights(self.folder / _state_name(self.best_epoch))

    def last_states(self) -> list[Path]:
        """List the states of the last epochs that are kept, oldest first."""
        return [self.folder / name for name in self._last_names() if name in self.states]

    def _check_finite(self, epoch: int, figures: dict[str, float]) -> None:
        if not np.isfinite(list(figures.values())).all():
            shown = ", ".join(f"{name} {value:g}" for name, value in figures.items())
            raise TrainingError(
                f"{self.folder}: training has diverged in epoch {epoch + 1} ({shown}). What was "
                "saved before stands; start anew with a lower --peak-learning-rate."
            )

    def _save(self, epochs_done: int) -> None:
        name = _state_name(epochs_done)
        state = NamedMemory(name)
        self.model.save(state)
        self.states[name] = sha256(state.getvalue()).hexdigest()
        kept = {*self._last_names(), _state_name(self.best_epoch)}
        self.states = {name: digest for name, digest in self.states.items() if name in kept}
        progress = Progress(self.settings, epochs_done, self.history, self.states)
        # The second replacement makes the first one valid.
        replace_files(
            {
                self.folder / name: state.getvalue(),
                self.folder / PROGRESS_FILE: json.dumps(asdict(progress), indent=1).encode(),
            }
        )
        # States of epochs that no longer count, and of other runs.
        for path in self.folder.glob(STATE_FILES):
            if path.name not in self.states:
                path.unlink()

    def _last_names(self) -> list[str]:
        done = len(self.history)
        return [_state_name(epoch + 1) for epoch in range(max(0, done - self.keep), done)]


def read_checkpoint(folder: Path, settings: dict[str, Any]) -> tuple[keras.Model, Progress]:
    """Load the state to resume from.

    Raises:
        TrainingError: there is none, it is damaged, or it was made with other settings or data.
    """
    if not (folder / PROGRESS_FILE).is_file():
        raise TrainingError(f"{folder}: no checkpoint to resume from. Leave --resume out.")
    progress = _read_progress(folder / PROGRESS_FILE)
    changes = list(_changes(progress.settings, json.loads(json.dumps(settings))))
    if changes:
        raise TrainingError(
            f"{folder}: the checkpoint was made with other settings or data "
            f"({'; '.join(changes)}). Resume with the same, or start anew in another --out."
        )
    for name, digest in progress.states.items():
        path = folder / name
        if not path.is_file():
            raise TrainingError(
                f"{path} is missing. Restore it, or start anew: leave --resume out."
            )
        if sha256(path.read_bytes()).hexdigest() != digest:
            raise TrainingError(
                f"{path} is damaged (sha256 differs from {PROGRESS_FILE}). "
                "Restore it, or start anew: leave --resume out."
            )
    return keras.saving.load_model(folder / _state_name(progress.epochs_done)), progress


def _read_progress(path: Path) -> Progress:
    try:
        raw = json.loads(path.read_bytes())
        history = [{name: float(row[name]) for name in row} for row in raw["history"]]
        if not all(SCORE in row for row in history):
            raise ValueError(f"its epochs lack {SCORE}, by which the best is chosen")
        progress = Progress(dict(raw["settings"]), len(history), history, dict(raw["states"]))
        needed = {_state_name(len(history)), _state_name(_best_epoch(history))}
        if not needed <= progress.states.keys():
            raise ValueError(f"it does not name {', '.join(needed)}")
        return progress
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise TrainingError(
            f"{path}: damaged, or written by another version ({first_line(error)}). "
            "Start anew: leave --resume out."
        ) from error


def _changes(was: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    for name in now:
        if name in was and was[name] == now[name]:
            continue
        if name.endswith(DIGEST_ENDING):
            yield name.removesuffix(DIGEST_ENDING).replace("_", " ") + " changed"
        else:
            yield f"{name}: {_shown(was.get(name))} became {_shown(now[name])}"


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _best_epoch(history: list[dict[str, float]]) -> int:
    return int(np.argmax([row[SCORE] for row in history])) + 1


def _state_name(epochs_done: int) -> str:
    return f"checkpoint-{epochs_done}.keras"
