"""Which failed sign-ins the audit log takes: those who guess must not fill the disk."""

import threading
from collections import Counter

from webapp.web.access.throttle import Throttle

AT_ONCE, INTERVAL_S = 20, 30.0


class FailureNotes:
    """Spreads the entries of each name; one written later stands for those left out before."""

    def __init__(self, at_once: int = AT_ONCE, interval_s: float = INTERVAL_S) -> None:
        self._throttle = Throttle(at_once, interval_s)
        self._unwritten: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, name: str, now_s: float) -> int:
        """Count a failure; returns how many an entry written now stands for, 0 to write none.

        Args:
            name: of a user, or one that stands for all that are none.
            now_s: monotonic.
        """
        with self._lock:
            self._unwritten[name] += 1
            if self._throttle.wait_s(name, now_s):
                return 0
            self._throttle.add_failure(name, now_s)
            return self._unwritten.pop(name)
