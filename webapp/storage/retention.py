"""Forgets alerts and silences that are over for long; history has its own purge.

And says when the clock by which all of it is done cannot be believed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from webapp.storage.alert_tables import AlertEventRow, AlertRow, OutboxRow, SilenceRow
from webapp.storage.history import newest_hour_before

MOST_PURGED_ALERTS = 500
# A clock must be right for so long before anything is deleted by it.
STEADY = timedelta(days=1)
LONGEST_GAP = timedelta(days=7)


@dataclass(frozen=True)
class Purged:
    """How much was deleted."""

    history_rows: int = 0
    alerts: int = 0
    silences: int = 0
    pauses: int = 0
    audit_entries: int = 0

    def __add__(self, other: "Purged") -> "Purged":
        return Purged(
            self.history_rows + other.history_rows,
            self.alerts + other.alerts,
            self.silences + other.silences,
            self.pauses + other.pauses,
            self.audit_entries + other.audit_entries,
        )

    def __bool__(self) -> bool:
        return self != Purged()


def purge_alerts(session: Session, before: datetime) -> int:
    """Delete some alerts that were resolved before a time, with all that was noted and sent.

    Open alerts stay, however old. Call it until it returns 0, each time in a transaction of its
    own.

    Returns:
        How many alerts were deleted.
    """
    oldest = select(AlertRow.id).where(AlertRow.phase == "resolved", AlertRow.resolved_at < before)
    oldest = oldest.order_by(AlertRow.resolved_at).limit(MOST_PURGED_ALERTS)
    alert_ids = session.scalars(oldest).all()
    if alert_ids:
        session.execute(delete(OutboxRow).where(OutboxRow.alert_id.in_(alert_ids)))
        session.execute(delete(AlertEventRow).where(AlertEventRow.alert_id.in_(alert_ids)))
        session.execute(delete(AlertRow).where(AlertRow.id.in_(alert_ids)))
    return len(alert_ids)


def purge_silences(session: Session, before: datetime) -> int:
    """Delete the silences that ended before a time; returns how many."""
    is_over = or_(SilenceRow.until < before, SilenceRow.ended_at < before)
    return int(session.execute(delete(SilenceRow).where(is_over)).rowcount)  # type: ignore[attr-defined]


def clock_doubt(session: Session, now: datetime, keep: timedelta) -> str:
    """Return why nothing should be deleted by this clock yet, or "".

    A clock that jumps ahead makes all records old at once. Rows are written every ten seconds, so
    those of yesterday tell whether it did. Where there are none, it may be right after all, and
    the server was off: then it is believed once there are rows of a whole day.

    Args:
        keep: how long records are kept; a gap that is long beside it counts, too.
    """
    yesterday = now - STEADY
    start_s = newest_hour_before(session, yesterday.timestamp())
    if start_s is None:
        return ""
    gap = yesterday - datetime.fromtimestamp(start_s, UTC)
    if gap <= max(STEADY, min(LONGEST_GAP, keep / 2)):
        return ""
    return (
        f"by this machine's clock there is no history of the {gap.days} days up to yesterday. If "
        "the clock is wrong, set it; else they are deleted once there is history of a whole day, "
        "or now by `python -m webapp purge`"
    )
