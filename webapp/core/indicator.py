"""Numbers about a view as a whole: counts per expression and the indicator."""

import numpy as np

UNCERTAIN = "uncertain"


def indicator(
    probabilities: np.ndarray, classes: tuple[str, ...], alert_emotions: tuple[str, ...]
) -> float:
    """Mean over faces of the summed probability of the alert expressions, times 100.

    Args:
        probabilities: (N, C), smoothed, rows sum to 1; N may be 0.
        classes: C names, in column order.
        alert_emotions: names to watch; one that `classes` lacks counts as never seen.

    Returns:
        0-100; 0 when no face is in view.
    """
    if not len(probabilities):
        return 0.0
    watched = [classes.index(name) for name in alert_emotions if name in classes]
    return float(100.0 * probabilities[:, watched].sum(axis=1).mean())


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
