"""What the pages show, as JSON."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from webapp.core.snapshot import CameraStatus
from webapp.web.services import current_runtime, selected_camera

bp = Blueprint("api", __name__, url_prefix="/api")


@bp.get("/cameras")
def cameras() -> ResponseReturnValue:
    """List the cameras and how they are doing."""
    return jsonify(cameras=[_as_json(status) for status in current_runtime().cameras()])


@bp.get("/history")
def history() -> ResponseReturnValue:
    """List the recent readings of one camera, by default the first, between two times."""
    camera = selected_camera(request.args.get("camera"))
    start, end = _time("from"), _time("to")
    if start and end and start > end:
        raise BadRequest("from: expected a time before `to`.")
    points = current_runtime().recent(camera.name)
    return jsonify(points=[point for point in points if _is_between(point, start, end)])


def _as_json(status: CameraStatus) -> dict[str, Any]:
    return {
        "name": status.name,
        "state": status.state,
        "since": status.since.isoformat(),
        "source_kind": status.source_kind,
        "reason": status.reason,
        "analysis_fps": status.analysis_fps,
        "stream_fps": status.stream_fps,
        "viewers": status.viewers,
    }


def _time(name: str) -> datetime | None:
    text = request.args.get(name)
    if not text:
        return None
    try:
        # A plus sign that was not encoded arrives as a space.
        time = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        raise BadRequest(
            f"{name}: expected an ISO 8601 time such as 2026-11-20T14:00:00Z."
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _is_between(point: dict[str, Any], start: datetime | None, end: datetime | None) -> bool:
    at = datetime.fromisoformat(point["at"])
    return (start is None or at >= start) and (end is None or at <= end)
