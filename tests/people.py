"""People as tests need them."""

import numpy as np

from webapp.core.crew import RAMP, People
from webapp.core.quality import Quality


def resting_at_zero(probabilities: np.ndarray, classes: tuple[str, ...]) -> People:
    """Return people whose every reading is a rise over their rest."""
    rows = np.asarray(probabilities, float).reshape(-1, len(classes))
    return People(rows, np.zeros_like(rows), classes, Quality.unknown(len(rows)))


def risen(so_much: tuple[float, ...], classes: tuple[str, ...]) -> People:
    """Return people who have risen so much, in [0, 1], in the first class; else the last shows."""
    amounts = np.asarray(so_much, float)
    rows = np.zeros((len(amounts), len(classes)))
    rows[:, 0] = np.where(amounts > 0, RAMP[0] + amounts * (RAMP[1] - RAMP[0]), 0.0)
    rows[:, -1] = 1.0 - rows[:, 0]
    return resting_at_zero(rows, classes)
