"""Forgets alerts and silences that are over for long; history has its own purge."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from webapp.storage.alert_tables import AlertEventRow, AlertRow, OutboxRow, SilenceRow

MOST_PURGED_ALERTS = 500


@dataclass(frozen=True)
class Purged:
    """How much was deleted."""

    history_rows: int = 0
    alerts: int = 0
    silences: int = 0

    def __add__(self, other: "Purged") -> "Purged":
        return Purged(
            self.history_rows + other.history_rows,
            self.alerts + other.alerts,
            self.silences + other.silences,
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
