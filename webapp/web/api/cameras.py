"""Cameras as JSON, and switching them off and on, by a program or by a form."""

from typing import Any

from flask import Blueprint, jsonify, redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.core.snapshot import CameraStatus
from webapp.core.utc import iso_utc
from webapp.web.access.guard import current_sign_in, require_admin
from webapp.web.camera_switch import current_switch
from webapp.web.negotiation import asks_for_page
from webapp.web.services import current_runtime, find_camera, utc_now

bp = Blueprint("cameras_api", __name__, url_prefix="/api/cameras")


@bp.get("")
def list_as_json() -> ResponseReturnValue:
    """List the cameras and how they are doing."""
    return jsonify(cameras=[_as_json(status) for status in current_runtime().cameras()])


@bp.post("/<camera>/pause")
def pause(camera: str) -> ResponseReturnValue:
    """Close a camera until somebody resumes it, over restarts too."""
    require_admin()
    find_camera(camera)
    author = current_sign_in().user.username
    current_switch().pause(current_runtime(), camera, author, utc_now())
    return _answer(camera)


@bp.post("/<camera>/resume")
def resume(camera: str) -> ResponseReturnValue:
    """Open a paused camera again."""
    require_admin()
    find_camera(camera)
    author = current_sign_in().user.username
    current_switch().resume(current_runtime(), camera, author, utc_now())
    return _answer(camera)


def _answer(camera: str) -> ResponseReturnValue:
    if asks_for_page():
        # Back to the button: without JavaScript the keyboard would begin at the top again.
        return redirect(url_for("dashboard.index", camera=camera, _anchor="switch"), code=303)
    return jsonify(_as_json(find_camera(camera)))


def _as_json(status: CameraStatus) -> dict[str, Any]:
    return {
        "name": status.name,
        "state": status.state,
        "since": iso_utc(status.since),
        "source_kind": status.source_kind,
        "reason": status.reason,
        "analysis_fps": status.analysis_fps,
        "stream_fps": status.stream_fps,
        "viewers": status.viewers,
    }
