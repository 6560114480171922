"""How a transaction keeps other writers of a table waiting, where it decides by what it reads."""

from sqlalchemy import delete, false, text
from sqlalchemy.orm import Session

from webapp.storage.tables import Base

# Of PostgreSQL's advisory locks, which each database has for itself.
PREPARING_KEY = int.from_bytes(b"Preparer")


def be_only_writer(session: Session, table: type[Base]) -> None:
    """Be the only writer of a table until the transaction ends; reading goes on."""
    if session.connection().dialect.name == "sqlite":
        # Any DELETE takes the file's only write lock, also one that removes nothing.
        session.execute(delete(table).where(false()))
    else:
        name = table.__tablename__
        session.execute(text(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE"))


def be_only_preparer(session: Session) -> None:
    """Keep all others waiting who prepare the database, until the transaction ends.

    Several servers of one PostgreSQL database may start at once. SQLite has one server, which
    begins by preparing.
    """
    if session.connection().dialect.name == "postgresql":
        # As long as `statement_timeout` lets it.
        session.execute(text("SET LOCAL lock_timeout = 0"))
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PREPARING_KEY})
