"""Tests of the engine and the session scope."""

import pytest
from sqlalchemy import text

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


def test_the_url_may_set_how_long_to_wait_for_postgresql() -> None:
    url = "postgresql+psycopg://user@host/name"
    assert Database(url).engine.url.query["connect_timeout"] == "3"
    assert Database(f"{url}?connect_timeout=30").engine.url.query["connect_timeout"] == "30"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_hosts_write_the_address_of_postgresql_in_several_ways(scheme: str) -> None:
    url = Database(f"{scheme}://user@host/name").engine.url
    assert url.drivername == "postgresql+psycopg"
