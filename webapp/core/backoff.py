"""How long to wait before the next try."""


class Backoff:
    """Doubles the wait after every failure, up to a limit."""

    def __init__(self, first_s: float = 0.5, most_s: float = 4.0) -> None:
        self._first_s, self._most_s = first_s, most_s
        self._next_s = first_s

    def failed(self) -> float:
        """Return how long to wait in seconds after one more failure."""
        wait_s = self._next_s
        self._next_s = min(self._most_s, 2 * wait_s)
        return wait_s

    def succeeded(self) -> None:
        """Start small again."""
        self._next_s = self._first_s
