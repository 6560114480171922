"""From a trained network to a complete model folder: files, calibration, compiled copy, figures."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from webapp.core.errors import TrainingError
from webapp.disk.atomic import replace_files
from webapp.training.calibrate import calibrate
from webapp.training.dataset import FaceSet
from webapp.training.evaluate import HISTORY_FILE, measure
from webapp.training.export import export_litert
from webapp.training.report import write_report
from webapp.training.splits import choosing_part, reporting_rows
from webapp.vision.model_files import save_model
from webapp.vision.preprocess import to_model_input

BATCH_SIZE = 64


@dataclass(frozen=True)
class Trained:
    """What a run leaves behind.

    Attributes:
        training: what the metadata record of the run.
        init_chain: digests of the weights it started from, oldest first.
        history: figures of every epoch.
    """

    network: keras.Model
    classes: tuple[str, ...]
    training: dict[str, Any]
    init_chain: tuple[str, ...]
    history: list[dict[str, float]]


def publish(folder: Path, trained: Trained, validation_set: FaceSet, votes: Path | None) -> None:
    """Write the model, fit its temperature, compile it, measure it and report the figures.

    The validation pictures that choose fit the temperature; all are measured, those that only
    report also by themselves.

    Compiling needs TensorFlow; on another Keras backend the last steps are left to the commands
    that are printed.

    Raises:
        DatasetError: no validation picture chooses, or the votes cannot be used.
        TrainingError: the network gives no numbers, or a file cannot be written; an earlier model
            stands.
    """
    choosing, reporting = choosing_part(validation_set), reporting_rows(validation_set)
    faces = to_model_input(choosing.images)
    raw = trained.network.predict(faces, batch_size=BATCH_SIZE, verbose=0)
    if not np.isfinite(raw).all():
        raise TrainingError(
            f"{folder}: expected probabilities from the network, got {raw.min()}. "
            "Nothing is written; train anew with a lower --peak-learning-rate."
        )
    try:
        save_model(folder, trained.network, trained.classes, trained.training, trained.init_chain)
        history = json.dumps(trained.history, indent=1) + "\n"
        replace_files({folder / HISTORY_FILE: history.encode()})
    except OSError as error:
        raise TrainingError(
            f"{folder}: the model cannot be written ({error}). Make room or choose another folder; "
            "train goes on from its checkpoint with --resume and the same settings."
        ) from error
    calibrate(folder, raw, choosing.labels)
    if keras.backend.backend() != "tensorflow":
        print(f"now under TensorFlow: python -m webapp export --model {folder}; then evaluate it")
        return
    export_litert(folder)
    figures, probabilities = measure(folder, validation_set, votes, reporting)
    write_report(folder, validation_set, probabilities, figures, trained.history)
