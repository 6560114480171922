"""The page of receivers: whom alerts are sent to, and what became of the messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from webapp.core.access import Permission
from webapp.core.errors import EvenkeelError, NameTakenError, SealError
from webapp.core.message_fields import EXAMPLE
from webapp.core.receivers import AlertReceiver
from webapp.core.schedule import format_schedule
from webapp.core.webhooks import LABEL, Webhook, read_webhook
from webapp.storage.audit import note
from webapp.storage.outbox import Message, newest_messages, undelivered, waiting_count
from webapp.storage.receivers import (
    StoredReceiver,
    delete_receiver,
    list_receivers,
    save_receiver,
)
from webapp.storage.rules import list_rules
from webapp.web.access.camera_titles import title_of
from webapp.web.access.guard import current_sign_in
from webapp.web.access.permissions import needs
from webapp.web.access.visible import current_runtime
from webapp.web.pages.receiver_form import ReceiverChoices, ReceiverForm, values_of
from webapp.web.pages.webhook_form import WebhookForm
from webapp.web.services import current_alerts, current_database, current_services, utc_now

MOST_MESSAGES = 10
bp = Blueprint("receivers", __name__, url_prefix="/admin/receivers")


@dataclass(frozen=True)
class ShownReceiver:
    """One receiver as the page shows it.

    Attributes:
        url: None where the address cannot be read any more.
        messages: the newest ones, newest first.
        waiting_count: how many are still to be sent.
        told_of: which rules, cameras and hours, in words.
    """

    stored: StoredReceiver
    url: str | None
    messages: Sequence[Message]
    waiting_count: int
    told_of: str

    @property
    def receiver(self) -> AlertReceiver:
        """What is stored."""
        return self.stored.receiver

    @property
    def delivered(self) -> Message | None:
        """The newest message that arrived."""
        return next((message for message in self.messages if message.sent_at), None)

    @property
    def trouble(self) -> str:
        """Why what waits has not arrived yet, as far as it was tried."""
        waiting = (m for m in reversed(self.messages) if not m.sent_at and not m.failed_at)
        return next((message.last_error for message in waiting if message.last_error), "")


@bp.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """List the receivers, the newest messages to each, and what was given up besides."""
    with current_database().session() as work:
        shown = _shown(work)
        given_up = undelivered(work, but=[each.stored.key for each in shown])
    known = {each.url for each in shown}
    unused = [url for url in current_services().first_receivers if url not in known]
    # Where none can be read, nobody knows which of them the setting names.
    are_known = all(each.url for each in shown)
    return render_template(
        "receivers.html",
        receivers=shown,
        given_up=given_up,
        unused_count=len(unused) if are_known else 0,
    )


@bp.route("/new", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def add() -> ResponseReturnValue:
    """Show the form of a new receiver, or add what it sends."""
    return _edit(AlertReceiver(0, "", ""))


@bp.route("/new/webhook", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def add_webhook() -> ResponseReturnValue:
    """Show the form of a new webhook, or add what it sends."""
    return _edit(AlertReceiver(0, "", LABEL))


@bp.route("/<int:receiver_id>", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def edit(receiver_id: int) -> ResponseReturnValue:
    """Show the form of a receiver, or save what it sends."""
    return _edit(_find(receiver_id).receiver)


@bp.post("/<int:receiver_id>/switch")
@needs(Permission.ADMINISTER)
def switch(receiver_id: int) -> ResponseReturnValue:
    """Switch a receiver on or off."""
    receiver = _find(receiver_id).receiver
    return _save(replace(receiver, is_enabled=request.form.get("on") == "1"), None)


@bp.post("/<int:receiver_id>/delete")
@needs(Permission.ADMINISTER)
def delete(receiver_id: int) -> ResponseReturnValue:
    """Remove a receiver."""
    name = _find(receiver_id).receiver.name
    with current_database().session() as work:
        delete_receiver(work, receiver_id, _author(), utc_now())
    flash(f"“{name}” is removed and told nothing any more.", "receivers")
    return redirect(url_for("receivers.index"), code=303)


@bp.post("/<int:receiver_id>/test")
@needs(Permission.ADMINISTER)
def test(receiver_id: int) -> ResponseReturnValue:
    """Send a test message and say what became of it."""
    stored = _find(receiver_id)
    outcome, tone = "The receiver took the test message.", "good"
    try:
        current_alerts().send_test(stored.key)
    except SealError:
        outcome, tone = "Its address cannot be read any more; enter it again.", "warning"
    except EvenkeelError as error:
        outcome, tone = str(error), "warning"
    with current_database().session() as work:
        details = {"receiver": stored.receiver.name, "outcome": outcome}
        note(work, _author(), "test message", details, utc_now())
    flash(outcome, f"receiver-{receiver_id}-{tone}")
    return redirect(url_for("receivers.index", _anchor=f"receiver-{receiver_id}"), code=303)


def _edit(receiver: AlertReceiver) -> ResponseReturnValue:
    choices, is_sent = _choices(receiver), request.method == "POST"
    sent, values = (request.form, None) if is_sent else (None, values_of(receiver))
    if receiver.is_webhook:
        form: ReceiverForm = WebhookForm(sent, choices, values, _webhook(receiver))
    else:
        form = ReceiverForm(sent, choices, values)
    if not is_sent:
        return _form_page(receiver, form)
    if not form.validate():
        return _form_page(receiver, form), 400
    try:
        return _save(form.receiver(receiver.id), form.new_address)
    except NameTakenError as error:
        # By somebody who saved since the form was read.
        form.name.errors.append(str(error))
        return _form_page(receiver, form), 409


def _webhook(receiver: AlertReceiver) -> Webhook | None:
    """Return what is stored of a webhook; None where that is nothing, or cannot be read."""
    address = _address(_find(receiver.id)) if receiver.id else None
    return read_webhook(address) if address else None


def _save(receiver: AlertReceiver, url: str | None) -> ResponseReturnValue:
    sealer = current_services().sealer
    with current_database().session() as work:
        save_receiver(work, receiver, _author(), utc_now(), sealer, url)
    state = "is told of alerts" if receiver.is_enabled else "is switched off and told nothing"
    flash(f"“{receiver.name}” is saved and {state} from now on.", "receivers")
    return redirect(url_for("receivers.index"), code=303)


def _form_page(receiver: AlertReceiver, form: ReceiverForm) -> str:
    return render_template(
        "receiver.html", receiver=receiver, form=form, fields=EXAMPLE if receiver.is_webhook else ()
    )


def _choices(receiver: AlertReceiver) -> ReceiverChoices:
    """Offer rules and cameras of now, and the cameras that the receiver has had so far."""
    with current_database().session() as work:
        rules = {stored.rule.id: stored.rule.name for stored in list_rules(work)}
        others = [each for each in list_receivers(work) if each.receiver.id != receiver.id]
    cameras = {status.name: status.label for status in current_runtime().cameras()}
    gone = sorted((receiver.scope.cameras or frozenset()) - cameras.keys())
    return ReceiverChoices(
        rules=rules,
        cameras=cameras | {name: title_of(name) for name in gone},
        label=receiver.label,
        taken_names=[each.receiver.name for each in others],
        taken_addresses={url: o.receiver.name for o in others if (url := _address(o))},
        label_of=current_alerts().label_of,
    )


def _shown(work: Session) -> list[ShownReceiver]:
    rules = {stored.rule.id: stored.rule.name for stored in list_rules(work)}
    return [
        ShownReceiver(
            stored,
            _address(stored),
            newest_messages(work, stored.key, MOST_MESSAGES),
            waiting_count(work, stored.key),
            _told_of(stored.receiver, rules),
        )
        for stored in list_receivers(work)
    ]


def _told_of(receiver: AlertReceiver, rules: Mapping[int, str]) -> str:
    """Put into words which alerts a receiver is told of."""
    scope = receiver.scope
    if scope.rules == frozenset():
        return "Nothing: the rules it was told of are removed."
    named = sorted(rules[rule_id] for rule_id in scope.rules or () if rule_id in rules)
    of_rules = "All rules" if scope.rules is None else ", ".join(named)
    at = "all cameras" if scope.cameras is None else ", ".join(sorted(map(title_of, scope.cameras)))
    return f"{of_rules}; {at}; {format_schedule(scope.schedule) or 'at any hour'}"


def _address(stored: StoredReceiver) -> str | None:
    try:
        return stored.target(current_services().sealer).url
    except SealError:
        return None


def _find(receiver_id: int) -> StoredReceiver:
    with current_database().session() as work:
        for stored in list_receivers(work):
            if stored.receiver.id == receiver_id:
                return stored
    raise NotFound("There is no such receiver; it may have been removed.")


def _author() -> str:
    return current_sign_in().user.username
