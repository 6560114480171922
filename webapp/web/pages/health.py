"""The page that says how the server is doing, for a person."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.core.access import Permission
from webapp.core.alert_rules import RuleKind
from webapp.core.camera_status import CameraStatus
from webapp.core.durations import total_text
from webapp.core.errors import StorageError
from webapp.storage.alerts import list_alerts
from webapp.storage.outbox import undelivered
from webapp.storage.receivers import list_receivers
from webapp.web.access.camera_titles import title_of
from webapp.web.access.guard import current_actor
from webapp.web.access.permissions import needs
from webapp.web.camera_pauses import with_pauses
from webapp.web.camera_purposes import due_soon
from webapp.web.pages.health_words import Tone, findings, of_camera, size_text
from webapp.web.server_state import read_state
from webapp.web.services import current_database, utc_now

MOST_PAST = 8
bp = Blueprint("health", __name__, url_prefix="/admin/health")


@dataclass(frozen=True)
class PastTrouble:
    """Something that went wrong."""

    at: datetime
    text: str


@bp.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """Show what is wrong, then how everything is doing."""
    now = utc_now()
    state = read_state(current_actor())
    state = replace(state, cameras=with_pauses(state.cameras))
    return render_template(
        "health.html",
        now=now,
        state=state,
        findings=findings(state, now),
        cameras=_worst_first(state.cameras),
        purposes_due=due_soon(state.cameras),
        past=_past_troubles(),
        size_text=size_text,
        total_text=total_text,
    )


def _worst_first(cameras: Sequence[CameraStatus]) -> list[CameraStatus]:
    """Return those first with which something is wrong, then the others, each in their order."""
    order = list(Tone)

    def rank(camera: CameraStatus) -> int:
        return min((order.index(each.tone) for each in of_camera(camera)), default=len(order))

    return sorted(cameras, key=rank)


def _past_troubles() -> list[PastTrouble]:
    """Return what the database tells of the past, newest first; nothing while it is away."""
    try:
        with current_database().session() as work:
            troubles = [*_silences_of_cameras(work), *_given_up(work)]
    except StorageError:
        return []
    return sorted(troubles, key=lambda trouble: trouble.at, reverse=True)[:MOST_PAST]


def _silences_of_cameras(work: Session) -> list[PastTrouble]:
    alerts = list_alerts(work, kind=RuleKind.NO_DATA, most=MOST_PAST)
    return [
        PastTrouble(alert.fired_at, f"The camera “{title_of(alert.camera)}” gave nothing to read.")
        for alert in alerts
    ]


def _given_up(work: Session) -> list[PastTrouble]:
    names = {each.key: each.receiver.name for each in list_receivers(work)}
    return [
        PastTrouble(
            message.failed_at,
            f"A message to “{names.get(message.target, 'a receiver that is gone')}” was given up. "
            f"{message.last_error}",
        )
        for message in undelivered(work, most=MOST_PAST)
        if message.failed_at
    ]
