"""The audit log's table as a chain: appended to, walked along, and cut at its old end."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from webapp.core.audit_chain import (
    GENESIS,
    PURGED,
    ChainEntry,
    ChainReport,
    Checkpoint,
    check_chain,
)
from webapp.storage.alert_tables import AuditCheckpointRow, AuditRow
from webapp.storage.only_writer import be_only_writer

MOST_PURGED = 5000
AT_ONCE = 1000
# Of PostgreSQL's advisory locks: "audit" in letters.
LOCK_KEY = int.from_bytes(b"audit")
# When, who, what, and the details as JSON text.
Unchained = tuple[datetime, str, str, str]


def append(session: Session, entries: Sequence[Unchained]) -> None:
    """Append entries, and let nobody else do so until the transaction ends."""
    _be_only_one_to_append(session)
    last_id, head = end_of_chain(session)
    rows = []
    for at, author, action, details in entries:
        entry = ChainEntry(last_id + 1, at, author, action, details, "")
        last_id, head = entry.id, entry.hashed_after(head)
        rows.append(vars(entry) | {"sha256": head})
    session.execute(insert(AuditRow), rows)


def verify(session: Session, noted_head: str = "") -> ChainReport:
    """Walk along the whole chain; see `core.audit_chain.check_chain`."""
    checkpoint = _checkpoint(session)
    report = check_chain(_entries(session), checkpoint, noted_head)
    if report.fault and _checkpoint(session) != checkpoint:
        # Entries were purged meanwhile, and the rest goes on from another one.
        return verify(session, noted_head)
    return report


def purge_audit(session: Session, before: datetime, now: datetime) -> int:
    """Remove some of the oldest entries from before a time, leave a checkpoint, and note it.

    Only what no younger entry stands before is removed, so that the rest is one chain. Call it
    until it returns 0, each time in a transaction of its own.

    Returns:
        How many entries were removed.
    """
    _be_only_one_to_append(session)
    first_kept = session.scalar(select(func.min(AuditRow.id)).where(AuditRow.at >= before))
    oldest = select(AuditRow.id, AuditRow.sha256).order_by(AuditRow.id).limit(MOST_PURGED)
    if first_kept is not None:
        oldest = oldest.where(AuditRow.id < first_kept)
    removed = session.execute(oldest).all()
    if not removed:
        return 0
    was, (last_id, sha256) = _checkpoint(session), removed[-1]
    count = len(removed) + (was.removed if was else 0)
    checkpoint = Checkpoint(last_id, sha256, now, count)
    session.execute(insert(AuditCheckpointRow), [vars(checkpoint)])
    session.execute(delete(AuditCheckpointRow).where(AuditCheckpointRow.last_id < last_id))
    session.execute(delete(AuditRow).where(AuditRow.id <= last_id))
    append(session, [(now, "", PURGED, json.dumps(checkpoint.as_details(), sort_keys=True))])
    return len(removed)


def end_of_chain(session: Session) -> tuple[int, str]:
    """Return the id and the hash of the newest entry, or of what stands before the first."""
    newest = select(AuditRow.id, AuditRow.sha256).order_by(AuditRow.id.desc()).limit(1)
    found = session.execute(newest).first()
    if found:
        return found[0], found[1]
    checkpoint = _checkpoint(session)
    return (checkpoint.last_id, checkpoint.sha256) if checkpoint else (0, GENESIS)


def _be_only_one_to_append(session: Session) -> None:
    if session.connection().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(LOCK_KEY)))
    else:
        be_only_writer(session, AuditRow)


def _checkpoint(session: Session) -> Checkpoint | None:
    newest = select(AuditCheckpointRow).order_by(AuditCheckpointRow.last_id.desc()).limit(1)
    row = session.scalar(newest)
    return Checkpoint(row.last_id, row.sha256, row.at, row.removed) if row else None


def _entries(session: Session) -> Iterator[ChainEntry]:
    """Yield all entries; in pieces, so that a log of years needs little memory."""
    columns = AuditRow.__table__.columns
    last_id = 0
    while True:
        after = select(*columns).where(AuditRow.id > last_id).order_by(AuditRow.id).limit(AT_ONCE)
        rows = session.execute(after).all()
        yield from (ChainEntry(**row._mapping) for row in rows)
        if len(rows) < AT_ONCE:
            return
        last_id = rows[-1].id
