"""Tests of the migrations."""

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Float, inspect

from webapp.core.errors import ConfigError, StorageError
from webapp.storage.database import Database
from webapp.storage.tables import Base
from webapp.storage.upgrade import upgrade


def is_other(_context: Any, _found: Any, _meant: Any, found_type: Any, meant_type: Any) -> Any:
    """Leave FLOAT(24) alone, which PostgreSQL calls REAL; None compares as usual."""
    both_float = isinstance(found_type, Float) and isinstance(meant_type, Float)
    return False if both_float else None


def test_from_zero_to_the_tables(database: Database) -> None:
    with database.session() as work:
        context = MigrationContext.configure(work.connection(), opts={"compare_type": is_other})
        assert compare_metadata(context, Base.metadata) == []
        assert set(inspect(work.connection()).get_table_names()) >= {"users", "sessions"}


def test_twice_is_as_good_as_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'folder' / 'evenkeel.db'}"
    upgrade(url)
    upgrade(url)
    database = Database(url)
    database.check()
    database.close()
    assert capsys.readouterr() == ("", "")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be made"):
        upgrade(f"sqlite:///{tmp_path / 'file' / 'evenkeel.db'}")


@pytest.mark.parametrize("url", ["", "evenkeel.db", "oracle://user:secret@host/name"])
def test_a_url_that_cannot_be_used(url: str) -> None:
    with pytest.raises(ConfigError, match=r"DATABASE_URL: expected a URL") as told:
        upgrade(url)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="expected an SQLite file"):
        upgrade(url)
