"""Lets one server at a time use a database: two would write and send every alert twice.

The workers and web instances that serve together, by leases, count as one.
"""

import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from webapp.core.errors import StorageError
from webapp.storage.database import Database
from webapp.storage.outages import UNKNOWN, explain
from webapp.storage.private_files import sqlite_file

logger = logging.getLogger(__name__)
# A server that was killed leaves processes that end within seconds.
FREED_WITHIN_S = 4.0
LOOK_EVERY_S = 0.1
KEEP_EVERY_S = 5.0
# Of PostgreSQL's advisory locks, which each database has for itself.
ADVISORY_KEY = int.from_bytes(b"Evenkeel")
IN_USE = "another server uses {what}, and every alert and message would come twice. Stop it first"


def lock_folder(folder: Path, within_s: float = FREED_WITHIN_S) -> int:
    """Lock an instance folder for this server.

    Returns:
        A descriptor; the lock lasts until every process that holds it has closed it.

    Raises:
        StorageError: another server uses it, or it cannot be opened.
    """
    return _lock_path(folder, f"the folder {folder}", within_s)


def lock_database(
    url: str, within_s: float = FREED_WITHIN_S, is_shared: bool = False
) -> int | None:
    """Lock an SQLite file for this server, or make sure that no other uses a PostgreSQL database.

    Args:
        is_shared: see `PostgresqlLock`; an SQLite file is never shared.

    Returns:
        A descriptor, as `lock_folder`; None for PostgreSQL, whose lock `PostgresqlLock` keeps.

    Raises:
        StorageError: another server uses it, or it cannot be opened.
    """
    path = sqlite_file(url)
    if path:
        # SQLite's own locks are of another kind. This process must not close the descriptor while
        # it has the database open: that would undo them.
        return _lock_path(path, "this database", within_s)
    database = Database(url)
    try:
        if is_postgresql(database):
            lock = PostgresqlLock(database, is_shared)
            lock.take(within_s)
            lock.release()
    finally:
        database.close()
    return None


@contextmanager
def no_server(folder: Path, url: str) -> Iterator[None]:
    """Keep every server away from a folder and a database for a while.

    Raises:
        StorageError: a server uses one of them.
    """
    with ExitStack() as held:
        held.callback(os.close, lock_folder(folder, within_s=0))
        descriptor = lock_database(url, within_s=0)
        if descriptor is None:
            database = Database(url)
            held.callback(database.close)
            lock = PostgresqlLock(database)
            lock.take(within_s=0)
            held.callback(lock.release)
        else:
            held.callback(os.close, descriptor)
        yield


def is_postgresql(database: Database) -> bool:
    """Return whether `PostgresqlLock` is the lock for it."""
    return database.engine.dialect.name == "postgresql"


class PostgresqlLock:
    """An advisory lock, which ends with its connection."""

    def __init__(self, database: Database, is_shared: bool = False) -> None:
        """Prepare; holds nothing yet.

        Args:
            is_shared: for the workers and web instances that serve together: they let each other
                in, but no server that is alone, as that lets none of them in.
        """
        self._take = f"pg_try_advisory_lock{'_shared' if is_shared else ''}"
        self._engine = database.engine
        self._connection: Connection | None = None

    def take(self, within_s: float = FREED_WITHIN_S) -> None:
        """Lock the database; raises StorageError."""
        if not soon(self._try, within_s):
            self.release()
            raise StorageError(IN_USE.format(what="this database") + ".")

    def release(self) -> None:
        """Let another server have it."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if not connection.invalidated:
            with suppress(DBAPIError):
                # The server notices the end of a connection only a moment later.
                connection.execute(text("SELECT pg_advisory_unlock_all()"))
        # Not back into the pool: a lock that could not be freed would live on there.
        connection.invalidate()
        connection.close()

    def keep(self, stop: threading.Event) -> None:
        """Hold the lock until stopped, on another connection when one is lost."""
        is_held = True
        while not stop.wait(KEEP_EVERY_S):
            was_held = is_held
            try:
                is_held = self._try()
            except StorageError:
                # Said by everything else that needs the database.
                continue
            if was_held and not is_held:
                logger.error(IN_USE.format(what="this database"))
        self.release()

    def _try(self) -> bool:
        try:
            if self._connection is None:
                self._connection = self._engine.connect().execution_options(
                    isolation_level="AUTOCOMMIT"
                )
            # Counts how often it is taken; the same connection has it at once.
            query = text(f"SELECT {self._take}(:key)")
            return bool(self._connection.scalar(query, {"key": ADVISORY_KEY}))
        except DBAPIError as error:
            message = explain(error, self._engine) or UNKNOWN
            self.release()
            raise StorageError(message) from error


def _lock_path(path: Path, what: str, within_s: float) -> int:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise StorageError(f"{path}: cannot be opened ({error.strerror}).") from error
    try:
        if soon(lambda: _try_flock(descriptor), within_s):
            return descriptor
    except OSError as error:
        logger.warning("%s: nothing keeps a second server away here (%s)", path, error.strerror)
        return descriptor
    os.close(descriptor)
    raise StorageError(IN_USE.format(what=what) + ", or give this one its own.")


def _try_flock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def soon(take: Callable[[], bool], within_s: float = FREED_WITHIN_S) -> bool:
    """Try again and again what a server may still hold that ends; False when it stays taken."""
    deadline_s = time.monotonic() + within_s
    while not take():
        if time.monotonic() >= deadline_s:
            return False
        time.sleep(LOOK_EVERY_S)
    return True
