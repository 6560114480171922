"""Empty, upgraded databases: SQLite for every test, PostgreSQL too where queries differ."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from webapp.storage.database import Database
from webapp.storage.upgrade import upgrade

ON_BOTH = {
    "test_accounts",
    "test_alerts",
    "test_api_tokens",
    "test_answers",
    "test_backup",
    "test_audit_chain",
    "test_camera_access",
    "test_cameras",
    "test_history",
    "test_notices",
    "test_outbox",
    "test_pauses",
    "test_receivers",
    "test_retention",
    "test_rules",
    "test_second_factor",
    "test_upgrade",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of `ON_BOTH` on both databases."""
    is_on_both = metafunc.module.__name__.rpartition(".")[2] in ON_BOTH
    if "database" in metafunc.fixturenames and is_on_both:
        metafunc.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with our tables, to be copied: migrations take longer than most tests."""
    path = tmp_path_factory.mktemp("template") / "evenkeel.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def database(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path
) -> Iterator[Database]:
    """A database without users."""
    if getattr(request, "param", "sqlite") == "postgresql":
        yield request.getfixturevalue("postgres_database")
        return
    path = shutil.copy(sqlite_template, tmp_path / "evenkeel.db")
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()
