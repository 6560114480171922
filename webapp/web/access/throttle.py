"""Slows down those who guess passwords."""

import math
from collections.abc import Hashable

MAX_KEYS = 10_000


class Throttle:
    """Allows each key a few failures at once, and later one per interval; its owner locks it."""

    def __init__(self, at_once: int, interval_s: float, max_keys: int = MAX_KEYS) -> None:
        self._at_once = at_once
        self._interval_s = interval_s
        self._max_keys = max_keys
        # When all failures of a key will be forgotten; each puts that off by an interval.
        self._clean_at_s: dict[Hashable, float] = {}

    def wait_s(self, key: Hashable, now_s: float) -> int:
        """Return for how many whole seconds the key must wait; 0 when it may try."""
        owed_s = self._clean_at_s.get(key, now_s) - now_s
        return max(0, math.ceil(owed_s - (self._at_once - 1) * self._interval_s))

    def add_failure(self, key: Hashable, now_s: float) -> None:
        """Count a failure."""
        clean_at_s = max(self._clean_at_s.get(key, now_s), now_s)
        self._clean_at_s[key] = clean_at_s + self._interval_s
        if len(self._clean_at_s) > self._max_keys:
            self._make_room()

    def take_back(self, key: Hashable) -> None:
        """Uncount a failure: it was none."""
        if key in self._clean_at_s:
            self._clean_at_s[key] -= self._interval_s

    def forget(self, key: Hashable) -> None:
        """Start the key anew after a success."""
        self._clean_at_s.pop(key, None)

    def _make_room(self) -> None:
        # Who failed most stays: else whoever tries ten thousand names starts the one anew.
        by_debt = sorted(self._clean_at_s.items(), key=lambda item: item[1])
        self._clean_at_s = dict(by_debt[len(by_debt) // 2 :])
