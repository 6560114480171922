"""Figures that follow from predictions and labels alone."""

from typing import Any

import numpy as np

from webapp.core.indicator import ALERT_EMOTIONS, uncertain_rows
from webapp.core.shares import wilson_interval

RELIABILITY_BINS = 15
FER_PLUS_TAGGERS = 10


def report(
    probabilities: np.ndarray,
    labels: np.ndarray,
    classes: tuple[str, ...],
    votes: np.ndarray | None = None,
) -> dict[str, Any]:
    """Compute the figures of `judged`, per-class figures, the confusion matrix and calibration.

    Args:
        probabilities: (N, C), rows sum to 1; N at least 1.
        labels: (N,) indices into `classes`.
        votes: as `majority_figures` takes them, or None.

    Returns:
        `confusion` has a row per true and a column per predicted class; macro F1 is over the
        classes that occur; `reliability` has a row per bin of confidence that is not empty.
    """
    confusion = np.zeros((len(classes), len(classes)), int)
    np.add.at(confusion, (labels, probabilities.argmax(axis=1)), 1)
    per_class = _per_class(confusion, classes)
    present = [row["f1"] for row in per_class.values() if row["n"]]
    return {
        "classes": list(classes),
        **judged(probabilities, labels, classes, votes),
        "macro_f1": round(float(np.mean(present)), 4),
        "ece": round(expected_calibration_error(probabilities, labels), 4),
        "reliability": [
            {name: round(value, 4) for name, value in row.items()}
            for row in reliability(probabilities, labels)
        ],
        "confusion": confusion.tolist(),
        "per_class": per_class,
    }


def judged(
    probabilities: np.ndarray,
    labels: np.ndarray,
    classes: tuple[str, ...],
    votes: np.ndarray | None = None,
) -> dict[str, Any]:
    """Judge predictions by the labels and, where votes are given, by the taggers' majority.

    Args:
        probabilities: (N, C); N at least 1.
        labels: (N,) indices into `classes`.
        votes: as `majority_figures` takes them, or None.

    Returns:
        `n`, `accuracy` and its `interval_95`, `alert_roc_area` (None where it has none), and with
        votes `fer_plus_majority`, see `majority_figures`.
    """
    right = accuracy(probabilities, labels)
    figures = {
        "n": len(labels),
        "accuracy": right,
        "interval_95": [round(end, 4) for end in wilson_interval(right, len(labels))],
        "alert_roc_area": alert_roc_area(probabilities, labels, classes),
    }
    if votes is not None:
        figures["fer_plus_majority"] = majority_figures(probabilities, votes, classes)
    return figures


def choice_score(figures: dict[str, Any]) -> float:
    """Return the score by which networks are chosen, 0-1, the higher the better.

    It is the mean of accuracy and alert ROC area, by the labels and by the taggers' majority, as
    far as there are such figures. Labels and taggers pull against each other, and accuracy counts
    all classes alike where alerts rest on two, so a choice by one of the four costs another. They
    count the same, for half of FER-2013's PublicTest knows each to about a point: weights would
    pretend to know more.

    Args:
        figures: as `judged` returns them.
    """
    judges = [figures, figures.get("fer_plus_majority", {})]
    known = [judge.get(name) for judge in judges for name in ("accuracy", "alert_roc_area")]
    return round(float(np.mean([figure for figure in known if figure is not None])), 4)


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of predictions (N, C) whose most probable class is right; N at least 1."""
    return round(float((probabilities.argmax(axis=1) == labels).mean()), 4)


def reliability(probabilities: np.ndarray, labels: np.ndarray) -> list[dict[str, float]]:
    """Compare confidence and accuracy in bins of equal width.

    Returns:
        Per bin that holds predictions, in rising order: its bounds `from` and `to`, the count `n`,
        mean `confidence` and `accuracy`.
    """
    confidence = probabilities.max(axis=1)
    is_right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * RELIABILITY_BINS).astype(int), RELIABILITY_BINS - 1)
    return [
        {
            "from": float(number / RELIABILITY_BINS),
            "to": float((number + 1) / RELIABILITY_BINS),
            "n": int((bins == number).sum()),
            "confidence": float(confidence[bins == number].mean(dtype=float)),
            "accuracy": float(is_right[bins == number].mean()),
        }
        for number in np.unique(bins)
    ]


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean gap between confidence and accuracy over 15 bins (Guo et al. 2017, arXiv:1706.04599)."""
    rows = reliability(probabilities, labels)
    return sum(row["n"] * abs(row["confidence"] - row["accuracy"]) for row in rows) / len(labels)


def certainty(
    probabilities: np.ndarray, labels: np.ndarray, uncertain_below: float
) -> dict[str, float | None]:
    """Return the share of predictions that name no class, and how often the others are right."""
    uncertain = uncertain_rows(probabilities, uncertain_below)
    return {
        "uncertain_share": round(float(uncertain.mean()), 4),
        "accuracy_certain": _accuracy_of(~uncertain, probabilities, labels),
    }


def roc_area(scores: np.ndarray, is_positive: np.ndarray) -> float | None:
    """Return the area under the ROC curve: how often a positive scores above a negative.

    From the rank sum of Mann and Whitney, a tie counting half (Hanley and McNeil 1982, Radiology
    143:29).

    Args:
        scores: (N,); N may be 0.
        is_positive: (N,) bool.

    Returns:
        0-1, by chance 0.5; None where nothing or everything is positive.
    """
    positives = int(is_positive.sum())
    negatives = len(is_positive) - positives
    if not positives or not negatives:
        return None
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    mean_ranks = counts.cumsum() - (counts - 1) / 2
    above = mean_ranks[places][is_positive].sum() - positives * (positives + 1) / 2
    return round(float(above / (positives * negatives)), 4)


def alert_roc_area(
    probabilities: np.ndarray, labels: np.ndarray, classes: tuple[str, ...]
) -> float | None:
    """Return the ROC area of what the rules watch unless told otherwise, angry or afraid.

    The score is the sum of these probabilities, the positives are the pictures of these classes.

    Args:
        probabilities: (N, C).
        labels: (N,) indices into `classes`.

    Returns:
        As `roc_area`; None also where `classes` lack one of them, for half the question is another.
    """
    if not set(ALERT_EMOTIONS) <= set(classes):
        return None
    columns = [classes.index(name) for name in ALERT_EMOTIONS]
    return roc_area(probabilities[:, columns].sum(axis=1), np.isin(labels, columns))


def majority_figures(
    probabilities: np.ndarray, votes: np.ndarray, classes: tuple[str, ...]
) -> dict[str, float | None]:
    """Judge by the FER+ majority where more than half of the taggers agree.

    Args:
        votes: (N, C) how many of the ten taggers chose each class; those who chose none of the
            classes are missing from a row, so its sum may be under ten.

    Returns:
        `accuracy`, None when they agree on none, `alert_roc_area` as the function of this name,
        and `n` pictures.
    """
    agreed = votes.max(axis=1) > FER_PLUS_TAGGERS / 2
    labels = votes.argmax(axis=1)
    return {
        "accuracy": _accuracy_of(agreed, probabilities, labels),
        "alert_roc_area": alert_roc_area(probabilities[agreed], labels[agreed], classes),
        "n": int(agreed.sum()),
    }


def _accuracy_of(rows: np.ndarray, probabilities: np.ndarray, labels: np.ndarray) -> float | None:
    return accuracy(probabilities[rows], labels[rows]) if rows.any() else None


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


def _ratio(part: float, whole: float) -> float:
    return round(float(part / whole), 4) if whole else 0.0
