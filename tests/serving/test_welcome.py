"""Tests of what the start of a server ends with."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes import FakeRuntime
from webapp.config import Settings
from webapp.core.camera_status import Readiness
from webapp.serving.welcome import address, welcome, welcome_lines
from webapp.storage.database import Database
from webapp.storage.first_admin import ensure_first_admin
from webapp.storage.secret_files import read_first_password, remove_first_password
from webapp.storage.upgrade import upgrade

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


class FakeTerminal(io.StringIO):
    """Standard output of a person."""

    def isatty(self) -> bool:
        """Claim to be a terminal."""
        return True


@pytest.fixture
def fresh(tmp_path: Path) -> tuple[Settings, Database]:
    """Settings and database of a first start without ADMIN_PASSWORD."""
    url = f"sqlite:///{tmp_path / 'evenkeel.db'}"
    upgrade(url)
    database = Database(url)
    ensure_first_admin(database, tmp_path, None, NOW)
    return Settings(instance_dir=tmp_path, database_url=url), database


def said(settings: Settings, database: Database, out: io.StringIO) -> list[str]:
    welcome(settings, database, FakeRuntime(), out, lambda: False)
    database.close()
    return [line.strip() for line in out.getvalue().splitlines() if line]


def test_a_terminal_is_shown_the_first_password(fresh: tuple[Settings, Database]) -> None:
    settings, database = fresh
    found = read_first_password(settings.instance_dir)
    assert found
    assert said(settings, database, FakeTerminal()) == [
        "Address:  http://127.0.0.1:5000",
        "User:     admin",
        f"Password: {found[1]} (for the first sign-in)",
    ]


def test_a_log_is_told_where_it_lies(fresh: tuple[Settings, Database]) -> None:
    settings, database = fresh
    password = said(settings, database, io.StringIO())[2]
    assert password == f"Password: in {settings.instance_dir / 'first-password'}"


def test_a_password_that_was_chosen_is_nobodys_business(fresh: tuple[Settings, Database]) -> None:
    settings, database = fresh
    remove_first_password(settings.instance_dir)
    lines = welcome_lines(settings, database, shows_password=True)
    database.close()
    chosen = "the one that was chosen; python -m webapp user password admin sets another"
    assert lines[2] == f"Password: {chosen}"


def test_a_server_that_stops_says_nothing(fresh: tuple[Settings, Database]) -> None:
    settings, database = fresh
    runtime, out = FakeRuntime(), io.StringIO()
    runtime.ready = Readiness({"camera": False})
    welcome(settings, database, runtime, out, lambda: True)
    database.close()
    assert out.getvalue() == ""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "http://127.0.0.1:5000"),
        ({"host": "::1", "port": 80}, "http://[::1]:80"),
        ({"tls_cert_file": Path("cert.pem"), "host": "mine.example"}, "https://mine.example:5000"),
        ({"host": "0.0.0.0"}, "http://localhost:5000, and this machine's other addresses"),
    ],
)
def test_the_address_is_one_to_open(changes: dict[str, object], expected: str) -> None:
    assert address(replace(Settings(), **changes)) == expected
