"""Numbers about a view as a whole: counts per expression and the indicator."""

import math

import numpy as np

UNCERTAIN = "uncertain"
# What the rules watch unless the settings name others.
ALERT_EMOTIONS = ("angry", "fear")
# A third of three people is one of them, whatever floats make of it.
ROUNDING = 1e-9


def indicator(risen: np.ndarray) -> float:
    """Return which share of the people has risen over their rest, times 100.

    A change of what this means needs a new scale in `core.scales`: history keeps it for long.

    Args:
        risen: (N,) in [0, 1], how much each person counts, see `crew.People.risen`; N may be 0.

    Returns:
        0-100: 0 when nobody has risen or is in view, 100 when everybody has.
    """
    return 100.0 * float(risen.mean()) if len(risen) else 0.0


def shared_rise(risen: np.ndarray, least_people: int, least_share: float) -> float:
    """Return how much at least so many people have risen, times 100.

    Args:
        risen: (N,) in [0, 1], see `crew.People.risen`; N may be 0.
        least_people: at least so many.
        least_share: and at least this share of those in view, in [0, 1].

    Returns:
        0-100; 0 when fewer people are in view.
    """
    wanted = max(1, least_people, math.ceil(least_share * len(risen) - ROUNDING))
    return 100.0 * float(np.sort(risen)[-wanted]) if len(risen) >= wanted else 0.0


def uncertain_rows(probabilities: np.ndarray, least_probability: float) -> np.ndarray:
    """Return which rows (N, C) have no class of at least the given probability, (N,) bool."""
    return probabilities.max(axis=1, initial=0.0) < least_probability


def expression_counts(
    probabilities: np.ndarray, uncertain: np.ndarray, classes: tuple[str, ...]
) -> dict[str, int]:
    """Count faces by most probable class; the uncertain ones apart.

    Args:
        probabilities: (N, C); N may be 0.
        uncertain: (N,) bool.

    Returns:
        One count per class in their order, then `uncertain`; they sum to N.
    """
    best = probabilities[~uncertain].argmax(axis=1) if len(probabilities) else np.zeros(0, int)
    numbers = np.bincount(best, minlength=len(classes))
    counts = dict(zip(classes, map(int, numbers), strict=True))
    return {**counts, UNCERTAIN: int(uncertain.sum())}


def missing_classes(classes: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the wanted names that the model does not have."""
    return tuple(name for name in wanted if name not in classes)
