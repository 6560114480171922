"""What the pages show, as JSON."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from webapp.bus.json_codec import to_json
from webapp.core.access import Permission
from webapp.core.api_tokens import TokenScope
from webapp.core.watching import WatchKind
from webapp.web.access.permissions import needs
from webapp.web.access.visible import current_runtime, selected_camera
from webapp.web.live.watch_notes import note_glance

bp = Blueprint("api", __name__, url_prefix="/api")


@bp.get("/recent")
@needs(Permission.WATCH, token=TokenScope.READ)
def recent() -> ResponseReturnValue:
    """List the readings of the last five minutes of one camera, by default the first."""
    camera = selected_camera(request.args.get("camera"))
    points = current_runtime().recent(camera.name)
    note_glance(WatchKind.FIGURES, camera.name)
    return jsonify(points=[to_json(point) for point in points])
