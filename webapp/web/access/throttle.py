"""Slows down those who guess passwords."""

import math
import threading
from collections import OrderedDict, deque
from collections.abc import Hashable

MAX_KEYS = 10_000


class Throttle:
    """Counts failures per key over a sliding window; forgets the longest unused keys."""

    def __init__(self, max_failures: int, window_s: float, max_keys: int = MAX_KEYS) -> None:
        self._max_failures = max_failures
        self._window_s = window_s
        self._max_keys = max_keys
        self._failures: OrderedDict[Hashable, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, key: Hashable, now_s: float) -> int:
        """Return for how many whole seconds the key must wait; 0 when it may try."""
        with self._lock:
            failures = self._recent(key, now_s)
            if len(failures) < self._max_failures:
                return 0
            return max(1, math.ceil(failures[0] + self._window_s - now_s))

    def add_failure(self, key: Hashable, now_s: float) -> None:
        """Count a failure."""
        with self._lock:
            failures = self._recent(key, now_s)
            failures.append(now_s)
            self._failures[key] = failures
            self._failures.move_to_end(key)
            while len(self._failures) > self._max_keys:
                self._failures.popitem(last=False)

    def take_back(self, key: Hashable) -> None:
        """Uncount the newest failure: it was none."""
        with self._lock:
            failures = self._failures.get(key)
            if failures:
                failures.pop()

    def forget(self, key: Hashable) -> None:
        """Start the key anew after a success."""
        with self._lock:
            self._failures.pop(key, None)

    def _recent(self, key: Hashable, now_s: float) -> deque[float]:
        failures = self._failures.get(key) or deque(maxlen=self._max_failures)
        while failures and failures[0] <= now_s - self._window_s:
            failures.popleft()
        return failures
