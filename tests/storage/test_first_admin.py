"""Tests of the account that a new installation starts with."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from webapp.core.access import Role
from webapp.core.errors import ConfigError
from webapp.storage.database import Database
from webapp.storage.first_admin import ensure_first_admin
from webapp.storage.passwords import PasswordVault
from webapp.storage.secret_files import read_first_password
from webapp.storage.users import User, add_user, find_user

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


def admin(database: Database) -> User:
    """Return the user `admin`."""
    with database.session() as work:
        found = find_user(work, "admin")
    assert found
    return found


def test_a_given_password(database: Database, tmp_path: Path) -> None:
    assert ensure_first_admin(database, tmp_path, "a given password", NOW)
    user = admin(database)
    assert user.role == Role.ADMIN and not user.must_change_password
    assert PasswordVault().verify(user.password_hash, "a given password")
    assert not (tmp_path / "first-password").exists()


def test_a_given_password_is_never_applied_again(database: Database, tmp_path: Path) -> None:
    ensure_first_admin(database, tmp_path, "a given password", NOW)
    before = admin(database)
    assert not ensure_first_admin(database, tmp_path, "another given one", NOW)
    assert not ensure_first_admin(database, tmp_path, None, NOW)
    assert admin(database) == before
    assert not (tmp_path / "first-password").exists()


def test_a_generated_one_is_left_for_its_owner(database: Database, tmp_path: Path) -> None:
    ensure_first_admin(database, tmp_path, None, NOW)
    found = read_first_password(tmp_path)
    assert found
    path, password = found
    assert path.stat().st_mode & 0o777 == 0o600
    user = admin(database)
    assert user.must_change_password
    assert PasswordVault().verify(user.password_hash, password)


def test_a_user_of_that_name_who_is_no_admin(database: Database, tmp_path: Path) -> None:
    with database.session() as work:
        add_user(work, "Admin", "hash", NOW, role=Role.VIEWER)
    with pytest.raises(ConfigError, match="user add NAME --role admin"):
        ensure_first_admin(database, tmp_path, None, NOW)
    assert not (tmp_path / "first-password").exists()


@pytest.mark.parametrize(
    ("password", "fault"),
    [("a", "needs at least 10"), ("x" * 5000, "may have at most"), ("admin12345", "guessed")],
)
def test_a_password_that_may_not_be_set(
    database: Database, tmp_path: Path, password: str, fault: str
) -> None:
    with pytest.raises(ConfigError, match=f"ADMIN_PASSWORD: the password .*{fault}"):
        ensure_first_admin(database, tmp_path, password, NOW)


def test_a_password_that_may_not_be_set_is_refused_at_every_start(
    database: Database, tmp_path: Path
) -> None:
    ensure_first_admin(database, tmp_path, "a given password", NOW)
    with pytest.raises(ConfigError, match="needs at least 10"):
        ensure_first_admin(database, tmp_path, "short", NOW)
