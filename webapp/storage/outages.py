"""What a failed query means, by the codes of the drivers: their texts follow the locale."""

import sqlite3

from sqlalchemy import Engine, inspect
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from webapp.storage.tables import Base

LOCKED = "The database is locked by another program; try again in a moment."
SLOW = "The database takes too long to answer; try again in a moment."
NOT_SET_UP = "The database is not set up; run `python -m webapp db upgrade`."
FULL = "The disk is full; make room for the database."
DISK_FAULT = "The disk does not take the database's data; make room or check the disk."
DAMAGED = "The database file is damaged; restore it from a backup."
UNKNOWN = "The database does not answer; see the server's log."

# Primary codes, the lowest byte of an extended one: https://sqlite.org/rescode.html
SQLITE_CAUSES = {
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_CANTOPEN: "The database file cannot be opened; its folder must be writable.",
    sqlite3.SQLITE_READONLY: "The database file is read-only; the server must be able to write it.",
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_IOERR: DISK_FAULT,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html
POSTGRESQL_CAUSES = {
    "55P03": LOCKED,
    "57014": SLOW,
    # Whoever held a transaction open for too long.
    "25P03": SLOW,
    "42P01": NOT_SET_UP,
    "42703": NOT_SET_UP,
    "25006": "The database is read-only; the server must be able to write to it.",
    "53100": FULL,
    "58030": DISK_FAULT,
    "XX001": DAMAGED,
    "XX002": DAMAGED,
}
# Of these alone, not of their subclasses, one without a known code is an outage, too.
OUTAGES = (OperationalError, InterfaceError, DatabaseError, PoolTimeoutError)


def explain(error: DBAPIError | PoolTimeoutError, engine: Engine) -> str | None:
    """Return what to say about an outage and what to do; None for a fault of the query itself.

    The driver's own text is not passed on: it may hold the address and the user's name.
    """
    origin = getattr(error, "orig", None)
    sqlite_code = getattr(origin, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    if sqlite_code == sqlite3.SQLITE_ERROR:
        # It means a missing table and a misspelt query alike.
        return NOT_SET_UP if _lacks_columns(engine) else None
    known = SQLITE_CAUSES.get(sqlite_code) or POSTGRESQL_CAUSES.get(
        getattr(origin, "sqlstate", None) or ""
    )
    return known or (UNKNOWN if type(error) in OUTAGES else None)


def _lacks_columns(engine: Engine) -> bool:
    """Whether a table or a column that we map is not there, as before an upgrade."""
    there = inspect(engine)
    names = there.get_table_names()
    return any(
        table.name not in names
        or not {column["name"] for column in there.get_columns(table.name)} >= {*table.c.keys()}
        for table in Base.metadata.sorted_tables
    )
