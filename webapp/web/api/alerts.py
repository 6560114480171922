"""Alerts as JSON, and what may be done about them, by a program or by a form."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from flask import Blueprint, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest, Conflict, HTTPException, NotFound

from webapp.core.access import Permission, may
from webapp.core.alert_rules import RuleKind
from webapp.core.answers import ANSWER_WORDS, Answer
from webapp.core.api_tokens import TokenScope
from webapp.core.errors import StorageError
from webapp.core.messages import AlertNote, AlertRecord
from webapp.core.watch_gaps import Mute, watch_gaps
from webapp.storage.alerts import Alert, acknowledge, comment, find_alert, list_alerts
from webapp.storage.answers import ANSWERED, answer_alert
from webapp.storage.audit import note
from webapp.storage.silences import current_silences
from webapp.web.access.due import due_of
from webapp.web.access.guard import current_actor, current_sign_in, current_user
from webapp.web.access.permissions import needs
from webapp.web.access.redirects import safe_target
from webapp.web.access.visible import current_runtime
from webapp.web.api.alert_records import Overview, alert_json, as_record, merge
from webapp.web.negotiation import asks_for_page
from webapp.web.pages.local_times import clock_text, current_zone
from webapp.web.services import current_alerts, current_database, current_services, utc_now

MOST_TEXT_CHARACTERS = 1000
# JSON can hold them, no database takes both.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
MOST_LISTED = 200
NO_ALERT = "There is no alert with this id, or it is not written yet."
bp = Blueprint("alerts_api", __name__, url_prefix="/api/alerts")


@bp.get("")
@needs(Permission.WATCH, token=TokenScope.READ)
def list_as_json() -> ResponseReturnValue:
    """List pending and open alerts, and past ones unless only open ones are asked for."""
    current_alerts()
    only_open = request.args.get("open", "")
    if only_open not in ("", "0", "1"):
        raise BadRequest("open: expected 1 or 0.")
    camera = request.args.get("camera") or None
    records = alerts_now(camera)
    if only_open != "1":
        records += past_alerts(camera=camera, most=MOST_LISTED)
    return jsonify(alerts=[alert_json(record) for record in records], gaps=gaps_now())


@bp.post("/<alert_id>/ack")
@needs(Permission.HANDLE_ALERTS, token=TokenScope.ALERTS)
def acknowledge_alert(alert_id: str) -> ResponseReturnValue:
    """Record that the user takes care of an alert."""
    author, text, now = current_sign_in().user.username, _text(), utc_now()
    with current_database().session() as work:
        alert = _find_visible(work, alert_id)
        if not acknowledge(work, alert_id, author, text, now):
            raise _refusal(work, alert_id)
        note(work, author, "alert acknowledged", _about(alert), now)
    return _respond(alert_id, AlertNote(alert_id, "acknowledged", author, text, now))


@bp.post("/<alert_id>/comment")
@needs(Permission.HANDLE_ALERTS, token=TokenScope.ALERTS)
def comment_alert(alert_id: str) -> ResponseReturnValue:
    """Add a remark to an alert."""
    author, text, now = current_sign_in().user.username, _text(), utc_now()
    if not text:
        raise BadRequest("text: expected a comment, got none.")
    with current_database().session() as work:
        alert = _find_visible(work, alert_id)
        if not comment(work, alert_id, author, text, now):
            raise _refusal(work, alert_id)
        note(work, author, "alert commented", _about(alert), now)
    return _respond(alert_id, AlertNote(alert_id, "comment", author, text, now))


@bp.post("/<alert_id>/answer")
@needs(Permission.HANDLE_ALERTS, token=TokenScope.ALERTS)
def answer_whether_it_was_so(alert_id: str) -> ResponseReturnValue:
    """Keep what the user says of an alert that fired; the last answer counts."""
    author, answer, now = current_sign_in().user.username, _given_answer(), utc_now()
    with current_database().session() as work:
        alert = _find_visible(work, alert_id)
        if alert.kind == RuleKind.TEST:
            raise BadRequest("This alert was a test: there is nothing to answer.")
        is_new = answer_alert(work, alert_id, answer, author, now)
        if is_new:
            details = _about(alert) | {"answer": ANSWER_WORDS[answer]}
            if alert.answer:
                details["before"] = ANSWER_WORDS[alert.answer]
            note(work, author, "alert answered", details, now)
    news = AlertNote(alert_id, ANSWERED, author, answer, now) if is_new else None
    return _respond(alert_id, news)


def _about(alert: Alert) -> dict[str, str]:
    """Return what the audit log says of an alert, and of the token by which it is handled."""
    token = current_sign_in().token
    by_token = {"token": token.name} if token else {}
    return {"alert": alert.id, "rule": alert.rule_name, "camera": alert.camera} | by_token


@bp.app_context_processor
def offer_overview() -> dict[str, Any]:
    """Let every page show what is firing, asked only by pages that do, and the words of answers."""
    return {"alert_overview": _overview, "answer_words": ANSWER_WORDS}


def alerts_now(camera: str | None = None) -> list[AlertRecord]:
    """Return the pending and open alerts that the user may see, newest first."""
    alerts, actor = current_services().alerts, current_actor()
    with current_database().session() as work:
        silences = current_silences(work, utc_now())
        rows = list_alerts(
            work, camera=camera, among=actor.cameras, only_open=True, with_events=True
        )
    live = [
        alert
        for alert in (alerts.live() if alerts else ())
        if camera in (None, alert.camera) and may(actor, Permission.WATCH, alert.camera)
    ]
    return merge([as_record(row, silences) for row in rows], live, silences)


def past_alerts(*, most: int, **wanted: Any) -> list[AlertRecord]:
    """Return alerts that are over and that the user may see, newest first.

    Args:
        wanted: see `list_alerts`.
    """
    among = current_actor().cameras
    with current_database().session() as work:
        rows = list_alerts(work, among=among, only_past=True, with_events=True, most=most, **wanted)
    return [as_record(row) for row in rows]


def find_record(alert_id: str) -> AlertRecord:
    """Return an alert as it stands now, one that is pending or not written yet as well.

    Raises:
        NotFound: there is none, or it is at a camera that is hidden.
    """
    alerts, now = current_services().alerts, utc_now()
    with current_database().session() as work:
        stored, silences = find_alert(work, alert_id), current_silences(work, now)
    live = [alert for alert in (alerts.live() if alerts else ()) if alert.id == alert_id]
    records = merge([as_record(stored, silences)] if stored else [], live, silences)
    if not records or not may(current_actor(), Permission.WATCH, records[0].camera):
        raise NotFound(NO_ALERT)
    return records[0]


def acknowledge_several(alert_ids: Collection[str]) -> tuple[int, int]:
    """Record that the user takes care of alerts: of all that were chosen, or of none.

    Returns:
        How many of them nobody had acknowledged before, and how many somebody had.

    Raises:
        NotFound: one of them is not there, or at a camera that is hidden.
    """
    author, now = current_sign_in().user.username, utc_now()
    notes: list[tuple[AlertNote, str]] = []
    with current_database().session() as work:
        for alert_id in alert_ids:
            alert = _find_visible(work, alert_id)
            if acknowledge(work, alert_id, author, "", now):
                note(work, author, "alert acknowledged", _about(alert), now)
                notes.append((AlertNote(alert_id, "acknowledged", author, "", now), alert.camera))
    for news, camera in notes:
        current_services().sockets.publish(news, camera)
    return len(notes), len(alert_ids) - len(notes)


def gaps_now() -> tuple[str, ...]:
    """Return where nobody is watching what the user may see; nothing before the watch begins."""
    services = current_services()
    if services.alerts is None or services.runtime is None:
        return ()
    cameras = {status.name: status.label for status in current_runtime().cameras()}
    with current_database().session() as work:
        mutes = [Mute(s.camera, s.rule_id) for s in current_silences(work, utc_now())]
    local = utc_now().astimezone(current_zone())
    return watch_gaps(cameras, services.rules(), services.runtime.classes, mutes, local)


def _overview() -> Overview | None:
    """Return the alerts of now; None for who may not see them, and when they cannot be read."""
    user = current_user()
    if user is None or due_of(user):
        return None
    try:
        return Overview(alerts_now(), gaps_now())
    except StorageError:
        # The error page that says so is a page too.
        return None


def _given_answer() -> Answer:
    text = _sent("answer", "was")
    try:
        return Answer(text)
    except ValueError:
        expected = ", ".join(Answer)
        raise BadRequest(f"answer: expected one of {expected}, got {text[:40]!r}.") from None


def _text() -> str:
    text = _sent("text", "a remark")
    if len(text) > MOST_TEXT_CHARACTERS:
        raise BadRequest(
            f"text: expected at most {MOST_TEXT_CHARACTERS} characters, got {len(text)}."
        )
    if UNSTORABLE.search(text):
        raise BadRequest("text: expected characters, got NUL or one half of a surrogate pair.")
    return text.strip()


def _sent(name: str, example: str) -> str:
    given = request.get_json(silent=True) if request.is_json else request.form
    text = given.get(name, "") if isinstance(given, Mapping) else None
    if not isinstance(text, str):
        raise BadRequest(f'Expected a form or JSON such as {{"{name}": "{example}"}}.')
    return text


def _find_visible(work: Session, alert_id: str) -> Alert:
    """Return an alert; raises NotFound for one at a camera that is hidden, as for none at all."""
    alert = find_alert(work, alert_id)
    if alert is None or not may(current_actor(), Permission.WATCH, alert.camera):
        raise NotFound(NO_ALERT)
    return alert


def _refusal(work: Session, alert_id: str) -> HTTPException:
    alert = find_alert(work, alert_id)
    if alert is None or alert.acknowledged_at is None:
        return NotFound(NO_ALERT)
    return Conflict(
        f"{alert.acknowledged_by} acknowledged this alert already, "
        f"at {clock_text(alert.acknowledged_at)}."
    )


def _respond(alert_id: str, news: AlertNote | None) -> ResponseReturnValue:
    """Inform every page that shows the camera, if anything is new, then the one that asked."""
    with current_database().session() as work:
        alert = find_alert(work, alert_id)
        silences = current_silences(work, utc_now())
    # Of one that was purged this very moment nobody knows the camera, so nobody hears.
    if alert and news:
        current_services().sockets.publish(news, alert.camera)
    if asks_for_page():
        default = url_for("alerts.index", _anchor=f"alert-{alert_id}")
        return redirect(safe_target(request.form.get("next"), default), code=303)
    return jsonify(alert_json(as_record(alert, silences)) if alert else {})
