"""What each face reads when nothing happens: a resting level per track, forgotten with it.

A calm face does not read zero: some people rest at 30 of 100 in *angry*. What counts is how far a
face rises above its own rest. The level starts at what calm faces read on average, sinks towards
lower readings within a minute, rises towards higher ones within five, and learns nothing from
readings above `MOST_AT_REST`, so that anger that lasts does not become normal.

`python -m benchmarks.resting` compares this with a running low quantile, with the mean of the
calmer half, and with means on logits; benchmarks/README.md has the figures. They tell calm faces
from alarmed ones about equally well once each ignores what is above the limit; without it, ten
minutes of anger become the rest of a third to all of the faces, whichever way it is learned. This
way needs one number per face and class, where the others keep a distribution. On logits, more of
the anger is lost in ten minutes.
"""

import math
from dataclasses import dataclass

import numpy as np

FALL_S, RISE_S = 60.0, 300.0
# Of calm faces, FER-2013's by the majority of taggers, one in fifty reads more, in any one class.
MOST_AT_REST = 0.5
# A longer silence between two readings is time in which nothing was seen.
LONGEST_STEP_S = 1.0


@dataclass(frozen=True)
class _Memory:
    level: np.ndarray
    at_s: float


class RestingLevels:
    """Learns what each track reads at rest, per class."""

    def __init__(self, calm: np.ndarray, forget_after_s: float) -> None:
        """Start without any track.

        Args:
            calm: (C,) what calm faces read on average, in [0, 1]; where a new track begins.
            forget_after_s: a track that is not seen for longer begins anew.
        """
        self._calm, self._forget_after_s = np.asarray(calm, float), forget_after_s
        self._memories: dict[int, _Memory] = {}

    def step(self, track_ids: np.ndarray, probabilities: np.ndarray, now_s: float) -> np.ndarray:
        """Learn from this frame's readings.

        Args:
            track_ids: (N,) int; N may be 0.
            probabilities: (N, C), rows sum to 1.
            now_s: monotonic time of the frame.

        Returns:
            (N, C) in [0, 1], what each track reads at rest by all that was seen of it so far.
        """
        self._memories = {
            track_id: memory
            for track_id, memory in self._memories.items()
            if now_s - memory.at_s <= self._forget_after_s
        }
        levels = np.empty((len(track_ids), len(self._calm)))
        for row, track_id in enumerate(track_ids.tolist()):
            memory = self._memories.get(track_id)
            level, elapsed_s = self._calm, 0.0
            if memory is not None:
                level, elapsed_s = memory.level, min(now_s - memory.at_s, LONGEST_STEP_S)
            levels[row] = _pulled(level, probabilities[row], elapsed_s)
            self._memories[track_id] = _Memory(levels[row].copy(), now_s)
        return levels


def _pulled(level: np.ndarray, reading: np.ndarray, elapsed_s: float) -> np.ndarray:
    """Pull a level (C,) towards a reading (C,), slower upwards than downwards."""
    fall, rise = (1.0 - math.exp(-max(0.0, elapsed_s) / time_s) for time_s in (FALL_S, RISE_S))
    share = np.where(reading > level, rise, fall) * (reading <= MOST_AT_REST)
    return np.asarray(level + share * (reading - level))
