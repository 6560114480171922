"""The line of a camera's last minutes."""

from collections import deque

from webapp.core.messages import RecentPoint

RECENT_S = 300.0


class RecentLine:
    """Keeps the readings of the last five minutes."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, RecentPoint]] = deque()

    def add(self, point: RecentPoint, at_s: float) -> None:
        """Add a reading; those that are too old beside it go.

        Args:
            at_s: when it was, on a clock that is never set.
        """
        self._points.append((at_s, point))
        while at_s - self._points[0][0] > RECENT_S:
            self._points.popleft()

    def points(self) -> list[RecentPoint]:
        """Return what is kept, oldest first; any thread may ask."""
        return [point for _, point in list(self._points)]
