"""What was known of each track when it was last seen, until the track is forgotten."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Takes what was known of a track (C,), None for a new one, its newest reading (C,), and how long
# ago it was last seen, s; returns what is known now.
Blend = Callable[[np.ndarray | None, np.ndarray, float], np.ndarray]


@dataclass(frozen=True)
class _Memory:
    known: np.ndarray
    at_s: float


class TrackMemory:
    """Blends each reading into what is known of its track."""

    def __init__(self, blend: Blend, forget_after_s: float) -> None:
        """Start without any track.

        Args:
            blend: makes what is known now.
            forget_after_s: a track that is not seen for longer begins anew.
        """
        self._blend, self._forget_after_s = blend, forget_after_s
        self._memories: dict[int, _Memory] = {}

    def step(self, track_ids: np.ndarray, readings: np.ndarray, now_s: float) -> np.ndarray:
        """Take this frame's readings.

        Args:
            track_ids: (N,) int; N may be 0.
            readings: (N, C).
            now_s: monotonic time of the frame.

        Returns:
            (N, C), what is known of each track by all that was seen of it so far.
        """
        self._memories = {
            track_id: memory
            for track_id, memory in self._memories.items()
            if now_s - memory.at_s <= self._forget_after_s
        }
        known = np.empty_like(readings)
        for row, track_id in enumerate(track_ids.tolist()):
            memory = self._memories.get(track_id)
            before, elapsed_s = (memory.known, now_s - memory.at_s) if memory else (None, 0.0)
            blended = self._blend(before, readings[row], max(0.0, elapsed_s))
            known[row] = blended
            # In full width: a slow level moves by less than single width can tell.
            self._memories[track_id] = _Memory(np.array(blended, float), now_s)
        return known
