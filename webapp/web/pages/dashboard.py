"""The live pages: one camera, all of them side by side, and the wall."""

from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from webapp.core.access import Permission
from webapp.core.bands import limiting_rule
from webapp.core.camera_state import SourceKind
from webapp.core.camera_status import CameraStatus
from webapp.core.demo_scene import DemoScene, fires_after_s
from webapp.core.limit_words import camera_limits
from webapp.core.privacy import PRIVACY_WORDS, disclosure_words
from webapp.web.access.guard import current_actor
from webapp.web.access.permissions import needs
from webapp.web.access.visible import current_runtime, selected_camera
from webapp.web.camera_pauses import PauseForm, with_pauses
from webapp.web.camera_purposes import purposes_of
from webapp.web.pages.first_hour import first_hour
from webapp.web.pages.local_times import current_zone
from webapp.web.services import current_services, utc_now

DEMO_SCENE = "DEMO_SCENE"
COUNTS = ("no", "one", "two", "three", "four", "five", "six")
bp = Blueprint("dashboard", __name__)


@bp.get("/")
@needs(Permission.WATCH)
def index() -> ResponseReturnValue:
    """Show one camera live, or all side by side where none is named and there are several."""
    runtime, name = current_runtime(), request.args.get("camera")
    cameras = runtime.cameras()
    if not cameras and not name:
        return render_template("no_camera.html", first_hour=first_hour())
    if len(cameras) > 1 and not name:
        return _overview("grid.html", first_hour=first_hour())
    (camera,) = with_pauses([selected_camera(name)])
    rules, disclosure = current_services().rules(), camera.disclosure
    shows = disclosure.shown_to(viewers=current_actor().is_viewer)
    return render_template(
        "dashboard.html",
        shows=shows,
        privacy_words=PRIVACY_WORDS,
        disclosure_words=disclosure_words(shows, disclosure.min_group),
        cameras=cameras,
        camera=camera,
        purposes=purposes_of([camera]),
        demo_scene=_demo_scene(camera),
        first_hour=first_hour(),
        pause_form=PauseForm(None, current_zone(), utc_now()),
        classes=runtime.classes,
        alert_emotions=runtime.alert_emotions,
        limits=camera_limits(rules, camera.name, runtime.alert_emotions, runtime.classes),
    )


@bp.get("/wall")
@needs(Permission.WATCH)
def wall() -> ResponseReturnValue:
    """Show all cameras on a screen that nobody touches."""
    return _overview("wall.html")


def _overview(template: str, **more: Any) -> str:
    runtime = current_runtime()
    cameras, watched = with_pauses(runtime.cameras()), runtime.alert_emotions
    return render_template(
        template,
        cameras=cameras,
        purposes=purposes_of(cameras),
        alert_emotions=watched,
        **more,
    )


def _demo_scene(camera: CameraStatus) -> dict[str, Any] | None:
    """Return what the demo will show, as the page's script counts towards it; None elsewhere."""
    scene: DemoScene | None = current_app.config[DEMO_SCENE]
    if scene is None or camera.source_kind != SourceKind.DEMO:
        return None
    classes = current_runtime().classes
    rule = limiting_rule(current_services().rules(), camera.name, classes)
    return {
        "loopS": scene.loop_s,
        "fromS": scene.from_s,
        "untilS": scene.until_s,
        "who": f"{COUNTS[scene.people]} of the {COUNTS[scene.in_view]} people",
        "looks": scene.looks,
        "firesAfterS": fires_after_s(scene, rule),
    }
