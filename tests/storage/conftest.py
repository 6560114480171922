"""Empty, upgraded databases: SQLite for every test, PostgreSQL too where queries differ."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres_server import PostgresServer, postgres_programs, postgres_server
from tests.services import require_or_skip
from webapp.storage.database import Database
from webapp.storage.upgrade import upgrade

ON_BOTH = {
    "test_accounts",
    "test_alerts",
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


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests."""
    programs = postgres_programs()
    require_or_skip("PostgreSQL", programs is not None)
    assert programs
    with postgres_server(programs) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """A database with our tables, to be copied."""
    name = postgres.create()
    upgrade(postgres.url(name))
    return name


@pytest.fixture
def postgres_database(postgres: PostgresServer, postgres_template: str) -> Iterator[Database]:
    """A copy of its own."""
    name = postgres.create(postgres_template)
    database = Database(postgres.url(name))
    yield database
    database.close()
    postgres.drop(name)
