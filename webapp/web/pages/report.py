"""A shift on one printable page."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from webapp.core.access import Permission
from webapp.core.local_time import from_wall
from webapp.web.access.permissions import needs
from webapp.web.export_notes import note_export
from webapp.web.pages.curve import NARROW, Box, draw_curve
from webapp.web.pages.history_page import range_words, span_words
from webapp.web.pages.history_view import (
    chosen_camera,
    indicator_words,
    load_view,
    recorded_cameras,
)
from webapp.web.pages.local_times import current_zone
from webapp.web.pages.ranges import TimeRange, requested_range
from webapp.web.services import current_database, utc_now

bp = Blueprint("report", __name__)
SHIFT_STARTS = (time(6), time(14), time(22))
SHIFT = timedelta(hours=8)
OFFERED_SHIFTS = 4
# Of an alert; the alerts page has the others.
MOST_NOTES = 3


@dataclass(frozen=True)
class Shift:
    """A shift that has begun, ready to be chosen."""

    label: str
    range: TimeRange


@bp.get("/report")
@needs(Permission.WATCH)
def page() -> ResponseReturnValue:
    """Show a shift, by default the last eight hours."""
    zone, now = current_zone(), utc_now()
    try:
        wanted, fault = requested_range(request.args, zone, now, default="shift"), ""
    except BadRequest as error:
        wanted, fault = requested_range({}, zone, now, default="shift"), error.description or ""
    return make_response(_render(wanted, fault, now), 400 if fault else 200)


def _render(wanted: TimeRange, fault: str, now: datetime) -> str:
    zone = current_zone()
    with current_database().session() as session:
        cameras = recorded_cameras(session)
        camera = chosen_camera(request.args.get("camera"), cameras)
        view = load_view(session, camera, wanted, zone, now, for_report=True)
    note_export("report opened", {"camera": camera} | wanted.as_query())
    return render_template(
        "report.html",
        cameras=cameras,
        view=view,
        most_notes=MOST_NOTES,
        fault=fault,
        zone=zone,
        now=now,
        shifts=recent_shifts(now, zone),
        curves={"wide": draw_curve(view, zone), "narrow": draw_curve(view, zone, Box(NARROW))},
        range_words=range_words(wanted, zone),
        span_words=span_words(view.span_s),
        **indicator_words(camera),
    )


def recent_shifts(now: datetime, zone: tzinfo) -> list[Shift]:
    """List the newest shifts of eight hours that have begun, newest first."""
    today = now.astimezone(zone).date()
    walls = (
        datetime.combine(today - timedelta(days=days), start)
        for days in range(3)
        for start in reversed(SHIFT_STARTS)
    )
    begun = [wall for wall in walls if from_wall(wall, zone) < now]
    return [
        Shift(
            f"{wall:%a} {wall:%H:%M} to {wall + SHIFT:%H:%M}",
            TimeRange(from_wall(wall, zone), from_wall(wall + SHIFT, zone)),
        )
        for wall in begun[:OFFERED_SHIFTS]
    ]
