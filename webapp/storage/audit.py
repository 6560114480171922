"""Who changed, watched or took what, or signed in, and when: a log that only grows.

Entries outlast `RETENTION_DAYS`: what people write about an alert goes to the alert, not here.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, event, func, not_, or_, select
from sqlalchemy.orm import Session

from webapp.storage.alert_tables import AuditRow
from webapp.storage.audit_chain import append

SIGNED_IN, SIGN_IN_FAILED, SIGNED_OUT = "signed in", "failed to sign in", "signed out"
PASSWORD_FAILED, RECOVERY_CODE_USED = "failed to confirm the password", "recovery code used"
TOKEN_USED, TOKEN_FAILED = "token used", "failed to use a token"
WATCHING_BEGAN, WATCHED, NOT_NOTED = "watching began", "watched", "watching not noted"
TRIED = "camera tried"
# What was typed as a name may be anybody's, or a password.
UNKNOWN_USER = "unknown user"
COMMAND_LINE, BY_PROXY = "command line", "proxy"
WAITING = "audit entries"


class AuditKind(StrEnum):
    """What an entry is about."""

    CHANGES = "changes"
    ALERTS = "alerts"
    PURPOSES = "purposes"
    EXPORTS = "exports"
    SIGN_INS = "sign-ins"
    WATCHING = "watching"


# Whatever is of no other kind is a change.
ACTIONS: Mapping[AuditKind, frozenset[str]] = {
    AuditKind.ALERTS: frozenset(
        {
            "alert tried",
            "alert acknowledged",
            "alert commented",
            "alert answered",
            "silence began",
            "silence ended",
        }
    ),
    AuditKind.PURPOSES: frozenset({"purpose stated", "purpose withdrawn"}),
    AuditKind.EXPORTS: frozenset(
        {
            "history exported",
            "reading exported",
            "audit log exported",
            "purposes exported",
            "report opened",
            "database backed up",
        }
    ),
    AuditKind.SIGN_INS: frozenset(
        {
            SIGNED_IN,
            SIGN_IN_FAILED,
            SIGNED_OUT,
            PASSWORD_FAILED,
            RECOVERY_CODE_USED,
            TOKEN_USED,
            TOKEN_FAILED,
        }
    ),
    AuditKind.WATCHING: frozenset({WATCHING_BEGAN, WATCHED, NOT_NOTED, TRIED}),
}
ALL_KINDS = frozenset(AuditKind)


@dataclass(frozen=True)
class AuditFilter:
    """What is asked for; an empty text, or None, asks for all.

    Attributes:
        author: who did it, whatever the case.
        camera: by its name.
        start: noted then or later, aware.
        end: noted before it.
    """

    kinds: frozenset[AuditKind] = ALL_KINDS
    author: str | None = None
    camera: str = ""
    start: datetime | None = None
    end: datetime | None = None


EVERYTHING = AuditFilter()
CHANGES_ALONE = AuditFilter(ALL_KINDS - {AuditKind.SIGN_INS, AuditKind.WATCHING})


@dataclass(frozen=True)
class AuditEntry:
    """One entry; `details` is JSON-like."""

    id: int
    at: datetime
    author: str
    action: str
    details: Any
    sha256: str


def note(session: Session, author: str, action: str, details: Any, now: datetime) -> None:
    """Write an entry; it stands or falls with the session's transaction.

    It is written at the end: until then nobody else has to wait with an own entry.
    """
    text = json.dumps(details, ensure_ascii=False, sort_keys=True)
    session.info.setdefault(WAITING, []).append((now, author, action, text))


@event.listens_for(Session, "before_commit")
def _write_waiting(session: Session) -> None:
    waiting = session.info.pop(WAITING, None)
    if waiting:
        # Whatever else is locked is locked before the log, by everybody: none waits in a circle.
        session.flush()
        append(session, waiting)


def list_entries(
    session: Session,
    most: int = 100,
    before_id: int | None = None,
    wanted: AuditFilter = CHANGES_ALONE,
) -> list[AuditEntry]:
    """List entries, the newest first.

    Args:
        before_id: lists only what was noted before the entry of this id.
        wanted: by default changes of all sorts, not who signed in or watched.
    """
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(most)
    if before_id is not None:
        query = query.where(AuditRow.id < before_id)
    for condition in _conditions(wanted):
        query = query.where(condition)
    return [
        AuditEntry(row.id, row.at, row.author, row.action, json.loads(row.details), row.sha256)
        for row in session.scalars(query)
    ]


def _conditions(wanted: AuditFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.kinds != ALL_KINDS:
        yield or_(*(_is_of(kind) for kind in sorted(wanted.kinds)))
    if wanted.author is not None:
        yield func.lower(AuditRow.author) == wanted.author.lower()
    if wanted.camera:
        # Beside its key, or as one of a list; as a key it would be followed by a colon.
        name = json.dumps(wanted.camera, ensure_ascii=False)
        forms = (f'"camera": {name}', f"[{name}", f", {name},", f", {name}]")
        yield or_(*(AuditRow.details.contains(form, autoescape=True) for form in forms))
    if wanted.start:
        yield AuditRow.at >= wanted.start
    if wanted.end:
        yield AuditRow.at < wanted.end


def _is_of(kind: AuditKind) -> ColumnElement[bool]:
    if kind == AuditKind.CHANGES:
        others = [name for names in ACTIONS.values() for name in names]
        return not_(AuditRow.action.in_(others))
    return AuditRow.action.in_(ACTIONS[kind])
