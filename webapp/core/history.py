"""Readings over time: ten-second rows, and coarser ones made of them. Nothing per person."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from webapp.core.scales import PRESENT_SCALE

ROW_S = 10
# A longer silence between two samples is time without data.
LONGEST_SAMPLE_S = 1.5


@dataclass(frozen=True)
class Sample:
    """What is known of one camera at one moment.

    Attributes:
        counts: faces per class, in the order of `classes`.
        classes: the model's classes, then `uncertain`.
        indicator: 0-100, by the present scale; means nothing when no face is in view.
    """

    counts: tuple[int, ...]
    classes: tuple[str, ...]
    indicator: float

    @property
    def faces(self) -> int:
        """How many faces are in view."""
        return sum(self.counts)


@dataclass(frozen=True)
class HistoryRow:
    """One camera over one span of time.

    Attributes:
        start_s: UTC epoch, a multiple of `length_s`.
        data_s: seconds of the span with data.
        faces_s: seconds of the span with a face in view and an indicator of this scale.
        faces_mean: over the time with data.
        counts_mean: faces per class over the time with data, in the order of `classes`.
        indicator_mean: 0-100, over `faces_s`; 0 when there was none.
        scale: of the indicator, see `core.scales`.
    """

    start_s: int
    length_s: int
    data_s: float
    faces_s: float
    faces_mean: float
    faces_max: int
    counts_mean: tuple[float, ...]
    classes: tuple[str, ...]
    indicator_mean: float
    indicator_max: float
    scale: int = PRESENT_SCALE

    @property
    def no_data_share(self) -> float:
        """Share of the span without data, 0-1."""
        return max(0.0, 1.0 - self.data_s / self.length_s)


@dataclass
class _Sums:
    """Time integrals over a row; its indicator is made of readings of one scale alone."""

    scale: int = PRESENT_SCALE
    data_s: float = 0.0
    faces_s: float = 0.0
    faces: float = 0.0
    faces_max: int = 0
    counts: dict[str, float] = field(default_factory=dict)
    indicator: float = 0.0
    indicator_max: float = 0.0

    def add_sample(self, sample: Sample, weight_s: float) -> None:
        self.data_s += weight_s
        self.faces += sample.faces * weight_s
        self.faces_max = max(self.faces_max, sample.faces)
        for name, count in zip(sample.classes, sample.counts, strict=True):
            self.counts[name] = self.counts.get(name, 0.0) + count * weight_s
        if sample.faces:
            self.faces_s += weight_s
            self.indicator += sample.indicator * weight_s
            self.indicator_max = max(self.indicator_max, sample.indicator)

    def add_row(self, row: HistoryRow) -> None:
        self.data_s += row.data_s
        self.faces += row.faces_mean * row.data_s
        self.faces_max = max(self.faces_max, row.faces_max)
        for name, mean in zip(row.classes, row.counts_mean, strict=True):
            self.counts[name] = self.counts.get(name, 0.0) + mean * row.data_s
        if row.scale == self.scale:
            self.faces_s += row.faces_s
            self.indicator += row.indicator_mean * row.faces_s
            self.indicator_max = max(self.indicator_max, row.indicator_max)

    def as_row(self, start_s: int, length_s: int) -> HistoryRow:
        data_s, faces_s = self.data_s or math.inf, self.faces_s or math.inf
        return HistoryRow(
            start_s=start_s,
            length_s=length_s,
            data_s=self.data_s,
            faces_s=self.faces_s,
            faces_mean=self.faces / data_s,
            faces_max=self.faces_max,
            counts_mean=tuple(count / data_s for count in self.counts.values()),
            classes=tuple(self.counts),
            indicator_mean=self.indicator / faces_s,
            indicator_max=self.indicator_max,
            scale=self.scale,
        )


class RowBuilder:
    """Turns one camera's samples into ten-second rows.

    Each sample stands for the time since the one before, at most `LONGEST_SAMPLE_S`.
    """

    def __init__(self) -> None:
        self._start_s: int | None = None
        self._sums = _Sums()
        self._sampled_at_s: float | None = None

    def add(self, sample: Sample | None, now_s: float) -> HistoryRow | None:
        """Take a sample, None when nothing is known.

        Args:
            sample: what is known.
            now_s: UTC epoch.

        Returns:
            The row that this moment completed.
        """
        done = None
        start_s = row_start_s(now_s)
        if self._start_s is not None and start_s != self._start_s:
            done = self.finish()
        self._start_s = start_s
        if sample:
            self._sums.add_sample(sample, self._weight_s(now_s))
        self._sampled_at_s = now_s
        return done

    def finish(self) -> HistoryRow | None:
        """Return the row so far and begin anew."""
        if self._start_s is None:
            return None
        row = self._sums.as_row(self._start_s, ROW_S)
        self._start_s, self._sums = None, _Sums()
        return row

    def _weight_s(self, now_s: float) -> float:
        if self._sampled_at_s is None:
            return 0.0
        elapsed_s = now_s - self._sampled_at_s
        within_row_s = min(elapsed_s, now_s - row_start_s(now_s))
        return within_row_s if 0.0 <= elapsed_s <= LONGEST_SAMPLE_S else 0.0


def row_start_s(now_s: float, length_s: int = ROW_S) -> int:
    """Return the start of the span that a moment lies in."""
    return int(now_s // length_s) * length_s


def combine(rows: Iterable[HistoryRow], start_s: int, length_s: int) -> HistoryRow:
    """Merge rows into one of another span; classes that some rows lack count as never seen.

    The newest scale that has readings makes the indicator, without those of another one.

    Args:
        rows: at least one.
        start_s: UTC epoch.
        length_s: of the new span.
    """
    rows = list(rows)
    _, scale = max((row.faces_s > 0, row.scale) for row in rows)
    sums = _Sums(scale)
    for row in rows:
        sums.add_row(row)
    return sums.as_row(start_s, length_s)
