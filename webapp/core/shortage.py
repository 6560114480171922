"""Whether a machine is short of time, seen by how late pictures are analysed."""

import math

# A reading every quarter of a second still follows a face; slower ones do not.
SHORT_LATENCY_S, EASED_LATENCY_S = 0.3, 0.15
# What only hiccups, as when a network is loaded, is not short.
MEAN_OVER_S = 2.0
MOST_WEIGHT_S = 0.5
# It stays short for at least so long: pictures must not change their size all the time.
HOLD_S = 10.0


class Shortage:
    """Follows the mean time between the taking of a picture and the end of its analysis."""

    def __init__(self) -> None:
        self.is_short = False
        self._mean_s = 0.0
        self._changed_at_s = -math.inf
        self._stepped_at_s: float | None = None

    def step(self, latency_s: float, now_s: float) -> None:
        """Take the latency of one more picture.

        Args:
            latency_s: of this one.
            now_s: monotonic time.
        """
        passed_s = 0.0 if self._stepped_at_s is None else now_s - self._stepped_at_s
        # After a long time without viewers, one picture says no more than any other.
        passed_s = min(passed_s, MOST_WEIGHT_S)
        self._mean_s += (1.0 - math.exp(-passed_s / MEAN_OVER_S)) * (latency_s - self._mean_s)
        self._stepped_at_s = now_s
        is_due = now_s - self._changed_at_s >= HOLD_S
        limit_s = EASED_LATENCY_S if self.is_short else SHORT_LATENCY_S
        if is_due and (self._mean_s > limit_s) != self.is_short:
            self.is_short, self._changed_at_s = not self.is_short, now_s
