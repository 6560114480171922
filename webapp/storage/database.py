"""The database engine and the scope of one unit of work."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, sessionmaker

from webapp.core.errors import ConfigError, StorageError
from webapp.storage.blocking import is_green
from webapp.storage.green_sqlite import GreenConnection
from webapp.storage.outages import explain

BUSY_TIMEOUT_MS = 2000
# By default PostgreSQL waits without end, and cameras would wait with it.
STATEMENT_TIMEOUT_MS = 10_000
# A process that vanished in the middle of a transaction would hold its locks for hours.
IDLE_TIMEOUT_MS = 10_000
GREEN_SQLITE = {"factory": GreenConnection, "check_same_thread": False}
POSTGRESQL_CONNECTION = {"connect_timeout": "3", "tcp_user_timeout": "5000"}


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
            message = explain(error, self.engine)
            if message is None:
                raise
            raise StorageError(message) from error

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
        # As hosts that provide a database hand out its URL; SQLAlchemy would take another driver.
        if parsed.drivername in ("postgres", "postgresql"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "postgresql":
            parsed = parsed.set(query={**POSTGRESQL_CONNECTION, **parsed.query})
        is_sqlite = parsed.get_backend_name() == "sqlite"
        arguments = GREEN_SQLITE if is_sqlite and is_green() else {}
        engine = create_engine(parsed, pool_pre_ping=not is_sqlite, connect_args=arguments)
    except (ArgumentError, ImportError) as error:
        raise ConfigError(
            "DATABASE_URL: expected a URL such as sqlite:////folder/evenkeel.db or "
            "postgresql+psycopg://user@host/name whose driver is installed, "
            f"got one that gives {type(error).__name__}"
        ) from None
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _prepare_postgresql)
    if engine.dialect.name == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise ConfigError(
                "DATABASE_URL: expected an SQLite file such as sqlite:////folder/evenkeel.db, got "
                "a database in memory, which every connection would have for itself"
            )
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


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
    cursor.execute(f"SET idle_in_transaction_session_timeout = {IDLE_TIMEOUT_MS}")
    cursor.close()
    # Else they end with the transaction if that is rolled back.
    connection.commit()
