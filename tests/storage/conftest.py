"""An empty, upgraded database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from webapp.storage.database import Database
from webapp.storage.upgrade import upgrade


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database without users."""
    url = f"sqlite:///{tmp_path / 'evenkeel.db'}"
    upgrade(url)
    database = Database(url)
    yield database
    database.close()
