"""The live page."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Conflict

from webapp.core.camera_state import CameraState, SourceKind
from webapp.core.snapshot import CameraStatus
from webapp.web.access.guard import current_sign_in, require_admin
from webapp.web.services import current_runtime, find_camera, selected_camera

bp = Blueprint("dashboard", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show one camera live, by default the first."""
    runtime = current_runtime()
    camera = selected_camera(request.args.get("camera"))
    return render_template(
        "dashboard.html",
        cameras=runtime.cameras(),
        camera=camera,
        classes=runtime.classes,
        alert_emotions=runtime.alert_emotions,
        offers_first_camera=_offers_first_camera(camera),
    )


@bp.post("/cameras/<camera>/use-first-camera")
def use_first_camera(camera: str) -> ResponseReturnValue:
    """Let a camera that shows the demo read camera 0 of the server."""
    require_admin()
    status = find_camera(camera)
    if status.state == CameraState.PAUSED:
        raise Conflict("This camera is paused; resume it first.")
    if not _offers_first_camera(status):
        raise Conflict("This camera does not show the demo, or camera 0 does not answer.")
    current_runtime().use_first_camera(camera)
    return redirect(url_for("dashboard.index", camera=camera), code=303)


def _offers_first_camera(camera: CameraStatus) -> bool:
    is_admin = current_sign_in().user.is_admin
    is_demo = camera.source_kind == SourceKind.DEMO
    return is_admin and is_demo and current_runtime().first_camera_answers()
