"""The indicator's curve as SVG coordinates, for paper and for browsers without JavaScript."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby

from webapp.core.local_time import epoch_s_of_wall, wall_s_of_epoch
from webapp.web.pages.history_view import HistoryView, Point

# Of a sheet or a screen, and of a phone; the text is as large in both.
WIDE, NARROW = 760, 340
TICK_WIDTH = 80
# Of the numbers of alerts, a little more than they take.
DIGIT_WIDTH, NUMBER_GAP = 7.5, 4.0
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400
TICKS_S = (
    *(MINUTE_S * n for n in (1, 2, 5, 10, 15, 30)),
    *(HOUR_S * n for n in (1, 2, 3, 6, 12)),
    *(DAY_S * n for n in (1, 2, 7, 14, 28, 91, 182, 364)),
)


@dataclass(frozen=True)
class Box:
    """Where a curve is drawn: the picture's size, and the plot's edges within it."""

    width: int = WIDE
    height: int = 220
    left: int = 30
    top: int = 22
    bottom: int = 198

    @property
    def right(self) -> int:
        """The plot's right edge."""
        return self.width - 8

    @property
    def most_ticks(self) -> int:
        """How many times of day have room below it."""
        return (self.right - self.left) // TICK_WIDTH

    def x(self, view: HistoryView, at: datetime) -> float:
        """Return where a time lies, within the plot."""
        share = (at - view.range.start) / view.range.length
        return self.left + min(1.0, max(0.0, share)) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Return where a value, 0-100, lies."""
        return self.bottom - value / 100 * (self.bottom - self.top)

    def span(self, view: HistoryView, start: datetime, end: datetime) -> "Span":
        """Return the part of the width between two times."""
        x = self.x(view, start)
        return Span(round(x, 1), round(self.x(view, end) - x, 1))


@dataclass(frozen=True)
class Span:
    """Part of the width; `label` stands at its left end, `kind` is an alert's."""

    x: float
    width: float
    label: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Curve:
    """What to draw in a box.

    Attributes:
        lines: points of polylines, the mean.
        bands: points of polygons, from the mean up to the highest.
        gaps: time without data.
        scale_changes: x where the indicator is of another scale from then on.
        alerts: each as long as its condition lasted.
        numbers: of the alerts in their list, from 1; what would overlap shares a label.
        hours: marks of the time axis.
        levels: marks of the value axis.
        limits: heights of the limits of a rule, with what happens there.
        moments: x of what happened, with a word for it.
    """

    box: Box
    lines: list[str]
    bands: list[str]
    gaps: list[Span]
    scale_changes: list[float]
    alerts: list[Span]
    numbers: list[Span]
    hours: list[Span]
    levels: list[tuple[float, str]]
    limits: Sequence[tuple[float, str]] = ()
    moments: Sequence[Span] = ()


def draw_curve(view: HistoryView, zone: tzinfo, box: Box | None = None) -> Curve:
    """Place a view's indicator, its alerts and its time without data; in a wide box by default."""
    box = box or Box()
    lines, bands = [], []
    for run in _runs(view.points):
        means, highest = (_steps(view, box, run, name) for name in ("indicator", "indicator_max"))
        lines.append(_joined(means))
        bands.append(_joined([*means, *reversed(highest)]))
    alerts = _marks(view, box)
    return Curve(
        box=box,
        lines=lines,
        bands=bands,
        gaps=[box.span(view, p.start, p.end) for p in view.points if p.is_mostly_unknown],
        scale_changes=[round(box.x(view, at), 1) for at in view.scale_changes],
        alerts=alerts,
        numbers=numbers(alerts, box.right),
        hours=list(_ticks(view, zone, box)),
        levels=[(box.y(value), str(value)) for value in (0, 25, 50, 75, 100)],
    )


def _runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Split the points wherever there is no reading, or one of another scale."""
    for scale, run in groupby(points, key=lambda point: point.scale):
        if scale is not None:
            yield list(run)


def _steps(view: HistoryView, box: Box, run: list[Point], name: str) -> list[tuple[float, float]]:
    """Draw every point as long as it lasted: a mean is not a moment."""
    corners = []
    for point in run:
        y = box.y(getattr(point, name))
        corners += [(box.x(view, point.start), y), (box.x(view, point.end), y)]
    return corners


def _joined(corners: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def _marks(view: HistoryView, box: Box) -> list[Span]:
    spans = [box.span(view, a.since, a.resolved_at or view.known_until) for a in view.alerts]
    return [
        Span(span.x, max(2.0, span.width), kind=alert.kind)
        for span, alert in zip(spans, view.alerts, strict=True)
    ]


def numbers(alerts: Sequence[Span], right: float) -> list[Span]:
    """Number alerts from left to right; those whose labels would overlap share one.

    Args:
        alerts: their x ascend.
        right: where every label ends at the latest.
    """
    labels: list[tuple[int, int]] = []
    for place in range(len(alerts)):
        labels.append((place, place))
        # A label that grew, or stands back from the edge, may reach the one before it.
        while len(labels) > 1:
            before, newest = (_label(alerts, *each, right) for each in labels[-2:])
            if before.x + before.width + NUMBER_GAP <= newest.x:
                break
            labels[-2:] = [(labels[-2][0], labels[-1][1])]
    return [_label(alerts, first, last, right) for first, last in labels]


def _label(alerts: Sequence[Span], first: int, last: int, right: float) -> Span:
    text = f"{first + 1}" if first == last else f"{first + 1}-{last + 1}"
    width = DIGIT_WIDTH * len(text)
    kinds = {alert.kind for alert in alerts[first : last + 1]}
    kind = "no_data" if kinds == {"no_data"} else "expression"
    return Span(round(min(alerts[first].x, right - width), 1), width, text, kind)


def _ticks(view: HistoryView, zone: tzinfo, box: Box) -> Iterator[Span]:
    """Mark round times of the wall clock; midnight shows the day."""
    length, most = view.range.length, box.most_ticks
    step_s = next((s for s in TICKS_S if length <= timedelta(seconds=most * s)), 0)
    step_s = step_s or int(length.total_seconds()) // most
    start_s, end_s = view.range.start.timestamp(), view.range.end.timestamp()
    for at_s in _round_times_s(start_s, end_s, step_s, zone):
        at = datetime.fromtimestamp(at_s, UTC)
        local = at.astimezone(zone)
        is_day = step_s >= DAY_S or (local.hour, local.minute, local.second) == (0, 0, 0)
        label = f"{local.day} {local:%b}" if is_day else f"{local:%H:%M}"
        yield Span(round(box.x(view, at), 1), 0, label)


def _round_times_s(start_s: float, end_s: float, step_s: int, zone: tzinfo) -> Sequence[int]:
    """List round times of the wall clock; an hour that comes twice is marked twice."""
    wall_s = wall_s_of_epoch(start_s, zone)
    first_s = -(-wall_s // step_s) * step_s
    if step_s <= HOUR_S:
        return range(int(start_s) + first_s - wall_s, int(end_s) + 1, step_s)
    last_s = wall_s_of_epoch(end_s, zone)
    return [epoch_s_of_wall(tick_s, zone) for tick_s in range(first_s, last_s + 1, step_s)]
