"""What a model's numbers mean: its temperature, the threshold of *uncertain*, what is calm."""

from pathlib import Path
from typing import Any

import numpy as np

from webapp.core.errors import TrainingError
from webapp.training.dataset import load_folder
from webapp.training.metrics import expected_calibration_error
from webapp.training.scoring import score_faces
from webapp.training.splits import choosing_part, reporting_rows
from webapp.vision.classifier import ExpressionClassifier, with_temperature
from webapp.vision.model_files import METADATA_FILE, Metadata, read_metadata, update_metadata

TEMPERATURES = (0.25, 4.0)
GOLDEN = (5**0.5 - 1) / 2
CURVE_STEPS = 300
MOST_UNCERTAIN_BELOW = 0.6
CALM_CLASS = "neutral"


def recalibrate(model: Path, folder: Path) -> dict[str, Any]:
    """Fit temperature, threshold and the calm reading on the choosing half and store them.

    Args:
        model: model folder; only its `metadata.json` changes.
        folder: holds the class folders, a subset of the model's classes.

    Returns:
        What was stored, and the calibration error on all pictures, before and after, and on the
        half that it was not fitted on, see `splits.reporting_rows`.

    Raises:
        DatasetError: the pictures cannot be used, or none is in the choosing half.
        ModelError: the model cannot be used.
        TrainingError: the model's metadata cannot be written.
    """
    before = read_metadata(model)
    faces = load_folder(folder, classes=before.classes)
    chosen_on, reporting = choosing_part(faces), reporting_rows(faces)
    probabilities = score_faces(ExpressionClassifier.load(model), faces.images)
    raw = without_temperature(probabilities, before.temperature)
    after = calibrate(model, raw[~reporting], chosen_on.labels)
    calibrated = with_temperature(raw, after.temperature)
    return {
        "n": len(faces),
        "temperature": after.temperature,
        "uncertain_below": after.uncertain_below,
        "calm": dict(zip(after.classes, after.calm, strict=False)),
        "ece_before": round(expected_calibration_error(probabilities, faces.labels), 4),
        "ece": round(expected_calibration_error(calibrated, faces.labels), 4),
        "ece_held_out": held_out_ece(raw, faces.labels, reporting),
    }


def calibrate(folder: Path, probabilities_raw: np.ndarray, labels: np.ndarray) -> Metadata:
    """Fit temperature, threshold and the calm reading and store them in the model's metadata.

    Args:
        folder: model folder.
        probabilities_raw: (N, C) at temperature 1.
        labels: (N,) indices of the right classes.

    Raises:
        TrainingError: the metadata cannot be written.
    """
    temperature = fit_temperature(probabilities_raw, labels)
    calibrated = with_temperature(probabilities_raw, temperature)
    threshold = uncertain_threshold(calibrated, labels)
    try:
        calm = calm_reading(calibrated, labels, read_metadata(folder).classes)
        return update_metadata(
            folder, temperature=temperature, uncertain_below=threshold, calm=calm
        )
    except OSError as error:
        raise TrainingError(
            f"{folder / METADATA_FILE}: cannot be written ({error.strerror}). The model is as it "
            "was; make room or the folder writable, then: python -m webapp calibrate"
        ) from error


def fit_temperature(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature in [0.25, 4] with the least negative log-likelihood.

    Guo et al. 2017, arXiv:1706.04599; by golden section, as the loss has one minimum. The targets
    are as far from 0 and 1 as N pictures can show (Platt 1999), so that a few pictures, all
    predicted rightly, do not make a model that is sure of everything.

    Args:
        probabilities: (N, C) at temperature 1; N at least 1.
        labels: (N,) indices of the right classes.
    """
    low, high = np.log(TEMPERATURES)
    while high - low > 1e-4:
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        if _loss(probabilities, labels, np.exp(left)) < _loss(probabilities, labels, np.exp(right)):
            high = right
        else:
            low = left
    return round(float(np.exp((low + high) / 2)), 3)


def held_out_ece(
    probabilities: np.ndarray, labels: np.ndarray, held_out: np.ndarray
) -> float | None:
    """Return the calibration error on the rows held out, with a temperature fitted on the others.

    A temperature already applied changes nothing.

    Args:
        probabilities: (N, C).
        labels: (N,) indices of the right classes.
        held_out: (N,) bool.

    Returns:
        None where all rows or none are held out.
    """
    if held_out.all() or not held_out.any():
        return None
    temperature = fit_temperature(probabilities[~held_out], labels[~held_out])
    measured = with_temperature(probabilities[held_out].astype(float), temperature)
    return round(expected_calibration_error(measured, labels[held_out]), 4)


def uncertain_threshold(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the confidence from which on a prediction is right at least as often as wrong.

    That is where the reliability curve rises to one half. The curve is smoothed by a logistic one
    over the logit of confidence (Cox 1958; Platt 1999), fitted to all predictions: bins, or an
    isotonic curve, cross one half anywhere in 0.48 to 0.6 by chance on FER-2013's PublicTest.

    Args:
        probabilities: (N, C), calibrated; N at least 1.
        labels: (N,) indices of the right classes.

    Returns:
        A multiple of 0.01. At least 1/C, as no best probability is lower, and at most 0.6, as a
        model that is seldom right shall still show something.
    """
    confidence = probabilities.max(axis=1)
    is_right = probabilities.argmax(axis=1) == labels
    inside = np.clip(confidence.astype(float), 0.01, 0.99)
    offset, slope = _logistic_curve(np.log(inside / (1 - inside)), is_right)
    if slope > 0:
        cut = 1 / (1 + np.exp(np.clip(offset / slope, -30, 30)))
    else:
        cut = 0.0 if is_right.mean() >= 0.5 else 1.0
    return round(float(np.clip(cut, 1 / probabilities.shape[1], MOST_UNCERTAIN_BELOW)), 2)


def calm_reading(
    probabilities: np.ndarray, labels: np.ndarray, classes: tuple[str, ...]
) -> tuple[float, ...]:
    """Return what faces labelled neutral read on average, per class.

    Args:
        probabilities: (N, C), calibrated.
        labels: (N,) indices into `classes`.

    Returns:
        C numbers in [0, 1]; none where no face has this label.
    """
    if CALM_CLASS not in classes or not (is_calm := labels == classes.index(CALM_CLASS)).any():
        return ()
    return tuple(round(float(mean), 4) for mean in probabilities[is_calm].mean(axis=0))


def without_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Undo `with_temperature`: return probabilities (N, C) as at temperature 1, float64."""
    return with_temperature(probabilities.astype(float), 1.0 / temperature)


def _loss(probabilities: np.ndarray, labels: np.ndarray, temperature: float) -> float:
    sharpest = np.maximum(probabilities.astype(float), 1e-12)
    logs = np.log(with_temperature(sharpest, temperature))
    doubt = 1 / (len(labels) + 2)
    of_labels = logs[np.arange(len(labels)), labels]
    return -float(((1 - doubt) * of_labels + doubt * logs.mean(axis=1)).mean())


def _logistic_curve(x: np.ndarray, is_right: np.ndarray) -> np.ndarray:
    """Fit P(right) = 1 / (1 + exp(-(offset + slope x))); returns both.

    A unit-variance prior at (0, 1), perfect calibration, decides where there are few pictures.
    Steps by a bound of the curvature, unlike Newton's, never overshoot (Böhning & Lindsay 1988).
    """
    prior = np.array([0.0, 1.0])
    columns, line = np.stack([np.ones_like(x), x], axis=1), prior
    bound = columns.T @ columns / 4 + np.eye(2)
    for _ in range(CURVE_STEPS):
        fitted = 1 / (1 + np.exp(-columns @ line))
        line = line + np.linalg.solve(bound, columns.T @ (is_right - fitted) + prior - line)
    return line
