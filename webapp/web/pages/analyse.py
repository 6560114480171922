"""The page to which a picture or a video can be handed in."""

from flask import Blueprint, current_app, make_response, render_template
from flask.typing import ResponseReturnValue

from webapp.core.access import Permission
from webapp.web.access.permissions import needs
from webapp.web.access.security import USES_CAMERA
from webapp.web.access.visible import current_runtime
from webapp.web.api.uploads import UPLOAD_LIMITS

bp = Blueprint("analyse", __name__)


@bp.get("/analyse")
@needs(Permission.ANALYSE)
def page() -> ResponseReturnValue:
    """Show the drop zone; what is going on or kept is fetched by the page."""
    answer = make_response(
        render_template(
            "analyse.html",
            limits=current_app.config[UPLOAD_LIMITS],
            classes=current_runtime().classes,
            alert_emotions=current_runtime().alert_emotions,
        )
    )
    answer.headers["Permissions-Policy"] = USES_CAMERA
    return answer
