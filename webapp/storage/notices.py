"""Writes a change of an alert together with the messages it calls for: both or neither."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from webapp.core.alert_engine import AlertChange
from webapp.core.alert_rules import RuleKind
from webapp.core.alert_text import body, title
from webapp.core.alerts import Change, Phase, Transition
from webapp.storage.alert_tables import AlertRow, OutboxRow
from webapp.storage.alerts import OPEN, record_change
from webapp.storage.outbox import post
from webapp.storage.rules import find_rule
from webapp.storage.silences import is_silent


@dataclass(frozen=True)
class NoticePolicy:
    """Who is told.

    Attributes:
        targets: digests of the receivers' URLs.
        cooldown_s: least time between two messages that anything fires, over all cameras.
        zone: in which messages tell times.
    """

    targets: tuple[str, ...]
    cooldown_s: float
    zone: tzinfo


def write_change(
    session: Session, change: AlertChange, policy: NoticePolicy, now: datetime
) -> bool:
    """Record a change and post what it calls for.

    Told are the first firing, unless silenced or cooling down, and the end of what was told. What
    lasts longer than its silence or cooldown is for `tell_what_lasts`.

    Returns:
        Whether the change was new.
    """
    transition = change.transition
    is_first = session.get(AlertRow, transition.alert_id) is None
    if not record_change(session, change):
        return False
    if transition.change == Change.FIRING:
        is_told = is_first and _may_tell(session, change, policy, now)
    else:
        is_told = transition.change == Change.RESOLVED and _was_told(session, transition.alert_id)
    if is_told:
        _post(session, change, policy, now)
    return True


def untold(session: Session) -> list[str]:
    """List the alerts, by id, that fire, were never told and that nobody has acknowledged."""
    was_told = select(OutboxRow.id).where(OutboxRow.alert_id == AlertRow.id).exists()
    query = select(AlertRow.id).where(*_fires_unseen(), ~was_told).order_by(AlertRow.fired_at)
    return list(session.scalars(query))


def tell_what_lasts(session: Session, alert_id: str, policy: NoticePolicy, now: datetime) -> bool:
    """Post the message of an untold alert once nothing holds it back.

    That is a silence, a cooldown, or that the camera gives no data, which is told by itself.

    It must be the first use of its session.

    Returns:
        Whether it was posted.
    """
    # Changes nothing, but lets no other end the alert before the message is in.
    still = update(AlertRow).where(AlertRow.id == alert_id, *_fires_unseen())
    if not session.execute(still.values(phase=Phase.FIRING)).rowcount:  # type: ignore[attr-defined]
        return False
    change = _as_change(session, session.get_one(AlertRow, alert_id))
    if change is None or _is_inhibited(session, change):
        return False
    if not _may_tell(session, change, policy, now):
        return False
    _post(session, change, policy, now)
    return True


def _is_inhibited(session: Session, change: AlertChange) -> bool:
    """Tell whether an alert on expressions must wait until its camera gives data again."""
    is_away = (
        AlertRow.kind == RuleKind.NO_DATA,
        AlertRow.camera == change.camera,
        AlertRow.phase.in_(OPEN),
    )
    away = select(AlertRow.id).where(*is_away).limit(1)
    return change.rule.kind != RuleKind.NO_DATA and session.scalar(away) is not None


def _fires_unseen() -> tuple[ColumnElement[bool], ...]:
    return AlertRow.phase == Phase.FIRING, AlertRow.acknowledged_at.is_(None)


def _as_change(session: Session, row: AlertRow) -> AlertChange | None:
    rule = find_rule(session, row.rule_id)
    if rule is None:
        return None
    fired_at_s, since_s = row.fired_at.timestamp(), row.since.timestamp()
    transition = Transition(row.id, Change.FIRING, fired_at_s, since_s, row.value, row.peak)
    return AlertChange(rule, row.camera, transition)


def _post(session: Session, change: AlertChange, policy: NoticePolicy, now: datetime) -> None:
    texts = title(change), body(change, policy.zone)
    transition = change.transition
    post(session, transition.alert_id, transition.change, policy.targets, *texts, now)


def _may_tell(session: Session, change: AlertChange, policy: NoticePolicy, now: datetime) -> bool:
    if is_silent(session, change.camera, change.rule.id, now):
        return False
    # What lies ahead was written before the clock was set back. And who was told that an alert
    # was ended from outside must hear that it lasts.
    counts = (OutboxRow.change == Change.FIRING, OutboxRow.created_at <= now, AlertRow.reason == "")
    fired = select(OutboxRow.id).join(AlertRow).where(*counts).limit(1)
    since = OutboxRow.created_at > now - timedelta(seconds=policy.cooldown_s)
    if policy.cooldown_s and session.scalar(fired.where(since)) is not None:
        return False
    since = OutboxRow.created_at > now - timedelta(seconds=change.rule.cooldown_s)
    same = fired.where(since, AlertRow.camera == change.camera, AlertRow.rule_id == change.rule.id)
    return not change.rule.cooldown_s or session.scalar(same) is None


def _was_told(session: Session, alert_id: str) -> bool:
    fired = select(OutboxRow.id).where(OutboxRow.alert_id == alert_id)
    return session.scalar(fired.limit(1)) is not None
