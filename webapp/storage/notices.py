"""Writes a change of an alert together with the messages it calls for: both or neither."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from webapp.core.alert_engine import AlertChange
from webapp.core.alert_rules import RuleKind
from webapp.core.alert_text import alert_url, body, title
from webapp.core.alerts import Change, Phase, Transition
from webapp.core.message_fields import fields_of
from webapp.storage.alert_tables import AlertRow, OutboxRow
from webapp.storage.alerts import OPEN, evidence_of, record_change
from webapp.storage.cameras import camera_title
from webapp.storage.outbox import post, told_targets
from webapp.storage.receivers import StoredReceiver, list_receivers
from webapp.storage.rules import find_rule
from webapp.storage.silences import is_silent


@dataclass(frozen=True)
class NoticePolicy:
    """How often at most anybody is notified; who is, the table of receivers says.

    Attributes:
        cooldown_s: least time between two messages that anything fires, over all cameras.
        zone: of the times in messages, and of the hours of receivers.
        public_url: where browsers find the server, without a slash at the end; "" gives messages
            no link.
    """

    cooldown_s: float
    zone: tzinfo
    public_url: str = ""


def write_change(
    session: Session, change: AlertChange, policy: NoticePolicy, now: datetime
) -> bool:
    """Record a change and post the notifications it calls for.

    The first firing calls for them, unless silenced or cooling down, to every receiver that wants
    it, and the end to those who had the beginning. What lasts longer than its silence or cooldown,
    or until the hours of a receiver begin, is for `notify_of_lasting`. Nothing holds back a test,
    which goes to every receiver.

    Returns:
        Whether the change was new.
    """
    transition = change.transition
    is_first = session.get(AlertRow, transition.alert_id) is None
    if not record_change(session, change):
        return False
    if transition.change == Change.FIRING:
        is_due = is_first and (_is_test(change) or _may_notify(session, change, policy, now))
    else:
        notified = select(OutboxRow.id).where(OutboxRow.alert_id == transition.alert_id).limit(1)
        is_due = transition.change == Change.RESOLVED and session.scalar(notified) is not None
    if is_due:
        _post(session, change, policy, now)
    return True


def without_notification(session: Session, policy: NoticePolicy, now: datetime) -> list[str]:
    """List the firing alerts, by id, that some receiver wants, that nobody was notified of and
    nobody acknowledged.
    """
    is_notified = select(OutboxRow.id).where(OutboxRow.alert_id == AlertRow.id).exists()
    query = select(AlertRow.id, AlertRow.rule_id, AlertRow.camera)
    unseen = session.execute(
        query.where(*_fires_unseen(), ~is_notified).order_by(AlertRow.fired_at)
    )
    receivers, local = list_receivers(session), now.astimezone(policy.zone)
    return [
        alert_id
        for alert_id, rule_id, camera in unseen
        if _who_wants(receivers, rule_id, camera, local)
    ]


def notify_of_lasting(session: Session, alert_id: str, policy: NoticePolicy, now: datetime) -> bool:
    """Post the notification of a firing alert once nothing holds it back.

    That is a silence, a cooldown, or that the camera gives no data, which is an alert of its own.

    It must be the first use of its session.

    Returns:
        Whether it was posted.
    """
    # Changes nothing, but lets no other end the alert before the message is in.
    still = update(AlertRow).where(AlertRow.id == alert_id, *_fires_unseen())
    if not session.execute(still.values(phase=Phase.FIRING)).rowcount:  # type: ignore[attr-defined]
        return False
    row = session.get_one(AlertRow, alert_id)
    rule = find_rule(session, row.rule_id)
    if rule is None:
        return False
    fired_at_s, since_s = row.fired_at.timestamp(), row.since.timestamp()
    transition = Transition(
        alert_id=row.id,
        change=Change.FIRING,
        at_s=fired_at_s,
        since_s=since_s,
        value=row.value,
        peak=row.peak,
        evidence=evidence_of(row),
    )
    change = AlertChange(rule, row.camera, transition)
    if _is_inhibited(session, change) or not _may_notify(session, change, policy, now):
        return False
    _post(session, change, policy, now)
    return True


def _is_inhibited(session: Session, change: AlertChange) -> bool:
    """Return whether an alert on expressions must wait until its camera gives data again."""
    is_away = (
        AlertRow.kind == RuleKind.NO_DATA,
        AlertRow.camera == change.camera,
        AlertRow.phase.in_(OPEN),
    )
    away = select(AlertRow.id).where(*is_away).limit(1)
    return change.rule.kind != RuleKind.NO_DATA and session.scalar(away) is not None


def _fires_unseen() -> tuple[ColumnElement[bool], ...]:
    is_real = AlertRow.kind != RuleKind.TEST
    return AlertRow.phase == Phase.FIRING, AlertRow.acknowledged_at.is_(None), is_real


def _is_test(change: AlertChange) -> bool:
    return change.rule.kind == RuleKind.TEST


def _post(session: Session, change: AlertChange, policy: NoticePolicy, now: datetime) -> None:
    transition, receivers = change.transition, list_receivers(session)
    url = alert_url(policy.public_url, transition.alert_id)
    camera = camera_title(session, change.camera)
    texts = title(change, camera), body(change, camera, policy.zone, url)
    fields = fields_of(change, camera, *texts, url)
    if transition.change == Change.RESOLVED:
        told = told_targets(session, transition.alert_id)
        targets = [each.key for each in receivers if each.receiver.is_enabled and each.key in told]
    elif _is_test(change):
        targets = [each.key for each in receivers if each.receiver.is_enabled]
    else:
        local = now.astimezone(policy.zone)
        targets = _who_wants(receivers, change.rule.id, change.camera, local)
    post(session, transition.alert_id, transition.change, targets, *texts, now, fields)


def _who_wants(
    receivers: Sequence[StoredReceiver], rule_id: int, camera: str, local: datetime
) -> list[str]:
    return [
        each.key
        for each in receivers
        if each.receiver.is_enabled and each.receiver.scope.wants(rule_id, camera, local)
    ]


def _may_notify(session: Session, change: AlertChange, policy: NoticePolicy, now: datetime) -> bool:
    if is_silent(session, change.camera, change.rule.id, now):
        return False
    # What lies ahead was written before the clock was set back. And an alert that was ended from
    # outside starts no cooldown: its receivers must learn that the condition lasts. Nor
    # does a test.
    is_real = and_(AlertRow.reason == "", AlertRow.kind != RuleKind.TEST)
    counts = (OutboxRow.change == Change.FIRING, OutboxRow.created_at <= now, is_real)
    fired = select(OutboxRow.id).join(AlertRow).where(*counts).limit(1)
    since = OutboxRow.created_at > now - timedelta(seconds=policy.cooldown_s)
    if policy.cooldown_s and session.scalar(fired.where(since)) is not None:
        return False
    since = OutboxRow.created_at > now - timedelta(seconds=change.rule.cooldown_s)
    same = fired.where(since, AlertRow.camera == change.camera, AlertRow.rule_id == change.rule.id)
    return not change.rule.cooldown_s or session.scalar(same) is None
