"""How a recording went, in as many points as a picture can show, however long it lasts."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

FIRST_SPAN_S = 0.1
MOST_SPANS = 1200


@dataclass(frozen=True)
class SeriesPoints:
    """Columns of N values, ordered by time; spans without a reading are left out.

    Attributes:
        at_s: (N,) float, the middle of each span.
        counts: (N, C) float, mean faces per name.
        indicator: (N,) float, mean over the readings with a face, 0-100; nan where nobody was seen.
        names: C of them.
    """

    at_s: np.ndarray
    counts: np.ndarray
    indicator: np.ndarray
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.at_s)


class SeriesSampler:
    """Means per span of time; when spans run out, each two become one, so memory stays flat."""

    def __init__(self, names: tuple[str, ...], most_spans: int = MOST_SPANS) -> None:
        """Start empty; `most_spans` is even."""
        self._names = names
        self._span_s = FIRST_SPAN_S
        # Columns: faces per name, the indicator, the readings with a face, all readings.
        self._sums = np.zeros((most_spans, len(names) + 3))

    def step(self, counts: Mapping[str, int], indicator: float, now_s: float) -> None:
        """Take one reading at a time that is not negative; without a face it has no indicator."""
        while now_s >= self._span_s * len(self._sums):
            # The spans are used up: each two become one.
            half = len(self._sums) // 2
            self._sums[:half] = self._sums[0::2] + self._sums[1::2]
            self._sums[half:] = 0
            self._span_s *= 2
        faces = [counts[name] for name in self._names]
        seen = [indicator, 1] if any(faces) else [0.0, 0]
        self._sums[int(now_s / self._span_s)] += [*faces, *seen, 1]

    def points(self) -> SeriesPoints:
        """Return what was taken so far."""
        rows = np.flatnonzero(self._sums[:, -1])
        *faces, indicator, seen, readings = self._sums[rows].T
        counts = np.stack(faces, axis=1) / readings[:, None]
        mean = np.divide(indicator, seen, out=np.full(len(rows), np.nan), where=seen > 0)
        return SeriesPoints((rows + 0.5) * self._span_s, counts, mean, self._names)
