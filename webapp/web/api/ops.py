"""Whether the process is up and able to work, for supervisors."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from webapp.core.access import Permission
from webapp.web.access.permissions import Audience, needs
from webapp.core.errors import StorageError
from webapp.core.snapshot import Readiness
from webapp.web.services import current_database, current_services

NOT_RUNNING = Readiness(
    {"camera": False, "model": False},
    {"camera": "The cameras are not running yet.", "model": "The model is not loaded yet."},
)
bp = Blueprint("ops", __name__)


@bp.get("/healthz")
@needs(Audience.EVERYBODY)
def healthz() -> ResponseReturnValue:
    """Tell that the process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@needs(Permission.READ_HEALTH)
def readyz() -> ResponseReturnValue:
    """Tell whether cameras, model and database work, part by part."""
    runtime = current_services().runtime
    live = runtime.readiness() if runtime else NOT_RUNNING
    fault = _database_fault()
    parts = live.parts | {"database": not fault}
    reasons = live.reasons | ({"database": fault} if fault else {})
    is_ready = Readiness(parts, reasons).is_ready
    status = "ready" if is_ready else "not ready"
    return jsonify(status=status, parts=parts, reasons=reasons), 200 if is_ready else 503


def _database_fault() -> str:
    """Tell why the database cannot be read, or not be written: on a full disk it still answers."""
    try:
        current_database().check()
    except StorageError as error:
        return str(error)
    desk = current_services().alerts
    return desk.trouble() if desk else ""
