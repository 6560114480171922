"""One slot between threads: the newest value, older ones dropped."""

import math
import threading
import time
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True)
class Versioned(Generic[Value]):
    """A value and the number of the put that stored it (from 1)."""

    value: Value
    version: int


class Latest(Generic[Value]):
    """Holds the newest value; a reader that is slow misses some and blocks nobody.

    Attributes:
        is_closed: whether nothing more comes.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._newest: Versioned[Value] | None = None
        self._put_count = 0
        self._cleared_at_s = -math.inf
        self.is_closed = False

    def put(self, value: Value, at_s: float = math.inf) -> None:
        """Replace the value and wake every waiting reader.

        Args:
            value: the new one.
            at_s: monotonic time of what it was made of; it is dropped when that was cleared since.
        """
        with self._changed:
            if at_s <= self._cleared_at_s:
                return
            self._put_count += 1
            self._newest = Versioned(value, self._put_count)
            self._changed.notify_all()

    def clear(self) -> None:
        """Forget the value; the next one still counts as newer than every earlier one."""
        with self._changed:
            self._newest, self._cleared_at_s = None, time.monotonic()

    def newest(self) -> Versioned[Value] | None:
        """Return the newest value at once, None before the first."""
        return self._newest

    def wait_newer(self, version: int, timeout_s: float) -> Versioned[Value] | None:
        """Wait for a value newer than `version`.

        Returns:
            The newest value, or None when none came in time or the slot was closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self.is_closed or self._is_newer(version), timeout_s)
            return self._newest if not self.is_closed and self._is_newer(version) else None

    def close(self) -> None:
        """Wake every reader for good; they get None from now on."""
        with self._changed:
            self.is_closed = True
            self._changed.notify_all()

    def _is_newer(self, version: int) -> bool:
        return self._newest is not None and self._newest.version > version
