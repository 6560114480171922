"""The first admin page: rules, files that are being read, and who changed what."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Conflict, NotFound

from webapp.core.access import Permission
from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.errors import NameTakenError
from webapp.core.limit_proposal import LEAST_ANSWERS, NoProposal, Proposal
from webapp.core.messages import RulesChanged
from webapp.disk.swap import clear_swaps
from webapp.storage.audit import list_entries
from webapp.storage.retention import clock_doubt
from webapp.storage.rules import StoredRule, delete_rule, list_rules, save_rule
from webapp.web.access.camera_titles import title_of
from webapp.web.access.guard import current_actor, current_sign_in
from webapp.web.access.permissions import needs
from webapp.web.access.visible import current_runtime
from webapp.web.camera_purposes import due_soon
from webapp.web.pages.admin_files import files_going_on
from webapp.web.pages.audit import shown_entries
from webapp.web.pages.audit_words import details_text
from webapp.web.pages.history import RETENTION_DAYS
from webapp.web.pages.rule_answers import limit_fields, outlook_of, rule_answers
from webapp.web.pages.rule_form import (
    KIND_WORDS,
    RuleChoices,
    RuleForm,
    source_words,
    values_of,
)
from webapp.web.services import current_alerts, current_database, current_services, utc_now

MOST_AUDIT_ENTRIES = 50
NO_PROPOSAL_WORDS = {
    NoProposal.TOO_FEW: f"Other limits are proposed here once {LEAST_ANSWERS} alerts that the "
    "limits of today would raise are answered with yes or no.",
    NoProposal.NONE_WRONG: "No answered alert was false, so no other limits are proposed.",
    NoProposal.NONE_RIGHT: "No answered alert was right, so nothing tells which limits would keep "
    "right ones, and none are proposed.",
    NoProposal.IMPOSSIBLE: "No stricter limits would drop a false alert and keep the right ones, "
    "so none are proposed.",
}
bp = Blueprint("admin", __name__, url_prefix="/admin")


@bp.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """Show rules, files and the newest changes."""
    alerts = current_alerts()
    stored_rules, among = _stored_rules(), current_actor().cameras
    with current_database().session() as work:
        files = files_going_on(work)
        entries = list_entries(work, MOST_AUDIT_ENTRIES)
        answered = rule_answers(work, [stored.rule for stored in stored_rules], among)
        clock_trouble = clock_doubt(work, utc_now(), _kept_for())
        outlooks = {each.rule.id: outlook_of(work, each.rule, among) for each in answered}
    return render_template(
        "admin.html",
        rules=stored_rules,
        answers={each.rule.id: each for each in answered},
        outlooks=outlooks,
        limit_fields=limit_fields,
        no_proposal_words=NO_PROPOSAL_WORDS,
        classes=current_runtime().classes,
        values_of=values_of,
        kind_words=KIND_WORDS,
        source_words=source_words,
        setting_words=details_text,
        first_rules=alerts.first_rules,
        files=files,
        purposes_due=due_soon(current_runtime().cameras()),
        entries=shown_entries(entries),
        trouble=alerts.trouble(),
        clock_trouble=clock_trouble,
        swaps=clear_swaps(),
        dropped_rows=alerts.dropped_rows(),
    )


@bp.route("/rules/new", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def add() -> ResponseReturnValue:
    """Show the form of a new rule, or add what it sends."""
    return _edit(0, None)


@bp.route("/rules/<int:rule_id>", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def edit(rule_id: int) -> ResponseReturnValue:
    """Show the form of a rule, or save what it sends."""
    return _edit(rule_id, _find(rule_id))


@bp.post("/rules/<int:rule_id>/switch")
@needs(Permission.ADMINISTER)
def switch(rule_id: int) -> ResponseReturnValue:
    """Switch a rule on or off."""
    rule = _find(rule_id).rule
    return _save(replace(rule, is_enabled=request.form.get("on") == "1"))


@bp.post("/rules/<int:rule_id>/limits")
@needs(Permission.ADMINISTER)
def take_limits(rule_id: int) -> ResponseReturnValue:
    """Give a rule the limits that its answers speak for, if they still are those on the page."""
    rule = _find(rule_id).rule
    with current_database().session() as work:
        outlook = outlook_of(work, rule, current_actor().cameras)
    sent = {name: value for name, value in request.form.items() if name != "csrf_token"}
    if not isinstance(outlook, Proposal) or sent != limit_fields(outlook.limits):
        raise Conflict(
            "These limits are not proposed any more: alerts were answered or the rule was changed "
            "since the page was read. Open it again; nothing was changed."
        )
    return _save(replace(rule, limits=outlook.limits))


@bp.post("/rules/<int:rule_id>/delete")
@needs(Permission.ADMINISTER)
def delete(rule_id: int) -> ResponseReturnValue:
    """Remove a rule."""
    name = _find(rule_id).rule.name
    with current_database().session() as work:
        delete_rule(work, rule_id, _author(), utc_now())
    _rules_changed()
    flash(f"The rule “{name}” is removed.", "rules")
    return redirect(url_for("admin.index"), code=303)


def _edit(rule_id: int, stored: StoredRule | None) -> ResponseReturnValue:
    choices = _choices(rule_id, stored.rule if stored else None)
    if request.method != "POST":
        values = values_of(stored.rule) if stored else _first_values()
        return _form_page(rule_id, RuleForm(None, choices, values), stored)
    form = RuleForm(request.form, choices)
    if not form.validate():
        return _form_page(rule_id, form, stored), 400
    try:
        return _save(form.rule(rule_id))
    except NameTakenError as error:
        # By somebody who saved since the form was read.
        form.name.errors.append(str(error))
        return _form_page(rule_id, form, stored), 409


def _save(rule: AlertRule) -> ResponseReturnValue:
    with current_database().session() as work:
        save_rule(work, rule, _author(), utc_now())
    _rules_changed()
    state = (
        "saved and watched from now on" if rule.is_enabled else "switched off; it watches nothing"
    )
    flash(f"The rule “{rule.name}” is {state}.", "rules")
    return redirect(url_for("admin.index"), code=303)


def _rules_changed() -> None:
    """Let the watch and every open page know."""
    current_alerts().rules_changed()
    current_services().sockets.publish(RulesChanged())


def _form_page(rule_id: int, form: RuleForm, stored: StoredRule | None) -> str:
    sources = stored.sources() if stored else {}
    return render_template("rule.html", rule_id=rule_id, form=form, sources=sources)


def _choices(rule_id: int, rule: AlertRule | None) -> RuleChoices:
    """Offer cameras and expressions of now, and those the rule has had so far."""
    runtime, names = current_runtime(), [s.rule.name for s in _stored_rules(but=rule_id)]
    cameras = {status.name: status.label for status in runtime.cameras()}
    if rule is None:
        return RuleChoices(cameras, runtime.classes, names)
    kept = {rule.camera: title_of(rule.camera)} if rule.camera else {}
    gone = [name for name in rule.expressions if name not in runtime.classes]
    return RuleChoices(kept | cameras, [*runtime.classes, *gone], names)


def _first_values() -> dict[str, Any]:
    """Fill in a new rule like the first one that watches expressions."""
    like = (s.rule for s in _stored_rules() if s.rule.kind == RuleKind.EXPRESSION)
    rule = next(like, None)
    blank = {"kind": "expression", "expressions": [], "is_enabled": True}
    return values_of(replace(rule, camera=None, is_enabled=True)) | {"name": ""} if rule else blank


def _kept_for() -> timedelta:
    return timedelta(days=current_app.config[RETENTION_DAYS])


def _stored_rules(but: int = 0) -> list[StoredRule]:
    with current_database().session() as work:
        return [stored for stored in list_rules(work) if stored.rule.id != but]


def _find(rule_id: int) -> StoredRule:
    for stored in _stored_rules():
        if stored.rule.id == rule_id:
            return stored
    raise NotFound("There is no such rule; it may have been removed.")


def _author() -> str:
    return current_sign_in().user.username
