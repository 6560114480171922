"""The first steps of an admin on the dashboard: what is there, and an alert that is tried."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.core.access import Permission, may
from webapp.core.alert_rules import RuleKind
from webapp.core.camera_state import SourceKind
from webapp.core.camera_status import CameraStatus
from webapp.core.played_alert import LASTS_S
from webapp.storage.alerts import Alert, find_alert
from webapp.storage.audit import note
from webapp.storage.first_hour import Deed, Step, settle, settled
from webapp.storage.receivers import list_receivers
from webapp.web.access.guard import current_actor, current_sign_in
from webapp.web.access.permissions import needs
from webapp.web.access.visible import current_runtime, find_camera
from webapp.web.camera_purposes import ShownPurpose, purposes_of
from webapp.web.pages.alert import Told, told_of
from webapp.web.services import current_alerts, current_database, current_services, utc_now

bp = Blueprint("first_hour", __name__, url_prefix="/first-hour")


@dataclass(frozen=True)
class ShownStep:
    """A step, and whether something is left to do."""

    step: Step
    is_done: bool
    is_skipped: bool

    @property
    def is_settled(self) -> bool:
        """Whether nobody needs to be asked any more."""
        return self.is_done or self.is_skipped


@dataclass(frozen=True)
class Tried:
    """How far a played alert went.

    Attributes:
        alert: None until it is written.
        pages: how many pages that show alerts are open now.
        has_receivers: whether anybody is told by a message.
    """

    alert_id: str
    alert: Alert | None
    told: Sequence[Told]
    pages: int
    has_receivers: bool

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to learn soon: it ended, and each message was tried."""
        has_ended = self.alert is not None and not self.alert.is_open
        tries = (each.delivery for each in self.told)
        return has_ended and all(t.sent_at or t.failed_at or t.last_error for t in tries)


@dataclass(frozen=True)
class FirstHour:
    """What the dashboard shows of it.

    Attributes:
        waiting: a camera that is off until its purpose is stated; None where there is none.
    """

    steps: Sequence[ShownStep]
    tried: Tried | None
    waiting: ShownPurpose | None = None


def first_hour() -> FirstHour | None:
    """Return the first steps for an admin while one is open, or an alert was just tried."""
    if not may(current_actor(), Permission.ADMINISTER):
        return None
    cameras = current_runtime().cameras()
    waiting = next((each for each in purposes_of(cameras) if each.hold), None)
    with current_database().session() as work:
        steps = _steps(work, has_camera=waiting is None and _has_camera(cameras))
        tried = _tried(work, alert_id) if (alert_id := request.args.get("tried")) else None
    is_open = tried or not all(step.is_settled for step in steps)
    return FirstHour(steps, tried, waiting) if is_open else None


@bp.post("/<step>/skip")
@needs(Permission.ADMINISTER)
def skip(step: str) -> ResponseReturnValue:
    """Ask nobody any more for a step."""
    if step not in list(Step):
        abort(404)
    with current_database().session() as work:
        settle(work, Step(step), Deed.SKIPPED, utc_now())
    return redirect(url_for("dashboard.index", camera=request.form.get("camera") or None), 303)


@bp.post("/alert/try")
@needs(Permission.ADMINISTER)
def try_alert() -> ResponseReturnValue:
    """Play an alert at a camera through the whole chain."""
    camera = find_camera(request.form.get("camera", "")).name
    if any(alert.kind == RuleKind.TEST for alert in current_alerts().live()):
        flash(f"A test alert is going on; it ends within {LASTS_S:.0f} seconds.", "refused")
        return redirect(url_for("dashboard.index", camera=camera), 303)
    alert_id = current_alerts().play_test(camera)
    author, now = current_sign_in().user.username, utc_now()
    with current_database().session() as work:
        settle(work, Step.ALERT, Deed.DONE, now)
        note(work, author, "alert tried", {"camera": camera}, now)
    place = url_for("dashboard.index", camera=camera, tried=alert_id, _anchor="first-hour")
    return redirect(place, 303)


@bp.get("/alert/<alert_id>")
@needs(Permission.ADMINISTER)
def result(alert_id: str) -> ResponseReturnValue:
    """Return how far a played alert went, as a part of the dashboard."""
    with current_database().session() as work:
        tried = _tried(work, alert_id)
    return render_template("_partials/tried_alert.html", tried=tried)


def _has_camera(cameras: Sequence[CameraStatus]) -> bool:
    return any(status.source_kind != SourceKind.DEMO for status in cameras)


def _steps(work: Session, *, has_camera: bool) -> list[ShownStep]:
    known = settled(work)
    is_there = {
        Step.CAMERA: has_camera,
        Step.RECEIVER: any(each.receiver.is_enabled for each in list_receivers(work)),
        Step.ALERT: (Step.ALERT, Deed.DONE) in known,
    }
    return [ShownStep(s, is_there[s], (s, Deed.SKIPPED) in known) for s in Step]


def _tried(work: Session, alert_id: str) -> Tried:
    alert = find_alert(work, alert_id)
    if alert and alert.kind != RuleKind.TEST:
        abort(404)
    return Tried(
        alert_id,
        alert,
        told_of(work, alert_id) if alert else (),
        current_services().sockets.page_count(),
        any(each.receiver.is_enabled for each in list_receivers(work)),
    )
