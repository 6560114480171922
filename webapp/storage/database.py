"""The database engine and the scope of one unit of work."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, sessionmaker

from webapp.core.errors import ConfigError, StorageError

BUSY_TIMEOUT_MS = 2000
# PostgreSQL waits for ever unless told otherwise, and cameras would wait with it.
STATEMENT_TIMEOUT_MS = 10_000
POSTGRESQL_CONNECTION = {"connect_timeout": "3", "tcp_user_timeout": "5000"}
OUTAGES = (OperationalError, InterfaceError, DatabaseError, PoolTimeoutError)
CAUSES = (
    ("lock timeout", "The database is locked by another program; try again in a moment."),
    ("statement timeout", "The database takes too long to answer; try again in a moment."),
    ("locked", "The database is locked by another program; try again in a moment."),
    ("unable to open", "The database file cannot be opened; its folder must be writable."),
    ("readonly", "The database file is read-only; the server must be able to write it."),
    ("no such table", "The database is not set up; run `python -m webapp db upgrade`."),
    ("is full", "The disk is full; make room for the database."),
    ("disk i/o error", "The disk does not take the database's data; make room or check the disk."),
    ("no space left", "The disk is full; make room for the database."),
    ("not a database", "The database file is damaged; restore it from a backup."),
    ("malformed", "The database file is damaged; restore it from a backup."),
    ("does not exist", "The database is not set up; run `python -m webapp db upgrade`."),
)


class Database:
    """Hands out sessions; connects on first use, so that making one has no effect."""

    def __init__(self, url: str) -> None:
        self.engine = _make_engine(url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a session that is committed at the end and rolled back on an error.

        Raises:
            StorageError: the database is locked, unreachable, read-only or not set up.
        """
        try:
            with self._sessions.begin() as session:
                yield session
        except (DBAPIError, PoolTimeoutError) as error:
            if not _is_outage(error):
                raise
            raise StorageError(_explain(error)) from error

    def check(self) -> None:
        """Make sure that the database answers and is set up.

        Raises:
            StorageError: says what is wrong.
        """
        with self.session() as session:
            session.execute(text("SELECT 1 FROM users LIMIT 1"))

    def close(self) -> None:
        """Close the pooled connections."""
        self.engine.dispose()


def _make_engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        engine = create_engine(
            _with_patience(parsed), pool_pre_ping=parsed.get_backend_name() != "sqlite"
        )
    except (ArgumentError, ImportError) as error:
        raise ConfigError(
            "DATABASE_URL: expected a URL such as sqlite:////folder/evenkeel.db or "
            "postgresql+psycopg://user@host/name whose driver is installed, "
            f"got one that gives {type(error).__name__}"
        ) from None
    if engine.dialect.name == "sqlite":
        _require_file(parsed)
        event.listen(engine, "connect", _prepare_sqlite)
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _with_patience(url: URL) -> URL:
    """Limit how long PostgreSQL is waited for, where the URL does not say otherwise."""
    if url.get_backend_name() != "postgresql":
        return url
    return url.set(query={**POSTGRESQL_CONNECTION, **url.query})


def _require_file(url: URL) -> None:
    if url.database in (None, "", ":memory:"):
        raise ConfigError(
            "DATABASE_URL: expected an SQLite file such as sqlite:////folder/evenkeel.db, got a "
            "database in memory, which every connection would have for itself"
        )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _prepare_postgresql(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}")
    cursor.close()
    # Else they end with the transaction if that is rolled back.
    connection.commit()


def _explain(error: Exception) -> str:
    # The driver's own text is not passed on: it may hold the address and the user's name.
    said = str(error).lower()
    known = (message for sign, message in CAUSES if sign in said)
    return next(known, "The database does not answer; see the server's log.")


def _is_outage(error: Exception) -> bool:
    # The other kinds of error are faults of a query, except PostgreSQL's for a missing table.
    if isinstance(error, ProgrammingError):
        return "does not exist" in str(error)
    return type(error) in OUTAGES
