"""Many faces through a classifier, in batches as the live path sends them."""

import time

import numpy as np

from webapp.core.ports import Classifier

BATCH = 8
TIMED_CALLS = 50


def score_faces(classifier: Classifier, images: np.ndarray) -> np.ndarray:
    """Score faces (N, 48, 48) uint8, N at least 1; returns probabilities (N, C) float32."""
    starts = range(0, len(images), BATCH)
    return np.concatenate([classifier.classify(images[i : i + BATCH]) for i in starts])


def ms_per_face(classifier: Classifier, images: np.ndarray, batch: int) -> float:
    """Measure how long a face takes in batches of a size, after one call to warm up.

    The median over calls: other work on the machine lengthens some, it shortens none.
    """
    crops = np.resize(images, (batch, *images.shape[1:]))
    classifier.classify(crops)
    spent_s = []
    for _ in range(TIMED_CALLS):
        started_at_s = time.perf_counter()
        classifier.classify(crops)
        spent_s.append(time.perf_counter() - started_at_s)
    return round(1000.0 * float(np.median(spent_s)) / batch, 3)
