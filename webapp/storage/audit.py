"""Who changed what or signed in, and when.

Entries outlast `RETENTION_DAYS`: what people write about an alert goes to the alert, not here.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.storage.alert_tables import AuditRow

SIGNED_IN, SIGN_IN_FAILED, SIGNED_OUT = "signed in", "failed to sign in", "signed out"
PASSWORD_FAILED = "failed to confirm the password"
SIGN_INS = frozenset({SIGNED_IN, SIGN_IN_FAILED, SIGNED_OUT, PASSWORD_FAILED})
# What was typed as a name may be anybody's, or a password.
UNKNOWN_USER = "unknown user"
COMMAND_LINE, BY_PROXY = "command line", "proxy"


@dataclass(frozen=True)
class AuditEntry:
    """One change or sign-in; `details` is JSON-like."""

    id: int
    at: datetime
    author: str
    action: str
    details: Any


def note(session: Session, author: str, action: str, details: Any, now: datetime) -> None:
    """Write an entry; it stands or falls with the session's transaction."""
    text = json.dumps(details, ensure_ascii=False, sort_keys=True)
    session.add(AuditRow(at=now, author=author, action=action, details=text))


def list_entries(
    session: Session, most: int = 100, before_id: int | None = None, *, with_sign_ins: bool = False
) -> list[AuditEntry]:
    """List entries, the newest first.

    Args:
        before_id: lists only what was noted before the entry of this id.
        with_sign_ins: lists sign-ins, failed ones and sign-outs, too, not changes alone.
    """
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(most)
    if before_id is not None:
        query = query.where(AuditRow.id < before_id)
    if not with_sign_ins:
        query = query.where(AuditRow.action.not_in(SIGN_INS))
    return [
        AuditEntry(row.id, row.at, row.author, row.action, json.loads(row.details))
        for row in session.scalars(query)
    ]
