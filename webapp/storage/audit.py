"""Who changed what, and when.

Entries outlast `RETENTION_DAYS`: what people write about an alert goes to the alert, not here.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.storage.alert_tables import AuditRow


@dataclass(frozen=True)
class AuditEntry:
    """One change; `details` is JSON-like."""

    at: datetime
    author: str
    action: str
    details: Any


def note(session: Session, author: str, action: str, details: Any, now: datetime) -> None:
    """Write an entry; it stands or falls with the session's transaction."""
    text = json.dumps(details, ensure_ascii=False, sort_keys=True)
    session.add(AuditRow(at=now, author=author, action=action, details=text))


def list_entries(session: Session, most: int = 100) -> list[AuditEntry]:
    """List the newest entries first."""
    rows = session.scalars(
        select(AuditRow).order_by(AuditRow.at.desc(), AuditRow.id.desc()).limit(most)
    )
    return [AuditEntry(row.at, row.author, row.action, json.loads(row.details)) for row in rows]
