"""The live page."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.core.access import Permission
from webapp.core.limit_words import camera_limits
from webapp.web.access.permissions import needs
from webapp.web.access.visible import current_runtime, selected_camera
from webapp.web.camera_pauses import PauseForm, with_pauses
from webapp.web.pages.local_times import current_zone
from webapp.web.services import current_services, utc_now

bp = Blueprint("dashboard", __name__)


@bp.get("/")
@needs(Permission.WATCH)
def index() -> ResponseReturnValue:
    """Show one camera live, by default the first."""
    runtime = current_runtime()
    if not runtime.cameras() and not request.args.get("camera"):
        return render_template("no_camera.html")
    (camera,) = with_pauses([selected_camera(request.args.get("camera"))])
    rules = current_services().rules()
    return render_template(
        "dashboard.html",
        cameras=runtime.cameras(),
        camera=camera,
        pause_form=PauseForm(None, current_zone(), utc_now()),
        classes=runtime.classes,
        alert_emotions=runtime.alert_emotions,
        limits=camera_limits(rules, camera.name, runtime.alert_emotions, runtime.classes),
    )
