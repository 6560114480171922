"""What each face reads when nothing happens: a resting level per track, forgotten with it.

A calm face does not read zero: some people rest at 30 of 100 in *angry*. What counts is how far a
face rises above its own rest. The level starts at what calm faces read on average, sinks towards
lower readings within a minute, rises towards higher ones within five, and learns nothing from
readings above `MOST_AT_REST`, so that anger that lasts does not become normal.

`python -m benchmarks.resting` compares this with a running low quantile, with the mean of the
calmer half, and with means on logits; benchmarks/README.md has the figures. They tell calm faces
from alarmed ones about equally well, to within a face or two, once each ignores what is above the
limit. Without it, ten minutes of anger become the rest of a third to all of the faces that arrive
angry. This way needs one number per face and class, where the others keep a distribution.
"""

import math

import numpy as np

from webapp.core.track_memory import TrackMemory

FALL_S, RISE_S = 60.0, 300.0
# Above one half the network names the class: that may be the expression itself, and no rest.
MOST_AT_REST = 0.5
# A longer silence between two readings is time in which nothing was seen.
LONGEST_STEP_S = 1.0


class RestingLevels:
    """Learns what each track reads at rest, per class."""

    def __init__(self, calm: np.ndarray, forget_after_s: float) -> None:
        """Start without any track.

        Args:
            calm: (C,) what calm faces read on average, in [0, 1]; where a new track begins.
            forget_after_s: a track that is not seen for longer begins anew.
        """
        self._calm = np.asarray(calm, float)
        self._memory = TrackMemory(self._blend, forget_after_s)

    def step(self, track_ids: np.ndarray, probabilities: np.ndarray, now_s: float) -> np.ndarray:
        """Learn from this frame's readings.

        Args:
            track_ids: (N,) int; N may be 0.
            probabilities: (N, C), rows sum to 1.
            now_s: monotonic time of the frame.

        Returns:
            (N, C) in [0, 1], what each track reads at rest by all that was seen of it so far.
        """
        return self._memory.step(track_ids, probabilities, now_s)

    def _blend(
        self, before: np.ndarray | None, reading: np.ndarray, elapsed_s: float
    ) -> np.ndarray:
        """Pull the level (C,) towards a reading (C,), slower upwards than downwards."""
        if before is None:
            return self._calm
        elapsed_s = min(elapsed_s, LONGEST_STEP_S)
        fall, rise = (1.0 - math.exp(-elapsed_s / time_s) for time_s in (FALL_S, RISE_S))
        share = np.where(reading > before, rise, fall) * (reading <= MOST_AT_REST)
        return np.asarray(before + share * (reading - before))
