"""Measures a model on labelled pictures, on exactly the forward pass that runs live."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from webapp.core.errors import DatasetError, TrainingError
from webapp.training.calibrate import held_out_ece
from webapp.training.dataset import FaceSet, load_folder
from webapp.training.metrics import accuracy, certainty, choice_score, judged, report
from webapp.training.pictures import fingerprints_below
from webapp.training.scoring import ms_per_face, score_faces
from webapp.training.splits import is_validation_folder, reporting_rows
from webapp.training.votes import Votes
from webapp.vision.classifier import ExpressionClassifier
from webapp.vision.model_files import read_metadata

HISTORY_FILE = "history.json"


@dataclass(frozen=True)
class EvaluateOptions:
    """One measurement.

    Attributes:
        folder: holds the class folders; a subset of the model's classes is fine. Where its name is
            `validation`, its two halves are measured by themselves, too.
        model: model folder.
        exclude: pictures whose pixels occur anywhere below this folder are left out, or None.
        votes: CSV with FER+ columns, or None.
        base: the votes name files relative to it.
        report: folder for the figures as text, JSON and plots, or None.
    """

    folder: Path
    model: Path
    exclude: Path | None = None
    votes: Path | None = None
    base: Path | None = None
    report: Path | None = None


def evaluate(options: EvaluateOptions) -> dict[str, Any]:
    """Return the figures of `measure` for a folder, and how many pictures were `excluded`.

    Raises:
        DatasetError: the pictures cannot be used, or none is left.
        ModelError: the model cannot be used.
        TrainingError: the report cannot be written.
    """
    classes = read_metadata(options.model).classes
    found = load_folder(options.folder, base=options.base, classes=classes)
    faces = found
    if options.exclude:
        faces = found.take(~np.isin(found.fingerprints(), fingerprints_below(options.exclude)))
    if not len(faces):
        raise DatasetError(f"{options.folder}: no picture is left to measure.")
    history = model_history(options.model) if options.report else []
    is_validation = is_validation_folder(options.folder)
    reporting = reporting_rows(faces) if is_validation else None
    figures, probabilities = measure(options.model, faces, options.votes, reporting)
    figures["excluded"] = len(found) - len(faces)
    if options.report:
        # Matplotlib takes a second to load and is needed for plots alone.
        from webapp.training.report import write_report

        write_report(options.report, faces, probabilities, figures, history)
    return figures


def measure(
    model: Path, faces: FaceSet, votes: Path | None = None, reporting: np.ndarray | None = None
) -> tuple[dict[str, Any], np.ndarray]:
    """Score faces as the live path does and compute every figure.

    Args:
        model: model folder; its temperature and threshold apply.
        faces: at least one, with the model's classes.
        votes: CSV with FER+ columns, or None.
        reporting: (N,) bool, those of validation faces that only report, or None.

    Returns:
        The figures: those of `metrics.report` and `metrics.certainty`, `accuracy_flip` (mean of
        each face and its mirror image), `ms_per_face` (in a batch of 8), `ms_per_face_alone`, and
        what the model's metadata say. With `reporting` also `choosing_half` and `reporting_half`
        (as `metrics.judged`, None where empty), `score` in the former, see `metrics.choice_score`,
        and `ece_held_out` of the latter, with a temperature fitted on the former. And the
        probabilities, (N, C).

    Raises:
        DatasetError: the votes cannot be used.
        ModelError: the model cannot be used.
    """
    classifier, metadata = ExpressionClassifier.load(model), read_metadata(model)
    probabilities = score_faces(classifier, faces.images)
    mirrored = score_faces(classifier, faces.images[:, :, ::-1])
    counts = Votes(votes).counts(faces) if votes else None
    figures = {
        **report(probabilities, faces.labels, faces.classes, counts),
        "accuracy_flip": accuracy((probabilities + mirrored) / 2, faces.labels),
        "temperature": metadata.temperature,
        "uncertain_below": metadata.uncertain_below,
        **certainty(probabilities, faces.labels, metadata.uncertain_below),
        "ms_per_face": ms_per_face(classifier, faces.images, batch=8),
        "ms_per_face_alone": ms_per_face(classifier, faces.images, batch=1),
        "parameters": metadata.parameters,
        "weights_sha256": metadata.weights_sha256,
    }
    if reporting is not None:
        figures["ece_held_out"] = held_out_ece(probabilities, faces.labels, reporting)
        for name, rows in (("choosing_half", ~reporting), ("reporting_half", reporting)):
            figures[name] = _of_half(rows, probabilities, faces, counts)
        if figures["choosing_half"]:
            figures["choosing_half"]["score"] = choice_score(figures["choosing_half"])
    return figures, probabilities


def _of_half(
    rows: np.ndarray, probabilities: np.ndarray, faces: FaceSet, counts: np.ndarray | None
) -> dict[str, Any] | None:
    if not rows.any():
        return None
    votes = None if counts is None else counts[rows]
    return judged(probabilities[rows], faces.labels[rows], faces.classes, votes)


def model_history(model: Path) -> list[dict[str, float]]:
    """Return the epochs of the run that made a model; none where it records none."""
    path = model / HISTORY_FILE
    if not path.is_file():
        return []
    try:
        return [dict(row) for row in json.loads(path.read_text())]
    except (ValueError, TypeError) as error:
        raise TrainingError(
            f"{path}: expected the epochs that train writes, got {error}. Restore or remove it."
        ) from error
