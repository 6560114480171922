"""SQLite for greenlets: none of them waits for the disk or for a lock in the place of all."""

import sqlite3
from typing import Any, Self

from webapp.storage.blocking import in_thread


class GreenCursor(sqlite3.Cursor):
    """Runs statements, and reads what they return, in native threads."""

    def execute(self, *args: Any) -> Self:
        """Run a statement."""
        return in_thread(super().execute, *args)

    def executemany(self, *args: Any) -> Self:
        """Run a statement for each set of parameters."""
        return in_thread(super().executemany, *args)

    def fetchone(self) -> Any:
        """Return the next row."""
        return in_thread(super().fetchone)

    def fetchmany(self, *args: Any) -> list[Any]:
        """Return the next rows."""
        return in_thread(super().fetchmany, *args)

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""
        return in_thread(super().fetchall)


class GreenConnection(sqlite3.Connection):
    """Begins, commits and rolls back in native threads."""

    def cursor(self, *_: Any) -> GreenCursor:  # type: ignore[override]
        """Return a new cursor."""
        return super().cursor(GreenCursor)

    def commit(self) -> None:
        """Write what was changed."""
        in_thread(super().commit)

    def rollback(self) -> None:
        """Forget what was changed."""
        in_thread(super().rollback)
