"""What was recorded: the page with its curves, the API, and the exports."""

from collections.abc import Callable
from datetime import tzinfo

from flask import (
    Blueprint,
    Response,
    current_app,
    json,
    jsonify,
    make_response,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, NotFound

from webapp.core.access import Permission
from webapp.core.api_tokens import TokenScope
from webapp.storage.history import history_bounds
from webapp.web.access.permissions import needs
from webapp.web.export_notes import note_export
from webapp.web.pages.history_csv import as_csv
from webapp.web.pages.history_page import (
    PRESET_WORDS,
    emptiness,
    forgotten_before,
    neighbours,
    range_words,
    span_words,
    table_page,
    time_form,
)
from webapp.web.pages.history_view import (
    MOST_POINTS,
    HistoryView,
    chosen_camera,
    indicator_words,
    load_view,
    recorded_cameras,
)
from webapp.web.pages.local_times import current_zone
from webapp.web.pages.ranges import TimeRange, requested_range
from webapp.web.services import current_database, utc_now

bp = Blueprint("history", __name__)
LEAST_POINTS = 2
RETENTION_DAYS = "RETENTION_DAYS"
EXPORTS: dict[str, tuple[str, Callable[[HistoryView, tzinfo], str]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "json": ("application/json", lambda view, _zone: json.dumps(view.as_json(), indent=1) + "\n"),
}


@bp.get("/history")
@needs(Permission.WATCH)
def page() -> ResponseReturnValue:
    """Show one camera over a range of time, by default the first over the last hour."""
    try:
        wanted, fault = requested_range(request.args, current_zone(), utc_now()), ""
    except BadRequest as error:
        wanted, fault = requested_range({}, current_zone(), utc_now()), error.description or ""
    return make_response(_render(wanted, fault), 400 if fault else 200)


@bp.get("/api/history")
@needs(Permission.WATCH, token=TokenScope.READ)
def api() -> ResponseReturnValue:
    """Return what `/history` shows."""
    return jsonify(_requested_view(_wanted_points()).as_json())


@bp.get("/history/export.<form>")
@needs(Permission.EXPORT)
def export(form: str) -> ResponseReturnValue:
    """Hand out what `/history` shows as a file, and note who took it."""
    if form not in EXPORTS:
        raise NotFound(f"History is exported as {' or '.join(EXPORTS)}.")
    view = _requested_view(MOST_POINTS)
    note_export("history exported", {"camera": view.camera, "format": form} | view.range.as_query())
    mimetype, write = EXPORTS[form]
    answer = Response(write(view, current_zone()), content_type=mimetype)
    start, end = (f"{time:%Y%m%dT%H%M%SZ}" for time in (view.range.start, view.range.end))
    name = f"evenkeel-{view.camera}-{start}-{end}.{form}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _render(wanted: TimeRange, fault: str) -> str:
    zone, now, keep_days = current_zone(), utc_now(), current_app.config[RETENTION_DAYS]
    with current_database().session() as session:
        cameras = recorded_cameras(session)
        camera = chosen_camera(request.args.get("camera"), cameras)
        view = load_view(session, camera, wanted, zone, now)
        bounds = history_bounds(session, camera)
    return render_template(
        "history.html",
        cameras=cameras,
        view=view,
        fault=fault,
        zone=zone,
        keep_days=keep_days,
        presets=PRESET_WORDS,
        empty=emptiness(view, bounds, now, keep_days),
        around=neighbours(wanted, now),
        table=table_page(view, request.args),
        time_form=time_form(wanted, view.span_s, zone),
        range_words=range_words(wanted, zone),
        span_words=span_words(view.span_s),
        forgotten_before=forgotten_before(wanted, now, keep_days),
        **indicator_words(camera),
    )


def _requested_view(most_points: int) -> HistoryView:
    zone, now = current_zone(), utc_now()
    wanted = requested_range(request.args, zone, now)
    with current_database().session() as session:
        cameras = recorded_cameras(session)
        camera = chosen_camera(request.args.get("camera"), cameras)
        return load_view(session, camera, wanted, zone, now, most_points)


def _wanted_points() -> int:
    text = request.args.get("points") or str(MOST_POINTS)
    is_whole = text.isascii() and text.isdigit() and len(text) < 9
    if not is_whole or not LEAST_POINTS <= int(text) <= MOST_POINTS:
        raise BadRequest(
            f"points: expected a whole number from {LEAST_POINTS} to {MOST_POINTS}, "
            f"got {text[:40]!r}."
        )
    return int(text)
