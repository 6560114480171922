"""How much each class counts in the loss, so that rare ones are not drowned out."""

import numpy as np


def class_weights(counts: np.ndarray, beta: float) -> np.ndarray:
    """Weigh classes by the effective number of their pictures.

    (1 - beta) / (1 - beta^n) of Cui et al. 2019, arXiv:1901.05555, where the classes' mean weight
    is 1. Here that of the pictures is, so that the loss keeps its size and the learning rates that
    suit.

    Args:
        counts: (C,) pictures of each class, at least one in all.
        beta: in [0, 1); 0 weighs all alike, near 1 by the inverse of their counts.

    Returns:
        (C,) float32.
    """
    seen = np.maximum(np.asarray(counts, float), 1)
    weights = (1 - beta) / (1 - beta**seen)
    return np.asarray(weights / np.average(weights, weights=counts), np.float32)
