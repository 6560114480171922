"""The alerts page: what is open, what was, and silences; acknowledges several at once."""

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, NotFound

from webapp.core.access import Permission, may
from webapp.core.alert_groups import group_repeats
from webapp.core.messages import AlertRecord, SilencesChanged
from webapp.storage.alerts import fired_rules
from webapp.storage.rules import list_rules
from webapp.storage.silences import Silence, add_silence, current_silences, end_silence
from webapp.web.access.guard import current_actor, current_sign_in
from webapp.web.access.permissions import needs
from webapp.web.access.redirects import safe_target
from webapp.web.access.visible import current_runtime
from webapp.web.api.alert_records import Overview
from webapp.web.api.alerts import acknowledge_several, alerts_now, past_alerts
from webapp.web.pages.alert_filter import STATE_WORDS, WAITING, AlertFilter, read_filter
from webapp.web.pages.history_page import PRESET_WORDS
from webapp.web.pages.history_view import recorded_cameras
from webapp.web.pages.local_times import current_zone
from webapp.web.pages.rule_answers import RuleAnswers, rule_answers
from webapp.web.pages.silence_form import SilenceForm
from webapp.web.services import (
    current_alerts,
    current_database,
    current_services,
    utc_now,
)

PER_PAGE = 50
MOST_CHOSEN = 500
LAST_PAGE = 10_000
bp = Blueprint("alerts", __name__, url_prefix="/alerts")


@bp.get("")
@needs(Permission.WATCH)
def index() -> ResponseReturnValue:
    """Show open alerts first, then past ones, as far as they are asked for."""
    # A link may name camera and rule, to fill in the silence form.
    by_name = {name: str(rule_id) for rule_id, name in _rules()}
    rule = by_name.get(request.args.get("rule", ""), "")
    values = {"camera": request.args.get("camera", ""), "rule": rule, "length": "60"}
    wanted = read_filter(request.args, current_zone(), utc_now())
    return _page(_silence_form(None, values)), 400 if wanted.faults else 200


@bp.post("/acknowledge")
@needs(Permission.HANDLE_ALERTS)
def acknowledge_chosen() -> ResponseReturnValue:
    """Record that the user takes care of all alerts that were chosen."""
    # A box of repeats chooses several.
    chosen = {key for value in request.form.getlist("alert") for key in value.split(",") if key}
    back = safe_target(request.form.get("next"), url_for("alerts.index"))
    if not 0 < len(chosen) <= MOST_CHOSEN:
        got = f"{len(chosen)} were" if chosen else "none was"
        flash(f"Nothing is acknowledged: {got} chosen. Tick from 1 to {MOST_CHOSEN}.", "refused")
        return redirect(back, code=303)
    new, known = acknowledge_several(sorted(chosen))
    flash(_acknowledged_words(new, known), "acknowledged")
    return redirect(back, code=303)


@bp.post("/silences")
@needs(Permission.HANDLE_ALERTS)
def silence() -> ResponseReturnValue:
    """Begin a silence, or show the form again with what is wrong."""
    form = _silence_form(request.form)
    if not form.validate():
        return _page(form), 400
    author = current_sign_in().user.username
    with current_database().session() as work:
        added = add_silence(work, **vars(form.silence()), author=author, now=form.now)
    current_services().sockets.publish(SilencesChanged(), added.camera)
    return redirect(url_for("alerts.index", _anchor="silences"), code=303)


@bp.post("/silences/<int:silence_id>/end")
@needs(Permission.HANDLE_ALERTS)
def end(silence_id: int) -> ResponseReturnValue:
    """End a silence before its time."""
    author, now = current_sign_in().user.username, utc_now()
    with current_database().session() as work:
        seen = {silence.id: silence for silence in _seen_silences(work, now)}
        if silence_id not in seen or not end_silence(work, silence_id, author, now):
            raise NotFound("There is no such silence, or it is over already.")
    current_services().sockets.publish(SilencesChanged(), seen[silence_id].camera)
    return redirect(url_for("alerts.index", _anchor="silences"), code=303)


def _page(form: SilenceForm) -> str:
    alerts, number = current_alerts(), _page_number()
    wanted = read_filter(request.args, current_zone(), utc_now())
    past = _past(wanted, number) if wanted.shows_past else []
    with current_database().session() as work:
        silences = _seen_silences(work, utc_now())
        answers = _seen_answers(work, wanted.camera)
        filter_cameras = recorded_cameras(work)
        filter_rules = fired_rules(work, current_actor().cameras)
    return render_template(
        "alerts.html",
        filter=wanted,
        filter_cameras=filter_cameras,
        filter_rules=sorted({*filter_rules, *(name for _, name in _rules())}),
        state_words=STATE_WORDS,
        preset_words=PRESET_WORDS,
        rules=_rules(),
        now=Overview([alert for alert in alerts_now() if wanted.takes(alert)]),
        past=group_repeats(past[:PER_PAGE]),
        page_number=number,
        has_older=len(past) > PER_PAGE,
        silences=silences,
        answers=answers,
        form=form,
        trouble=alerts.trouble(),
    )


def _past(wanted: AlertFilter, page_number: int) -> list[AlertRecord]:
    """Return a page of what is over, and one more where there is another page."""
    return past_alerts(
        camera=wanted.camera,
        rule=wanted.rule,
        start=wanted.start,
        end=wanted.end,
        only_waiting=wanted.state == WAITING,
        most=PER_PAGE + 1,
        skip=PER_PAGE * (page_number - 1),
    )


def _acknowledged_words(new: int, known: int) -> str:
    alerts = "1 alert is" if new == 1 else f"{new} alerts are"
    others = f"; somebody had acknowledged {known} before" if known else ""
    return f"{alerts} acknowledged{others}."


def _silence_form(
    sent: MultiDict[str, str] | None, values: dict[str, Any] | None = None
) -> SilenceForm:
    form = SilenceForm(sent, current_zone(), utc_now(), values)
    form.offer(_cameras(), _rules(), for_all=current_actor().cameras is None)
    return form


def _cameras() -> dict[str, str]:
    return {status.name: status.label for status in current_runtime().cameras()}


def _rules() -> list[tuple[int, str]]:
    """List the rules that watch a camera which the user may see."""
    with current_database().session() as work:
        return _seen_rules(work)


def _seen_rules(work: Session) -> list[tuple[int, str]]:
    actor, rules = current_actor(), [stored.rule for stored in list_rules(work)]
    return [(r.id, r.name) for r in rules if may(actor, Permission.WATCH, r.camera)]


def _seen_silences(work: Session, now: datetime) -> list[Silence]:
    """List the silences that hold now for a camera which the user may see, or for all."""
    actor, silences = current_actor(), current_silences(work, now)
    seen = [s for s in silences if may(actor, Permission.WATCH, s.camera)]
    if actor.cameras is None:
        return seen
    # A rule of a hidden camera names it.
    rules = {rule_id for rule_id, _ in _seen_rules(work)}
    return [s for s in seen if s.rule_id is None or s.rule_id in rules]


def _seen_answers(work: Session, camera: str | None) -> list[RuleAnswers]:
    """List what was answered at one camera, or at all, as far as the user may see them."""
    actor = current_actor()
    is_seen = camera is not None and may(actor, Permission.WATCH, camera)
    among = actor.cameras if camera is None else {camera} if is_seen else set()
    return rule_answers(work, [stored.rule for stored in list_rules(work)], among)


def _page_number() -> int:
    text = request.args.get("page", "1")
    if not text.isdecimal() or not 1 <= int(text) <= LAST_PAGE:
        raise BadRequest("page: expected a whole number from 1.")
    return int(text)
