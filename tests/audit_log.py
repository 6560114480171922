"""The audit log as somebody with the database's own tools finds it: without its triggers."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from webapp.storage.alert_tables import AuditRow


@contextmanager
def unguarded(session: Session) -> Iterator[None]:
    """Let the log's entries be changed and removed for a while."""
    if session.connection().dialect.name == "postgresql":
        session.execute(text("ALTER TABLE audit_log DISABLE TRIGGER USER"))
        yield
        session.execute(text("ALTER TABLE audit_log ENABLE TRIGGER USER"))
        return
    found = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_log'"
    guards = session.execute(text(found)).all()
    for name, _ in guards:
        session.execute(text(f"DROP TRIGGER {name}"))
    yield
    for _, sql in guards:
        session.execute(text(sql))


def empty(session: Session) -> None:
    """Remove every entry, as if nothing had been noted yet."""
    with unguarded(session):
        session.execute(delete(AuditRow))
