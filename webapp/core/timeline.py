"""A stretch of history as columns, made coarse enough to draw."""

import math
from dataclasses import dataclass, fields
from datetime import UTC, tzinfo

import numpy as np

from webapp.core.local_time import epoch_s_of_wall, wall_s_of_epoch

# Spans a reader recognises on an axis; beyond a day, whole days. Half an hour is left out: it
# would be made of thirty stored minutes, so that a week took ten times as long to read.
HOUR_S, DAY_S = 3600, 86400
NICE_SPANS_S = (10, 20, 30, 60, 120, 300, 600, 900, 3600, 7200, 10800, 21600, 43200, 86400)


@dataclass(frozen=True)
class Timeline:
    """History rows as columns of N values, ordered by time; see `history.HistoryRow`.

    Attributes:
        start_s: (N,) int64, UTC epoch.
        end_s: (N,) int64; a day of a clock change is an hour shorter or longer than `length_s`.
        length_s: of every other span.
        counts_mean: (N, C) float, in the order of `classes`.
        scale: (N,) int, of the indicator, see `core.scales`.
    """

    start_s: np.ndarray
    end_s: np.ndarray
    length_s: int
    data_s: np.ndarray
    faces_s: np.ndarray
    faces_mean: np.ndarray
    faces_max: np.ndarray
    counts_mean: np.ndarray
    classes: tuple[str, ...]
    indicator_mean: np.ndarray
    indicator_max: np.ndarray
    scale: np.ndarray

    def __len__(self) -> int:
        return len(self.start_s)

    def __post_init__(self) -> None:
        columns = [getattr(self, f.name) for f in fields(self)]
        lengths = {len(column) for column in columns if isinstance(column, np.ndarray)}
        if len(lengths) > 1:
            raise ValueError(f"columns of {sorted(lengths)} rows")

    def no_data_share(self, known_until_s: float = math.inf) -> np.ndarray:
        """Return the share of each span without data, (N,), 0-1.

        Args:
            known_until_s: UTC epoch; time after it, not written yet or not asked for, is left out.
        """
        length_s = np.minimum(self.end_s, known_until_s) - self.start_s
        data_s = np.minimum(self.data_s, np.maximum(length_s, 0.0))
        return 1.0 - np.divide(data_s, length_s, out=np.ones_like(data_s), where=length_s > 0)


def span_for(from_s: float, to_s: float, most_points: int) -> int:
    """Return the length of span, s, with which a range has at most so many points."""
    wanted_s = (to_s - from_s) / max(1, most_points - 1)
    if wanted_s > HOUR_S:
        # Spans that begin by the clock on the wall: a range may hold a day of 25 hours.
        wanted_s = (to_s - from_s + HOUR_S) / max(1, most_points - 1)
    nice = next((span for span in NICE_SPANS_S if span >= wanted_s), None)
    return nice or DAY_S * math.ceil(wanted_s / DAY_S)


def span_start_s(at_s: float, length_s: int, zone: tzinfo = UTC) -> int:
    """Return the start of the span that a moment lies in, UTC epoch."""
    if length_s <= HOUR_S:
        return int(at_s // length_s) * length_s
    wall_s = wall_s_of_epoch(at_s, zone)
    return epoch_s_of_wall(wall_s // length_s * length_s, zone)


def shared_hours(from_s: int, to_s: float, length_s: int, zone: tzinfo = UTC) -> list[int]:
    """List the UTC hours, by their start, in which one span ends and the next one begins.

    There are some in zones half an hour off, where midnight is no full hour of UTC.

    Args:
        from_s: start of the first span, UTC epoch.
        to_s: UTC epoch in the last span, whose end is checked too.
    """
    if length_s <= HOUR_S:
        return []
    first = wall_s_of_epoch(from_s, zone) // length_s
    last = wall_s_of_epoch(to_s, zone) // length_s
    starts = (epoch_s_of_wall(number * length_s, zone) for number in range(first, last + 2))
    return [start_s // HOUR_S * HOUR_S for start_s in starts if start_s % HOUR_S]


def coarsened(timeline: Timeline, length_s: int, zone: tzinfo = UTC) -> Timeline:
    """Merge spans into longer ones, as `history.combine` does; those without any row are left out.

    Args:
        timeline: ordered by time.
        length_s: a multiple of the timeline's own span.
        zone: spans of more than an hour begin by the clock of this zone, days at its midnight. A
            row belongs to the span that it begins in.
    """
    numbers = _span_numbers(timeline.start_s, length_s, zone)
    first = np.flatnonzero(np.diff(numbers, prepend=numbers[:1] - 1))
    scale = _newest_scales(timeline, first)
    is_newest = timeline.scale == np.repeat(scale, np.diff(first, append=len(timeline)))
    by_data, by_faces = timeline.data_s, np.where(is_newest, timeline.faces_s, 0.0)
    data_s, faces_s = _sums(by_data, first), _sums(by_faces, first)
    return Timeline(
        start_s=_starts(numbers[first], length_s, zone),
        end_s=_starts(numbers[first] + 1, length_s, zone),
        length_s=length_s,
        data_s=data_s,
        faces_s=faces_s,
        faces_mean=_means(timeline.faces_mean * by_data, first, data_s),
        faces_max=_maxima(timeline.faces_max, first),
        counts_mean=_means(timeline.counts_mean * by_data[:, None], first, data_s[:, None]),
        classes=timeline.classes,
        indicator_mean=_means(timeline.indicator_mean * by_faces, first, faces_s),
        indicator_max=_maxima(np.where(is_newest, timeline.indicator_max, 0.0), first),
        scale=scale,
    )


def _newest_scales(timeline: Timeline, first: np.ndarray) -> np.ndarray:
    """Return each span's newest scale that has readings; where none has, the newest of its rows."""
    with_readings = _maxima(np.where(timeline.faces_s > 0, timeline.scale, 0), first)
    return np.where(with_readings > 0, with_readings, _maxima(timeline.scale, first))


def _span_numbers(start_s: np.ndarray, length_s: int, zone: tzinfo) -> np.ndarray:
    """Number the spans that rows begin in; never falling, also where clocks are set back."""
    if length_s <= HOUR_S:
        return start_s // length_s
    return np.maximum.accumulate(walls_s_of_epochs(start_s, zone) // length_s)


def walls_s_of_epochs(at_s: np.ndarray, zone: tzinfo) -> np.ndarray:
    """Return what the wall clock shows at many times, as `wall_s_of_epoch` does at one.

    The zone is looked up twice a day, and for every time only on days on which its clocks change:
    a year of hours would take 8,760 look-ups.

    Args:
        at_s: (N,) int64, UTC epoch.
        zone: of the clock.

    Returns:
        (N,) int64.
    """
    days, of_time = np.unique(at_s // DAY_S, return_inverse=True)
    starts_s = (days * DAY_S).tolist()
    offsets_s, next_s = (
        np.array([wall_s_of_epoch(s + later_s, zone) - s - later_s for s in starts_s], np.int64)
        for later_s in (0, DAY_S)
    )
    walls_s: np.ndarray = at_s + offsets_s[of_time]
    for place in np.flatnonzero((offsets_s != next_s)[of_time]):
        walls_s[place] = wall_s_of_epoch(int(at_s[place]), zone)
    return walls_s


def _starts(numbers: np.ndarray, length_s: int, zone: tzinfo) -> np.ndarray:
    walls_s = numbers * length_s
    if length_s <= HOUR_S:
        return walls_s
    return np.array([epoch_s_of_wall(wall_s, zone) for wall_s in walls_s.tolist()], np.int64)


def _sums(column: np.ndarray, first: np.ndarray) -> np.ndarray:
    return np.add.reduceat(column, first, axis=0) if len(first) else column[:0]


def _maxima(column: np.ndarray, first: np.ndarray) -> np.ndarray:
    return np.maximum.reduceat(column, first) if len(first) else column[:0]


def _means(weighted: np.ndarray, first: np.ndarray, weight: np.ndarray) -> np.ndarray:
    sums = _sums(weighted, first)
    return np.divide(sums, weight, out=np.zeros_like(sums), where=weight > 0)
