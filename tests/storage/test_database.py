"""Tests of the engine and the session scope."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from webapp.core.errors import StorageError
from webapp.storage.database import BUSY_TIMEOUT_MS, Database


def test_sqlite_is_prepared(database: Database) -> None:
    with database.session() as work:
        values = [
            work.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "busy_timeout", "foreign_keys")
        ]
    assert values == ["wal", BUSY_TIMEOUT_MS, 1]


def test_an_error_rolls_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.session() as work:
        work.execute(text("CREATE TABLE numbers (n INTEGER)"))
        work.execute(text("INSERT INTO numbers VALUES (1)"))
        raise ZeroDivisionError
    with database.session() as work:
        work.execute(text("CREATE TABLE IF NOT EXISTS numbers (n INTEGER)"))
        assert work.scalar(text("SELECT count(*) FROM numbers")) == 0


def test_check_finds_missing_tables(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(StorageError, match="db upgrade"):
        database.check()
    database.close()


def test_check_finds_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="folder must be writable"):
        Database(f"sqlite:///{tmp_path / 'absent' / 'evenkeel.db'}").check()


def test_check_finds_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "evenkeel.db"
    path.write_text("not a database at all " * 100)
    with pytest.raises(StorageError, match="damaged"):
        Database(f"sqlite:///{path}").check()


def test_a_locked_database_is_told_apart(database: Database) -> None:
    lock = sqlite3.connect(str(database.engine.url.database))
    lock.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="locked"), database.session() as work:
        work.execute(text("PRAGMA busy_timeout = 1"))
        work.execute(text("DELETE FROM users"))
    database.check()
    lock.rollback()
    lock.close()


def test_postgresql_is_not_waited_for_without_end(postgres_database: Database) -> None:
    with postgres_database.session() as other:
        other.execute(text("LOCK TABLE users IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(StorageError, match="locked by another program"):
            postgres_database.check()
    with pytest.raises(StorageError, match="too long"), postgres_database.session() as work:
        work.execute(text("SET LOCAL statement_timeout = 10"))
        work.execute(text("SELECT pg_sleep(60)"))
    postgres_database.check()


def test_how_long_postgresql_is_waited_for_can_be_said() -> None:
    url = "postgresql+psycopg://user@host/name"
    assert Database(url).engine.url.query["connect_timeout"] == "3"
    assert Database(f"{url}?connect_timeout=30").engine.url.query["connect_timeout"] == "30"


def test_a_fault_of_a_query_is_no_outage(database: Database) -> None:
    insert = text(
        "INSERT INTO sessions (token_sha256, user_id, created_at, last_seen_at, expires_at)"
        " VALUES ('x', 404, '2026-01-01', '2026-01-01', '2026-01-01')"
    )
    with pytest.raises(IntegrityError), database.session() as work:
        work.execute(insert)
