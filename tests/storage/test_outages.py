"""Tests of what a user reads about an outage, with real errors where they can be had."""

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from tests.files.videos import full_disk
from webapp.core.errors import StorageError
from webapp.storage.database import Database
from webapp.storage.outages import POSTGRESQL_CAUSES, UNKNOWN, explain

SIGN_IN = (
    "INSERT INTO sessions (token_sha256, user_id, created_at, last_seen_at, expires_at)"
    " VALUES ('x', {user_id}, '2026-01-01', '2026-01-01', '2026-01-01')"
)
MANY_NUMBERS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99999) "
    "INSERT INTO alert_events (alert_id, change, at, author, text) SELECT '', i, '', '', '' FROM n"
)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["PRAGMA query_only = ON", "DELETE FROM users"], "read-only"),
        (["PRAGMA foreign_keys = OFF", "PRAGMA max_page_count = 1", MANY_NUMBERS], "disk is full"),
        (["DROP TABLE sessions", SIGN_IN.format(user_id=1)], "db upgrade"),
        (["ALTER TABLE users DROP COLUMN role", "SELECT role FROM users"], "db upgrade"),
    ],
)
def test_what_sqlite_refuses(database: Database, statements: list[str], expected: str) -> None:
    with pytest.raises(StorageError, match=expected), database.session() as work:
        for statement in statements:
            work.execute(text(statement))


def test_a_locked_database(database: Database) -> None:
    with closing(sqlite3.connect(str(database.engine.url.database))) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="locked"), database.session() as work:
            work.execute(text("PRAGMA busy_timeout = 1"))
            work.execute(text("DELETE FROM users"))
        database.check()


def test_a_table_that_is_being_read(database: Database) -> None:
    with pytest.raises(StorageError, match="locked"), database.session() as work:
        columns, rows = "(camera, since, author)", "('door', '', ''), ('hall', '', '')"
        work.execute(text(f"INSERT INTO paused_cameras {columns} VALUES {rows}"))
        reading = work.execute(text("SELECT * FROM paused_cameras"))
        assert reading.fetchone()
        work.execute(text("DROP TABLE paused_cameras"))


def test_a_disk_that_takes_nothing(database: Database) -> None:
    with pytest.raises(StorageError, match="disk does not take"), database.session() as work:
        work.execute(text("PRAGMA foreign_keys = OFF"))
        with full_disk(4096):
            work.execute(text(MANY_NUMBERS))
            work.commit()


def test_a_database_without_tables(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(StorageError, match="db upgrade"):
        database.check()
    database.close()


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="folder must be writable"):
        Database(f"sqlite:///{tmp_path / 'absent' / 'evenkeel.db'}").check()


def test_another_file(tmp_path: Path) -> None:
    path = tmp_path / "evenkeel.db"
    path.write_text("not a database at all " * 100)
    with pytest.raises(StorageError, match="damaged"):
        Database(f"sqlite:///{path}").check()


def test_a_damaged_file(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "evenkeel.db"
    whole = sqlite_template.read_bytes()
    path.write_bytes(whole[:100] + bytes(len(whole) - 100))
    with pytest.raises(StorageError, match="damaged"):
        Database(f"sqlite:///{path}").check()


@pytest.mark.parametrize(
    ("statement", "kind"),
    [(SIGN_IN.format(user_id=404), IntegrityError), ("SELEC 1", OperationalError)],
)
def test_a_fault_of_a_query_is_no_outage(
    database: Database, statement: str, kind: type[Exception]
) -> None:
    with pytest.raises(kind), database.session() as work:
        work.execute(text(statement))


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["SET LOCAL statement_timeout = 10", "SELECT pg_sleep(60)"], "too long"),
        (["SET TRANSACTION READ ONLY", "DELETE FROM users"], "read-only"),
        (["SELECT 1 FROM absent"], "db upgrade"),
        (["SELECT absent FROM users"], "db upgrade"),
    ],
)
def test_what_postgresql_refuses(
    postgres_database: Database, statements: list[str], expected: str
) -> None:
    with pytest.raises(StorageError, match=expected), postgres_database.session() as work:
        for statement in statements:
            work.execute(text(statement))
    postgres_database.check()


def test_a_locked_table_of_postgresql(postgres_database: Database) -> None:
    with postgres_database.session() as other:
        other.execute(text("LOCK TABLE users IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(StorageError, match="locked"), postgres_database.session() as work:
            work.execute(text("SET LOCAL lock_timeout = 10"))
            work.execute(text("SELECT 1 FROM users"))


@pytest.mark.parametrize(
    ("kind", "code", "expected"),
    [
        *((ProgrammingError, code, message) for code, message in POSTGRESQL_CAUSES.items()),
        (OperationalError, "57P01", UNKNOWN),
        (ProgrammingError, "42601", None),
    ],
)
def test_postgresql_may_speak_any_language(
    database: Database, kind: type[DBAPIError], code: str, expected: str | None
) -> None:
    said = psycopg.errors.lookup(code)("FEHLER: so nicht")
    assert explain(kind("SELECT 1", {}, said), database.engine) == expected
