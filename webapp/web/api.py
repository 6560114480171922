"""What the pages show, as JSON."""

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from webapp.core.snapshot import CameraStatus
from webapp.web.services import current_runtime, selected_camera

bp = Blueprint("api", __name__, url_prefix="/api")


@bp.get("/cameras")
def cameras() -> ResponseReturnValue:
    """List the cameras and how they are doing."""
    return jsonify(cameras=[_as_json(status) for status in current_runtime().cameras()])


@bp.get("/recent")
def recent() -> ResponseReturnValue:
    """List the readings of the last five minutes of one camera, by default the first."""
    camera = selected_camera(request.args.get("camera"))
    return jsonify(points=current_runtime().recent(camera.name))


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
