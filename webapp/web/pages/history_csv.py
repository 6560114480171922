"""History as a table for spreadsheets."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, tzinfo

from webapp.web.pages.history_view import HistoryView, Point
from webapp.web.pages.ranges import utc_iso

# A cell that begins so would be run as a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
LEADING = ("from_utc", "until_utc", "from_local", "camera", "faces", "faces_max")
TRAILING = ("indicator", "indicator_max", "no_data", "alerts")

Cell = str | float | None


def as_csv(view: HistoryView, zone: tzinfo) -> str:
    """Return a header and one line per point; numbers use a decimal point, unknown is empty."""
    text = io.StringIO()
    writer = csv.writer(text)
    for line in _lines(view, zone):
        writer.writerow([_safe(cell) for cell in line])
    return text.getvalue()


def _lines(view: HistoryView, zone: tzinfo) -> Iterator[list[Cell]]:
    yield [*LEADING, *view.classes, *TRAILING]
    for point in view.points:
        counts = point.counts or {}
        yield [
            utc_iso(point.start),
            utc_iso(point.end),
            point.start.astimezone(zone).isoformat(),
            view.camera,
            point.faces,
            point.faces_max,
            *(counts.get(name) for name in view.classes),
            point.indicator,
            point.indicator_max,
            point.no_data,
            "; ".join(_alerts_in(view, point)),
        ]


def _alerts_in(view: HistoryView, point: Point) -> list[str]:
    """Return the rules that were firing at some time of a point."""
    return [
        alert.rule_name
        for alert in view.alerts
        if alert.fired_at < point.end and _end(alert.resolved_at, point) > point.start
    ]


def _end(resolved_at: datetime | None, point: Point) -> datetime:
    return resolved_at or point.end


def _safe(cell: Cell) -> Cell:
    is_formula = isinstance(cell, str) and cell.startswith(FORMULA_SIGNS)
    return f"'{cell}" if is_formula else cell
