"""The indicator's curve as SVG coordinates, for paper and for browsers without JavaScript."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby

from webapp.core.local_time import epoch_s_of_wall, wall_s_of_epoch
from webapp.web.pages.history_view import HistoryView, Point

WIDTH, HEIGHT = 760, 220
LEFT, RIGHT, TOP, BOTTOM = 30, 752, 22, 198
MOST_TICKS = 9
NUMBER_WIDTH = 16
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400
TICKS_S = (
    *(MINUTE_S * n for n in (1, 2, 5, 10, 15, 30)),
    *(HOUR_S * n for n in (1, 2, 3, 6, 12)),
    *(DAY_S * n for n in (1, 2, 7, 14, 28, 91, 182, 364)),
)


@dataclass(frozen=True)
class Span:
    """Part of the width; `label` stands at its left end, `kind` is an alert's."""

    x: float
    width: float
    label: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Curve:
    """What to draw in a box of `width` by `height`.

    Attributes:
        lines: points of polylines, the mean.
        bands: points of polygons, from the mean up to the highest.
        gaps: time without data.
        scale_changes: x where the indicator is of another scale from then on.
        alerts: from firing to the end, numbered from 1 where there is room.
        hours: marks of the time axis.
        levels: marks of the value axis.
    """

    lines: list[str]
    bands: list[str]
    gaps: list[Span]
    scale_changes: list[float]
    alerts: list[Span]
    hours: list[Span]
    levels: list[tuple[float, str]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = BOTTOM


def draw_curve(view: HistoryView, zone: tzinfo) -> Curve:
    """Place a view's indicator, its alerts and its time without data."""
    lines, bands = [], []
    for run in _runs(view.points):
        means, highest = _steps(view, run, "indicator"), _steps(view, run, "indicator_max")
        lines.append(_joined(means))
        bands.append(_joined([*means, *reversed(highest)]))
    return Curve(
        lines=lines,
        bands=bands,
        gaps=[_span(view, p.start, p.end) for p in view.points if p.is_mostly_unknown],
        scale_changes=[round(_x(view, at), 1) for at in view.scale_changes],
        alerts=_marks(view),
        hours=list(_ticks(view, zone)),
        levels=[(_y(value), str(value)) for value in (0, 25, 50, 75, 100)],
    )


def _runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Split the points wherever there is no reading, or one of another scale."""
    for scale, run in groupby(points, key=lambda point: point.scale):
        if scale is not None:
            yield list(run)


def _steps(view: HistoryView, run: list[Point], name: str) -> list[tuple[float, float]]:
    """Draw every point as long as it lasted: a mean is not a moment."""
    corners = []
    for point in run:
        y = _y(getattr(point, name))
        corners += [(_x(view, point.start), y), (_x(view, point.end), y)]
    return corners


def _joined(corners: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def _marks(view: HistoryView) -> list[Span]:
    """Mark the alerts with their numbers in the list."""
    alerts = view.alerts
    spans = [_span(view, a.fired_at, a.resolved_at or view.known_until) for a in alerts]
    return [
        Span(span.x, max(2.0, span.width), label, alert.kind)
        for span, label, alert in zip(spans, numbers([s.x for s in spans]), alerts, strict=True)
    ]


def numbers(xs: Sequence[float]) -> list[str]:
    """Number marks from left to right; those that would run into each other share a label.

    Args:
        xs: where they lie, ascending.
    """
    labels, first = [""] * len(xs), 0
    for place, x in enumerate(xs):
        if x < xs[first] + NUMBER_WIDTH * (1 + ("-" in labels[first])) and place:
            labels[first] = f"{first + 1}-{place + 1}"
        else:
            labels[place], first = str(place + 1), place
    return labels


def _span(view: HistoryView, start: datetime, end: datetime) -> Span:
    x = _x(view, start)
    return Span(round(x, 1), round(_x(view, end) - x, 1))


def _x(view: HistoryView, at: datetime) -> float:
    share = (at - view.range.start) / view.range.length
    return LEFT + min(1.0, max(0.0, share)) * (RIGHT - LEFT)


def _y(value: float) -> float:
    return BOTTOM - value / 100 * (BOTTOM - TOP)


def _ticks(view: HistoryView, zone: tzinfo) -> Iterator[Span]:
    """Mark round times of the wall clock; midnight shows the day."""
    step_s = next((s for s in TICKS_S if view.range.length <= timedelta(seconds=MOST_TICKS * s)), 0)
    if not step_s:
        step_s = int(view.range.length.total_seconds()) // MOST_TICKS
    start_s, end_s = view.range.start.timestamp(), view.range.end.timestamp()
    for at_s in _round_times_s(start_s, end_s, step_s, zone):
        at = datetime.fromtimestamp(at_s, UTC)
        local = at.astimezone(zone)
        is_day = step_s >= DAY_S or (local.hour, local.minute, local.second) == (0, 0, 0)
        label = f"{local.day} {local:%b}" if is_day else f"{local:%H:%M}"
        yield Span(round(_x(view, at), 1), 0, label)


def _round_times_s(start_s: float, end_s: float, step_s: int, zone: tzinfo) -> Sequence[int]:
    """List round times of the wall clock; an hour that comes twice is marked twice."""
    wall_s = wall_s_of_epoch(start_s, zone)
    first_s = -(-wall_s // step_s) * step_s
    if step_s <= HOUR_S:
        return range(int(start_s) + first_s - wall_s, int(end_s) + 1, step_s)
    last_s = wall_s_of_epoch(end_s, zone)
    return [epoch_s_of_wall(tick_s, zone) for tick_s in range(first_s, last_s + 1, step_s)]
