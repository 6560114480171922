"""Copies a whole database into one file, and from there into a database.

The file is an SQLite database, whichever kind it is taken of, with the tables as they are there. So
a backup goes into a database of either kind, and into a newer version of Evenkeel.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import (
    Connection,
    Integer,
    MetaData,
    Table,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from webapp.core.audit_chain import ChainReport
from webapp.core.errors import OutputError, StorageError
from webapp.disk.atomic import OWNER_ONLY, replacing
from webapp.storage.api_tokens import revoke_tokens
from webapp.storage.audit import COMMAND_LINE, note
from webapp.storage.audit_chain import verify
from webapp.storage.database import Database
from webapp.storage.outages import NOT_SET_UP
from webapp.storage.private_files import keep_database_private, sqlite_file
from webapp.storage.tables import SignInRow
from webapp.storage.upgrade import (
    lift_time_limits,
    migrate,
    newest_revision,
    refuse_newer,
    revision_of,
    upgrade,
)

AT_ONCE = 1000
REVISION_TABLE = "alembic_version"
NO_BACKUP = "{}: expected a file that `db backup` wrote, got"


@dataclass(frozen=True)
class Restored:
    """What a restored database holds.

    Attributes:
        revision: of the backup; the database has the newest.
        sign_ins: how many were ended.
        audit: what a walk along the audit log found.
    """

    revision: str
    sign_ins: int
    audit: ChainReport


def back_up(url: str, target: Path, now: datetime) -> None:
    """Write a backup, as of one moment, while servers go on; closed to others, whole or not there.

    Args:
        target: takes the place of what lies there.

    Raises:
        ConfigError, StorageError: the database cannot be read.
        OutputError: the file cannot be written.
    """
    with _opened(url) as database, database.session() as session:
        refuse_newer(session)
        revision = revision_of(session)
        if revision is None:
            raise StorageError(NOT_SET_UP)
        # As every export: noted before anything is handed out. An older log has other columns.
        if revision == newest_revision():
            note(session, COMMAND_LINE, "database backed up", {"file": target.name}, now)
    try:
        with replacing(target, OWNER_ONLY) as part:
            _copy_out(url, part)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({error.strerror}).") from error


def restore(file: Path, url: str, workspace: Path, now: datetime) -> Restored:
    """Put a backup in the place of all that a database holds; on an error that stays.

    What is put there is made ready before: upgraded, with every sign-in and API token ended, and
    with a note in its audit log. No server may run, see `database_lock.no_server`.

    Args:
        workspace: a folder closed to others, with room for a copy.

    Raises:
        ConfigError, StorageError: the file is no backup that this version knows, or the database
            cannot be written.
    """
    with TemporaryDirectory(prefix=".evenkeel-", dir=workspace) as folder:
        copy = Path(folder, "backup.db")
        keep_database_private(_url_of(copy))
        _copy_file(file, copy, f"{NO_BACKUP.format(file)} one that cannot be copied")
        restored = _make_ready(file, copy, now)
        if target := sqlite_file(url):
            way_out = "Where it is damaged, move it away and restore once more"
            _copy_file(copy, target, f"{target}: cannot be written. {way_out}")
        else:
            _copy_in(copy, url)
    return restored


def holds_something(url: str) -> bool:
    """Return whether there are tables in a database, or something that cannot be read."""
    path = sqlite_file(url)
    if path and not path.exists():
        return False
    try:
        with _opened(url) as database, database.session() as session:
            return revision_of(session) is not None
    except StorageError:
        return path is not None


def _make_ready(file: Path, copy: Path, now: datetime) -> Restored:
    with _opened(_url_of(copy)) as database:
        with database.session() as session:
            if not _is_whole(session):
                raise StorageError(f"{NO_BACKUP.format(file)} a damaged one.")
            revision = revision_of(session)
            if revision is None:
                raise StorageError(f"{NO_BACKUP.format(file)} another database.")
        upgrade(_url_of(copy))
        with database.session() as session:
            is_open = SignInRow.revoked_at.is_(None)
            ended = session.execute(update(SignInRow).where(is_open).values(revoked_at=now))
            # One that was revoked since the backup would be good again.
            revoke_tokens(session, now)
            note(session, COMMAND_LINE, "database restored", {"file": file.name}, now)
        with database.session() as session:
            sign_ins = ended.rowcount  # type: ignore[attr-defined]
            return Restored(revision, sign_ins, verify(session))


def _is_whole(session: Session) -> bool:
    with suppress(DatabaseError):
        return session.scalar(text("PRAGMA quick_check(1)")) == "ok"
    return False


def _copy_out(url: str, part: Path) -> None:
    if source := sqlite_file(url):
        _copy_file(source, part, f"{source}: cannot be copied into the backup")
    else:
        with _opened(url) as database, database.session() as reading:
            reading.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            _take_time(reading)
            with _opened(_url_of(part)) as backup, backup.session() as writing:
                migrate(writing, str(revision_of(reading)))
                for _ in _copied_tables(reading.connection(), writing.connection()):
                    pass
    # Without files of SQLite's beside it; a medium that cannot be written can hold it.
    with closing(sqlite3.connect(part)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _copy_in(copy: Path, url: str) -> None:
    """Put the rows of an upgraded backup into a PostgreSQL database, all or none."""
    upgrade(url)
    with (
        _opened(_url_of(copy)) as backup,
        backup.session() as reading,
        _opened(url) as database,
        database.session() as writing,
    ):
        _take_time(writing)
        source, target = reading.connection(), writing.connection()
        names = set(inspect(source).get_table_names()) - {REVISION_TABLE}
        # Not DELETE, which the audit log's guard refuses.
        target.execute(text(f"TRUNCATE {', '.join(sorted(names))} RESTART IDENTITY"))
        for table in _copied_tables(source, target):
            _number_on(target, table)


def _copied_tables(source: Connection, target: Connection) -> Iterator[Table]:
    """Copy the rows of every table that is in both, and yield it; the tables must be alike."""
    here, there = MetaData(), MetaData()
    here.reflect(source)
    there.reflect(target)
    for table in there.sorted_tables:
        if table.name in here.tables and table.name != REVISION_TABLE:
            rows = source.execution_options(yield_per=AT_ONCE).execute(
                select(here.tables[table.name])
            )
            for part in rows.mappings().partitions():
                target.execute(insert(table), [dict(row) for row in part])
            yield table


def _number_on(target: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows after those that were copied with their numbers."""
    for column in table.primary_key:
        if isinstance(column.type, Integer):
            newest = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            # Does nothing where there is no sequence.
            target.execute(select(func.setval(sequence, newest, False)))


def _take_time(session: Session) -> None:
    """Let a transaction with PostgreSQL take its time, and give all times as UTC."""
    lift_time_limits(session)
    # SQLite keeps them without a zone.
    session.execute(text("SET LOCAL TIME ZONE 'UTC'"))


def _copy_file(source: Path, target: Path, failure: str) -> None:
    """Copy an SQLite database into another as of one moment; on an error the other stays."""
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reading,
            closing(sqlite3.connect(target)) as writing,
        ):
            reading.backup(writing)
    except sqlite3.Error as error:
        raise StorageError(f"{failure} ({error}).") from error


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def _url_of(path: Path) -> str:
    return f"sqlite:///{path}"
