"""Measure a model on labelled pictures, on exactly the forward pass that runs live."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from webapp.core.errors import DatasetError
from webapp.training.dataset import (
    FaceSet,
    fingerprint,
    load_folder,
    picture_paths,
    read_picture,
)
from webapp.training.votes import Votes
from webapp.vision.classifier import KerasClassifier
from webapp.vision.model_files import read_metadata

BATCH = 8
ECE_BINS = 15
Z_95 = 1.96


@dataclass(frozen=True)
class EvaluateOptions:
    """One measurement.

    Attributes:
        folder: holds the class folders; a subset of the model's classes is fine.
        model: model folder.
        exclude: pictures whose pixels occur anywhere below this folder are left out, or None.
        votes: CSV with FER+ columns, or None.
        base: the votes name files relative to it.
    """

    folder: Path
    model: Path
    exclude: Path | None = None
    votes: Path | None = None
    base: Path | None = None


def evaluate(options: EvaluateOptions) -> dict[str, Any]:
    """Return accuracy, per-class report, confusion matrix, calibration error and speed.

    Raises:
        DatasetError: the pictures cannot be used, or none is left.
        ModelError: the model cannot be used.
    """
    classifier = KerasClassifier.load(options.model)
    faces = load_folder(options.folder, base=options.base, classes=classifier.classes)
    if options.exclude:
        faces = _without(faces, options.exclude)
    if not len(faces):
        raise DatasetError(f"{options.folder}: no picture is left to measure.")
    probabilities, ms_per_face = _classify(classifier, faces.images)
    flipped, _ = _classify(classifier, faces.images[:, :, ::-1])
    figures = report(probabilities, faces.labels, faces.classes)
    figures["accuracy_flip"] = _accuracy((probabilities + flipped) / 2, faces.labels)
    figures["ms_per_face"] = round(ms_per_face, 3)
    figures["weights_sha256"] = read_metadata(options.model).weights_sha256
    if options.votes:
        figures["fer_plus_majority"] = _agreed(probabilities, faces, options.votes)
    return figures


def report(
    probabilities: np.ndarray, labels: np.ndarray, classes: tuple[str, ...]
) -> dict[str, Any]:
    """Compute every figure that follows from readings and labels.

    Args:
        probabilities: (N, C), rows sum to 1.
        labels: (N,) indices into `classes`.

    Returns:
        `confusion` has a row per true and a column per predicted class; macro F1 is over the
        classes that occur.
    """
    confusion = np.zeros((len(classes), len(classes)), int)
    np.add.at(confusion, (labels, probabilities.argmax(axis=1)), 1)
    accuracy = _accuracy(probabilities, labels)
    per_class = _per_class(confusion, classes)
    present = [row["f1"] for row in per_class.values() if row["n"]]
    return {
        "classes": list(classes),
        "n": len(labels),
        "accuracy": accuracy,
        "interval_95": wilson_interval(accuracy, len(labels)),
        "macro_f1": round(float(np.mean(present)), 4),
        "ece": round(expected_calibration_error(probabilities, labels), 4),
        "confusion": confusion.tolist(),
        "per_class": per_class,
    }


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean gap between confidence and accuracy over 15 bins (Guo et al. 2017, arXiv:1706.04599)."""
    confidence = probabilities.max(axis=1)
    is_right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * ECE_BINS).astype(int), ECE_BINS - 1)
    gaps = [
        abs(confidence[bins == b].mean() - is_right[bins == b].mean()) * (bins == b).mean()
        for b in np.unique(bins)
    ]
    return float(np.sum(gaps))


def wilson_interval(share: float, n: int) -> list[float]:
    """95 % interval of a share (Wilson 1927)."""
    centre = (share + Z_95**2 / (2 * n)) / (1 + Z_95**2 / n)
    half = Z_95 / (1 + Z_95**2 / n) * np.sqrt(share * (1 - share) / n + Z_95**2 / (4 * n**2))
    return [round(float(centre - half), 4), round(float(centre + half), 4)]


def _classify(classifier: KerasClassifier, images: np.ndarray) -> tuple[np.ndarray, float]:
    started_at_s = time.perf_counter()
    batches = [classifier.classify(images[i : i + BATCH]) for i in range(0, len(images), BATCH)]
    spent_ms = 1000.0 * (time.perf_counter() - started_at_s)
    return np.concatenate(batches), spent_ms / len(images)


def _without(faces: FaceSet, folder: Path) -> FaceSet:
    seen = {fingerprint(read_picture(path)) for path in picture_paths(folder)}
    return faces.take(~np.isin(faces.fingerprints(), np.array(sorted(seen))))


def _agreed(probabilities: np.ndarray, faces: FaceSet, votes: Path) -> dict[str, float | int]:
    """Accuracy against the FER+ majority where more than half of the ten taggers agree."""
    counts = Votes(votes).counts(faces)
    agreed = counts.max(axis=1) > 5
    accuracy = _accuracy(probabilities[agreed], counts[agreed].argmax(axis=1))
    return {"accuracy": accuracy, "n": int(agreed.sum())}


def _per_class(confusion: np.ndarray, classes: tuple[str, ...]) -> dict[str, dict[str, float]]:
    right, actual, predicted = confusion.diagonal(), confusion.sum(1), confusion.sum(0)
    return {
        name: {
            "precision": _ratio(right[i], predicted[i]),
            "recall": _ratio(right[i], actual[i]),
            "f1": _ratio(2 * right[i], actual[i] + predicted[i]),
            "n": int(actual[i]),
        }
        for i, name in enumerate(classes)
    }


def _accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return round(float((probabilities.argmax(axis=1) == labels).mean()), 4)


def _ratio(part: float, whole: float) -> float:
    return round(float(part / whole), 4) if whole else 0.0
