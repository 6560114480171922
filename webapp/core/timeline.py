"""A stretch of history as columns, made coarse enough to draw."""

import math
from dataclasses import dataclass, fields

import numpy as np

# Spans a reader recognises on an axis; beyond a day, whole days.
NICE_SPANS_S = (10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)


@dataclass(frozen=True)
class Timeline:
    """History rows as columns of N values, ordered by time; see `history.HistoryRow`.

    Attributes:
        start_s: (N,) int64, UTC epoch.
        length_s: of every span.
        counts_mean: (N, C) float, in the order of `classes`.
    """

    start_s: np.ndarray
    length_s: int
    data_s: np.ndarray
    faces_s: np.ndarray
    faces_mean: np.ndarray
    faces_max: np.ndarray
    counts_mean: np.ndarray
    classes: tuple[str, ...]
    indicator_mean: np.ndarray
    indicator_max: np.ndarray

    def __len__(self) -> int:
        return len(self.start_s)

    def __post_init__(self) -> None:
        columns = [getattr(self, f.name) for f in fields(self)]
        lengths = {len(column) for column in columns if isinstance(column, np.ndarray)}
        if len(lengths) > 1:
            raise ValueError(f"columns of {sorted(lengths)} rows")

    @property
    def no_data_share(self) -> np.ndarray:
        """Share of each span without data, (N,), 0-1."""
        return np.maximum(0.0, 1.0 - self.data_s / self.length_s)


def span_for(from_s: float, to_s: float, most_points: int) -> int:
    """Return the length of span, s, with which a range has at most so many points."""
    wanted_s = (to_s - from_s) / max(1, most_points - 1)
    nice = next((span for span in NICE_SPANS_S if span >= wanted_s), None)
    return nice or 86400 * math.ceil(wanted_s / 86400)


def coarsened(timeline: Timeline, length_s: int) -> Timeline:
    """Merge spans into longer ones; those without any row are left out.

    Args:
        timeline: ordered by time.
        length_s: a multiple of the timeline's own span.
    """
    starts = timeline.start_s // length_s * length_s
    first = np.flatnonzero(np.diff(starts, prepend=starts[:1] - 1))
    data_s, faces_s = _sums(timeline.data_s, first), _sums(timeline.faces_s, first)
    by_data, by_faces = timeline.data_s, timeline.faces_s
    return Timeline(
        start_s=starts[first],
        length_s=length_s,
        data_s=data_s,
        faces_s=faces_s,
        faces_mean=_means(timeline.faces_mean * by_data, first, data_s),
        faces_max=_maxima(timeline.faces_max, first),
        counts_mean=_means(timeline.counts_mean * by_data[:, None], first, data_s[:, None]),
        classes=timeline.classes,
        indicator_mean=_means(timeline.indicator_mean * by_faces, first, faces_s),
        indicator_max=_maxima(timeline.indicator_max, first),
    )


def _sums(column: np.ndarray, first: np.ndarray) -> np.ndarray:
    return np.add.reduceat(column, first, axis=0) if len(first) else column[:0]


def _maxima(column: np.ndarray, first: np.ndarray) -> np.ndarray:
    return np.maximum.reduceat(column, first) if len(first) else column[:0]


def _means(weighted: np.ndarray, first: np.ndarray, weight: np.ndarray) -> np.ndarray:
    sums = _sums(weighted, first)
    return np.divide(sums, weight, out=np.zeros_like(sums), where=weight > 0)
