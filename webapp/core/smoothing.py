"""Steady readings per face, so that labels do not flicker."""

import math

import numpy as np

from webapp.core.track_memory import TrackMemory


class ProbabilitySmoother:
    """Exponential moving average per track, weighted by elapsed time and not by frame count."""

    def __init__(self, time_constant_s: float = 0.5, forget_after_s: float = 1.0) -> None:
        self._time_constant_s = time_constant_s
        self._memory = TrackMemory(self._blend, forget_after_s)

    def step(self, track_ids: np.ndarray, probabilities: np.ndarray, now_s: float) -> np.ndarray:
        """Blend this frame's readings into each track's average.

        Args:
            track_ids: (N,) int; N may be 0.
            probabilities: (N, C), rows sum to 1.
            now_s: monotonic time of the frame.

        Returns:
            (N, C), rows sum to 1; a new track starts at its first reading.
        """
        return self._memory.step(track_ids, probabilities, now_s)

    def _blend(
        self, before: np.ndarray | None, reading: np.ndarray, elapsed_s: float
    ) -> np.ndarray:
        if before is None:
            return reading
        keep = math.exp(-elapsed_s / self._time_constant_s)
        return np.asarray(keep * before + (1.0 - keep) * reading)
