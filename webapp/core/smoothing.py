"""Steady readings per face, so that labels do not flicker."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class _Memory:
    probabilities: np.ndarray
    at_s: float


class ProbabilitySmoother:
    """Exponential moving average per track, weighted by elapsed time and not by frame count."""

    def __init__(self, time_constant_s: float = 0.5, forget_after_s: float = 1.0) -> None:
        self._time_constant_s = time_constant_s
        self._forget_after_s = forget_after_s
        self._memories: dict[int, _Memory] = {}

    def step(self, track_ids: np.ndarray, probabilities: np.ndarray, now_s: float) -> np.ndarray:
        """Blend this frame's readings into each track's average.

        Args:
            track_ids: (N,) int; N may be 0.
            probabilities: (N, C), rows sum to 1.
            now_s: monotonic time of the frame.

        Returns:
            (N, C), rows sum to 1; a new track starts at its first reading.
        """
        smoothed = np.empty_like(probabilities)
        for row, track_id in enumerate(track_ids.tolist()):
            reading, memory = probabilities[row], self._memories.get(track_id)
            if memory is not None:
                keep = math.exp(-max(0.0, now_s - memory.at_s) / self._time_constant_s)
                reading = keep * memory.probabilities + (1.0 - keep) * reading
            smoothed[row] = reading
            self._memories[track_id] = _Memory(smoothed[row].copy(), now_s)
        self._memories = {
            track_id: memory
            for track_id, memory in self._memories.items()
            if now_s - memory.at_s <= self._forget_after_s
        }
        return smoothed
