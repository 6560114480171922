"""Tests of the account that a new installation starts with."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from webapp.core.errors import ConfigError
from webapp.storage.database import Database
from webapp.storage.first_admin import ensure_first_admin
from webapp.storage.passwords import PasswordVault
from webapp.storage.users import User, add_user, find_user

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


class FakeTerminal(io.StringIO):
    """Standard output of a person."""

    def isatty(self) -> bool:
        """Claim to be a terminal."""
        return True


def admin(database: Database) -> User:
    """Return the user `admin`."""
    with database.session() as work:
        found = find_user(work, "admin")
    assert found
    return found


def test_a_given_password(database: Database, tmp_path: Path) -> None:
    out = io.StringIO()
    assert ensure_first_admin(database, tmp_path, "a given password", out, NOW)
    user = admin(database)
    assert user.is_admin and not user.must_change_password
    assert PasswordVault().verify(user.password_hash, "a given password")
    assert out.getvalue() == ""
    assert not (tmp_path / "first-password").exists()


def test_a_given_password_is_never_applied_again(database: Database, tmp_path: Path) -> None:
    ensure_first_admin(database, tmp_path, "a given password", io.StringIO(), NOW)
    before = admin(database)
    assert not ensure_first_admin(database, tmp_path, "another given one", io.StringIO(), NOW)
    assert not ensure_first_admin(database, tmp_path, None, io.StringIO(), NOW)
    assert admin(database) == before
    assert not (tmp_path / "first-password").exists()


def test_a_terminal_shows_the_generated_one(database: Database, tmp_path: Path) -> None:
    out = FakeTerminal()
    ensure_first_admin(database, tmp_path, None, out, NOW)
    user = admin(database)
    assert user.must_change_password
    assert PasswordVault().verify(user.password_hash, out.getvalue().split()[-1])
    assert not (tmp_path / "first-password").exists()


def test_a_log_does_not(database: Database, tmp_path: Path) -> None:
    out = io.StringIO()
    ensure_first_admin(database, tmp_path, None, out, NOW)
    path = tmp_path / "first-password"
    password = path.read_text().strip()
    assert path.stat().st_mode & 0o777 == 0o600
    assert password not in out.getvalue()
    assert str(path) in out.getvalue()
    assert PasswordVault().verify(admin(database).password_hash, password)


def test_a_user_of_that_name_who_is_no_admin(database: Database, tmp_path: Path) -> None:
    with database.session() as work:
        add_user(work, "Admin", "hash", NOW)
    with pytest.raises(ConfigError, match="user add NAME --admin"):
        ensure_first_admin(database, tmp_path, None, io.StringIO(), NOW)
    assert not (tmp_path / "first-password").exists()


@pytest.mark.parametrize(
    ("password", "fault"),
    [("a", "needs at least 10"), ("x" * 5000, "may have at most"), ("admin12345", "guessed")],
)
def test_a_password_that_may_not_be_set(
    database: Database, tmp_path: Path, password: str, fault: str
) -> None:
    with pytest.raises(ConfigError, match=f"ADMIN_PASSWORD: the password .*{fault}"):
        ensure_first_admin(database, tmp_path, password, io.StringIO(), NOW)
