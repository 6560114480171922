"""How the server is doing, for supervisors and for Prometheus."""

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from webapp.core.access import Permission
from webapp.core.api_tokens import TokenScope
from webapp.web.access.guard import current_user
from webapp.web.access.permissions import Audience, needs
from webapp.web.api.metrics import StateCollector
from webapp.web.server_state import read_readiness, read_state
from webapp.web.services import current_services

SIGN_IN_FOR_REASONS = "Sign in to see why."
# Their reasons name no camera.
OPEN_REASONS = ("database", "redis")
bp = Blueprint("ops", __name__)


@bp.get("/healthz")
@needs(Audience.EVERYBODY)
def healthz() -> ResponseReturnValue:
    """Answer that the process is up."""
    return jsonify(status="ok")


@bp.get("/readyz")
@needs(Permission.READ_HEALTH, token=TokenScope.METRICS)
def readyz() -> ResponseReturnValue:
    """Answer whether cameras, model and database work, part by part."""
    user = current_user()
    ready = read_readiness(user.actor if user else None)
    reasons = dict(ready.reasons)
    if user is None:
        # With OPEN_OPS.
        reasons |= {part: SIGN_IN_FOR_REASONS for part in reasons if part not in OPEN_REASONS}
    alerts = current_services().alerts
    if alerts and alerts.dropped_rows():
        # Gone for good: no reason to report what runs now as not ready.
        reasons["history"] = f"Rows of history given up since the start: {alerts.dropped_rows()}."
    status = "ready" if ready.is_ready else "not ready"
    answer = jsonify(status=status, parts=ready.parts, reasons=reasons)
    return answer, 200 if ready.is_ready else 503


@bp.get("/metrics")
@needs(Permission.READ_HEALTH, token=TokenScope.METRICS)
def metrics() -> ResponseReturnValue:
    """Answer how everything is doing in figures, in the format that Prometheus asks for."""
    user = current_user()
    # One for each answer: nothing is left in the process from one to the next.
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StateCollector(read_state(user.actor if user else None)))
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return Response(encode(registry), content_type=content_type)
