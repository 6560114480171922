"""One picture from a camera, with the time it was taken."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

# Longer than any hiccup of a working camera, short enough that a page says offline within 5 s.
STALE_AFTER_S = 3.0
# A camera that gives a picture every few seconds is not offline between two of them.
STALE_AFTER_INTERVALS = 2.5
MOST_STALE_AFTER_S = 120.0


@dataclass(frozen=True)
class Frame:
    """A captured picture.

    Attributes:
        image_bgr: (H, W, 3) uint8.
        captured_at_s: monotonic time in seconds; of a recording, the time from its start.
        number: counts up from 0 per camera, over reconnections too.
        captured_at: the same instant, aware UTC; None for a recording that is not live.
        interval_s: how far apart the pictures of its camera come, at most; see `FrameIntervals`.
    """

    image_bgr: np.ndarray
    captured_at_s: float
    number: int
    captured_at: datetime | None = None
    interval_s: float = 0.0

    @property
    def stale_after_s(self) -> float:
        """How old it may get, in seconds, and still stand for what the camera sees."""
        by_rate_s = STALE_AFTER_INTERVALS * self.interval_s
        return max(STALE_AFTER_S, min(by_rate_s, MOST_STALE_AFTER_S))

    def is_stale(self, now_s: float) -> bool:
        """Return whether it is too old to be shown or counted at a monotonic time."""
        return now_s - self.captured_at_s > self.stale_after_s


class FrameIntervals:
    """Learns from the times of a camera's frames how far apart they come, at most."""

    # Until two have come, a camera is taken to be slow.
    FIRST_S = 4.0
    # A camera that is quick again is known to be so within a dozen frames.
    FADING = 0.9

    def __init__(self) -> None:
        """Start anew, as after opening a camera."""
        self._interval_s = self.FIRST_S
        self._newest_at_s: float | None = None

    def step(self, captured_at_s: float) -> float:
        """Take up a frame; returns the interval in seconds."""
        if self._newest_at_s is not None:
            elapsed_s = captured_at_s - self._newest_at_s
            self._interval_s = max(elapsed_s, self.FADING * self._interval_s)
        self._newest_at_s = captured_at_s
        return self._interval_s
