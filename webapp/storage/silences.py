"""Silences: no notifications for a while, by whom and why."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from webapp.storage.alert_tables import RuleRow, SilenceRow
from webapp.storage.audit import note


@dataclass(frozen=True)
class Silence:
    """Holds for one camera and one rule; None means for all of them."""

    id: int
    camera: str | None
    rule_id: int | None
    until: datetime
    reason: str
    author: str
    created_at: datetime


def add_silence(
    session: Session,
    *,
    camera: str | None,
    rule_id: int | None,
    until: datetime,
    reason: str,
    author: str,
    now: datetime,
) -> Silence:
    """Begin a silence."""
    row = SilenceRow(
        camera=camera, rule_id=rule_id, until=until, reason=reason, author=author, created_at=now
    )
    session.add(row)
    session.flush()
    details = _what(session, row) | {"until": until.isoformat(), "reason": reason}
    note(session, author, "silence began", details, now)
    return _as_silence(row)


def end_silence(session: Session, silence_id: int, author: str, now: datetime) -> bool:
    """End a silence before its time; False when it is over already."""
    is_on = and_(SilenceRow.ended_at.is_(None), SilenceRow.until > now)
    done = session.execute(
        update(SilenceRow).where(SilenceRow.id == silence_id, is_on).values(ended_at=now)
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        return False
    what = _what(session, session.get_one(SilenceRow, silence_id))
    note(session, author, "silence ended", {"silence": silence_id} | what, now)
    return True


def _what(session: Session, row: SilenceRow) -> dict[str, str | None]:
    """Return the camera and the rule by their names; None is all of them."""
    rule = session.get(RuleRow, row.rule_id) if row.rule_id else None
    return {"camera": row.camera, "rule": rule.name if rule else None}


def current_silences(session: Session, now: datetime) -> list[Silence]:
    """List the silences that hold now, the one that ends first at the top."""
    rows = session.scalars(
        select(SilenceRow)
        .where(SilenceRow.ended_at.is_(None), SilenceRow.until > now)
        .order_by(SilenceRow.until)
    )
    return [_as_silence(row) for row in rows]


def is_silent(session: Session, camera: str, rule_id: int, now: datetime) -> bool:
    """Return whether notifications of a rule for a camera are silenced now."""
    query = select(SilenceRow.id).where(
        SilenceRow.ended_at.is_(None),
        SilenceRow.until > now,
        or_(SilenceRow.camera.is_(None), SilenceRow.camera == camera),
        or_(SilenceRow.rule_id.is_(None), SilenceRow.rule_id == rule_id),
    )
    return session.scalar(query.limit(1)) is not None


def _as_silence(row: SilenceRow) -> Silence:
    return Silence(
        row.id, row.camera, row.rule_id, row.until, row.reason, row.author, row.created_at
    )
