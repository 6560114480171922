"""Tests of who may sign in."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import IntegrityError

from webapp.core.access import Role
from webapp.storage.database import Database
from webapp.storage.users import add_user, find_user, has_admin, set_password

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


def test_nobody_at_first(database: Database) -> None:
    with database.session() as work:
        assert find_user(work, "anna") is None
        assert not has_admin(work)


def test_added_and_found(database: Database) -> None:
    with database.session() as work:
        added = add_user(work, "Anna", "hash", NOW, role=Role.VIEWER, must_change_password=True)
    with database.session() as work:
        assert find_user(work, "Anna") == added
        assert not has_admin(work)
        add_user(work, "boss", "hash", NOW, role=Role.ADMIN)
        assert has_admin(work)


@pytest.mark.parametrize(
    ("added", "asked"), [("Anna", "aNNA"), ("Jürgen", "JÜRGEN"), ("Straße", "strasse")]
)
def test_case_does_not_matter(database: Database, added: str, asked: str) -> None:
    with database.session() as work:
        add_user(work, added, "hash", NOW, role=Role.VIEWER)
        assert find_user(work, asked) is not None
    with pytest.raises(IntegrityError), database.session() as work:
        add_user(work, asked, "hash", NOW, role=Role.VIEWER)


def test_a_new_password_is_the_users_own(database: Database) -> None:
    with database.session() as work:
        user = add_user(work, "anna", "hash", NOW, role=Role.VIEWER, must_change_password=True)
        set_password(work, user.id, "new hash")
    with database.session() as work:
        found = find_user(work, "anna")
    assert found is not None
    assert (found.password_hash, found.must_change_password) == ("new hash", False)


def test_naive_times_are_refused(database: Database) -> None:
    with pytest.raises(Exception, match="expected an aware time"), database.session() as work:
        add_user(work, "anna", "hash", NOW.replace(tzinfo=None), role=Role.VIEWER)
