"""How often something happens, and how long it takes."""

from collections import Counter, deque


class RateMeter:
    """Events per second over a sliding window."""

    def __init__(self, window_s: float = 3.0) -> None:
        self._window_s = window_s
        self._times_s: deque[float] = deque()

    def step(self, now_s: float) -> None:
        """Note one event."""
        self._times_s.append(now_s)
        while now_s - self._times_s[0] > self._window_s:
            self._times_s.popleft()

    def per_second(self, now_s: float) -> float:
        """Return the rate of the last window, 0 when nothing happened in it; any thread may ask."""
        times = [time_s for time_s in tuple(self._times_s) if now_s - time_s <= self._window_s]
        if len(times) < 2:
            return 0.0
        return (len(times) - 1) / max(now_s - times[0], times[-1] - times[0], 1e-9)


class Durations:
    """The newest durations of each named stage, for medians and percentiles."""

    def __init__(self, keep: int = 20_000) -> None:
        self._keep = keep
        self._stages: dict[str, deque[float]] = {}
        self._totals: Counter[str] = Counter()

    def note(self, stage: str, seconds: float) -> None:
        """Add one duration."""
        self._stages.setdefault(stage, deque(maxlen=self._keep)).append(seconds)
        self._totals[stage] += 1

    def count(self, stage: str) -> int:
        """Return how many durations were noted, kept or not."""
        return self._totals[stage]

    def of(self, stage: str) -> list[float]:
        """Return a stage's durations in seconds, oldest first."""
        return list(self._stages.get(stage, ()))

    def means_ms(self) -> dict[str, float]:
        """Return the mean of every stage in milliseconds."""
        return {
            stage: 1000.0 * sum(values) / len(values)
            for stage, values in list(self._stages.items())
            if values
        }

    def clear(self) -> None:
        """Forget all."""
        self._stages.clear()
        self._totals.clear()
