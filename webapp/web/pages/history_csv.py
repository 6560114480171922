"""History as a table for spreadsheets."""

from datetime import tzinfo

from webapp.disk.exports import Cell, csv_line
from webapp.storage.alerts import Alert
from webapp.web.pages.history_view import HistoryView, Point
from webapp.web.pages.ranges import utc_iso

LEADING = ("from_utc", "until_utc", "from_local", "camera", "faces", "faces_max")
TRAILING = ("indicator", "indicator_max", "no_data", "alerts", "answers", "scale")
UNANSWERED = "unanswered"


def as_csv(view: HistoryView, zone: tzinfo) -> str:
    """Return a header and one line per point; numbers use a decimal point, unknown is empty."""
    lines = [csv_line([*LEADING, *view.classes, *TRAILING])]
    for point in view.points:
        counts, alerts = point.counts or {}, _alerts_in(view, point)
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
            "; ".join(alert.rule_name for alert in alerts),
            "; ".join(alert.answer or UNANSWERED for alert in alerts),
            point.scale,
        ]
        lines.append(csv_line(cells))
    return "".join(lines)


def _alerts_in(view: HistoryView, point: Point) -> list[Alert]:
    """Return the alerts that were firing at some time of a point."""
    return [
        alert
        for alert in view.alerts
        if alert.fired_at < point.end and (alert.resolved_at or point.end) > point.start
    ]
