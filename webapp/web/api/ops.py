"""Whether the process is up and able to work, for supervisors."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from webapp.core.access import Permission
from webapp.core.camera_status import Readiness
from webapp.core.errors import StorageError
from webapp.web.access.guard import current_user
from webapp.web.access.permissions import Audience, needs
from webapp.web.access.visible import VisibleRuntime
from webapp.web.services import current_database, current_services

NOT_RUNNING = Readiness(
    {"camera": False, "model": False},
    {"camera": "The cameras are not running yet.", "model": "The model is not loaded yet."},
)
SIGN_IN_FOR_REASONS = "Sign in to see why."
bp = Blueprint("ops", __name__)


@bp.get("/healthz")
@needs(Audience.EVERYBODY)
def healthz() -> ResponseReturnValue:
    """Answer that the process is up."""
    return jsonify(status="ok")


@bp.get("/readyz")
@needs(Permission.READ_HEALTH)
def readyz() -> ResponseReturnValue:
    """Answer whether cameras, model and database work, part by part."""
    live = _live_readiness()
    fault = _database_fault()
    parts = {**live.parts, "database": not fault}
    reasons = {**live.reasons, **({"database": fault} if fault else {})}
    alerts = current_services().alerts
    if alerts and alerts.dropped_rows():
        # Gone for good: no reason to report what runs now as not ready.
        reasons["history"] = f"Rows of history given up since the start: {alerts.dropped_rows()}."
    is_ready = Readiness(parts, reasons).is_ready
    status = "ready" if is_ready else "not ready"
    return jsonify(status=status, parts=parts, reasons=reasons), 200 if is_ready else 503


def _live_readiness() -> Readiness:
    runtime, user = current_services().runtime, current_user()
    if runtime is None:
        return NOT_RUNNING
    if user is None:
        # With OPEN_OPS; the reasons name cameras.
        ready = runtime.readiness()
        return Readiness(ready.parts, dict.fromkeys(ready.reasons, SIGN_IN_FOR_REASONS))
    return VisibleRuntime(runtime, user.actor).readiness()


def _database_fault() -> str:
    """Return why the database cannot be read, or not be written: when full it still answers."""
    try:
        current_database().check()
    except StorageError as error:
        return str(error)
    alerts = current_services().alerts
    return alerts.trouble() if alerts else ""
