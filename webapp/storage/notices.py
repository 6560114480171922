"""Writes a change of an alert together with the messages it calls for: both or neither."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.core.alert_engine import AlertChange
from webapp.core.messages import body, title
from webapp.storage.alert_tables import AlertRow, OutboxRow
from webapp.storage.alerts import record_change
from webapp.storage.outbox import post
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

    Told are the first firing, unless silenced or cooling down, and the end of what was told.

    Returns:
        Whether the change was new.
    """
    transition = change.transition
    is_first = session.get(AlertRow, transition.alert_id) is None
    if not record_change(session, change):
        return False
    if transition.change == "firing":
        is_told = is_first and _may_tell(session, change, policy, now)
    else:
        is_told = transition.change == "resolved" and _was_told(session, transition.alert_id)
    if is_told:
        texts = title(change), body(change, policy.zone)
        post(session, transition.alert_id, transition.change, policy.targets, *texts, now)
    return True


def _may_tell(session: Session, change: AlertChange, policy: NoticePolicy, now: datetime) -> bool:
    if is_silent(session, change.camera, change.rule.id, now):
        return False
    # What lies ahead was written before the clock was set back. And who was told that an alert
    # was ended from outside must hear that it lasts.
    counts = (OutboxRow.change == "firing", OutboxRow.created_at <= now, AlertRow.reason == "")
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
