"""History as a table for spreadsheets."""

from datetime import tzinfo

from webapp.disk.exports import Cell, csv_line
from webapp.web.pages.history_view import HistoryView, Point
from webapp.web.pages.ranges import utc_iso

LEADING = ("from_utc", "until_utc", "from_local", "camera", "faces", "faces_max")
TRAILING = ("indicator", "indicator_max", "no_data", "alerts")


def as_csv(view: HistoryView, zone: tzinfo) -> str:
    """Return a header and one line per point; numbers use a decimal point, unknown is empty."""
    lines = [csv_line([*LEADING, *view.classes, *TRAILING])]
    for point in view.points:
        counts = point.counts or {}
        cells: list[Cell] = [
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
        lines.append(csv_line(cells))
    return "".join(lines)


def _alerts_in(view: HistoryView, point: Point) -> list[str]:
    """Return the rules that were firing at some time of a point."""
    return [
        alert.rule_name
        for alert in view.alerts
        if alert.fired_at < point.end and (alert.resolved_at or point.end) > point.start
    ]
