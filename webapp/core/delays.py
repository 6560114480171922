"""How old pictures are when something was done with them."""

from bisect import bisect_left
from dataclasses import dataclass

# In seconds; what takes longer than the last is counted, too.
DELAY_BOUNDS_S = (0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0)
NEWEST_SHARE = 0.1


@dataclass(frozen=True)
class Delays:
    """The delays of all pictures since the start.

    Attributes:
        counts: of delays up to each of `DELAY_BOUNDS_S` and over the one before, then of longer
            ones; () before the first.
        total_s: their sum, in seconds.
        recent_s: how long it takes at present, in seconds.
    """

    counts: tuple[int, ...] = ()
    total_s: float = 0.0
    recent_s: float = 0.0


NO_DELAYS = Delays()


class DelayMeter:
    """Counts delays; one thread notes them, any thread may ask."""

    def __init__(self) -> None:
        self._counts = [0] * (len(DELAY_BOUNDS_S) + 1)
        self._total_s = self._recent_s = 0.0

    def note(self, delay_s: float) -> None:
        """Count one delay."""
        # The first stands for itself: rising to it from nothing would be a lie for a while.
        before_s = self._recent_s or delay_s
        self._recent_s = before_s + NEWEST_SHARE * (delay_s - before_s)
        self._counts[bisect_left(DELAY_BOUNDS_S, delay_s)] += 1
        self._total_s += delay_s

    def delays(self) -> Delays:
        """Return what was counted."""
        counts = tuple(self._counts) if any(self._counts) else ()
        return Delays(counts, self._total_s, self._recent_s)
