"""Whether the process is up and able to work, for supervisors."""

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue

from webapp.core.errors import StorageError
from webapp.core.snapshot import Readiness
from webapp.web.services import alerts_of, current_database, runtime_of

NOT_RUNNING = Readiness(
    {"camera": False, "model": False},
    {"camera": "The cameras are not running yet.", "model": "The model is not loaded yet."},
)
bp = Blueprint("ops", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer that the process is up."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Answer whether cameras, model and database work, part by part."""
    runtime = runtime_of(current_app)
    live = runtime.readiness() if runtime else NOT_RUNNING
    fault = _database_fault()
    parts = live.parts | {"database": not fault}
    reasons = live.reasons | ({"database": fault} if fault else {})
    alerts = alerts_of(current_app)
    if alerts and alerts.dropped_rows():
        # Gone for good: no reason to call what works now not ready.
        reasons["history"] = f"Rows of history given up since the start: {alerts.dropped_rows()}."
    is_ready = Readiness(parts, reasons).is_ready
    status = "ready" if is_ready else "not ready"
    return jsonify(status=status, parts=parts, reasons=reasons), 200 if is_ready else 503


def _database_fault() -> str:
    """Return why the database cannot be read, or not be written: when full it still answers."""
    try:
        current_database().check()
    except StorageError as error:
        return str(error)
    alerts = alerts_of(current_app)
    return alerts.trouble() if alerts else ""
