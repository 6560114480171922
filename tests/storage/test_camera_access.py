"""Tests of which cameras users and groups see, as open connections are asked about."""

from datetime import UTC, datetime

import pytest

from webapp.core.access import Actor, Role
from webapp.storage.accounts import give_role, limit_cameras, remove_account
from webapp.storage.camera_access import own_cameras
from webapp.storage.database import Database
from webapp.storage.groups import list_groups, remove_group, save_group
from webapp.storage.sign_ins import find_sign_in, live_actors, start_sign_in
from webapp.storage.users import User, add_user

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


@pytest.fixture
def user(database: Database) -> User:
    with database.session() as work:
        add_user(work, "boss", "hash", NOW, role=Role.ADMIN)
        return add_user(work, "anna", "hash", NOW, role=Role.MANAGER)


def test_the_own_list_and_the_groups_count_together(database: Database, user: User) -> None:
    with database.session() as work:
        token = start_sign_in(work, user.id, NOW)

    def actor() -> Actor:
        with database.session() as work:
            sign_in = find_sign_in(work, token, NOW)
            assert sign_in
            assert live_actors(work, {sign_in.id}, NOW) == {sign_in.id: sign_in.user.actor}
            return sign_in.user.actor

    assert actor() == Actor(Role.MANAGER)
    with database.session() as work:
        limit_cameras(work, user, set(), "boss", NOW)
    assert actor() == Actor(Role.MANAGER, frozenset())
    with database.session() as work:
        limit_cameras(work, user, {"door"}, "boss", NOW)
        day = save_group(work, "Day", {"hall", "door"}, {user.id}, "boss", NOW)
        save_group(work, "Night", {"yard"}, {user.id}, "boss", NOW)
        save_group(work, "Others", {"vault"}, set(), "boss", NOW)
        assert own_cameras(work, user.id) == {"door"}
    assert actor() == Actor(Role.MANAGER, frozenset({"door", "hall", "yard"}))
    with database.session() as work:
        save_group(work, "Day", None, {user.id}, "boss", NOW, day)
    assert actor() == Actor(Role.MANAGER)
    with database.session() as work:
        remove_group(work, day, "boss", NOW)
    assert actor() == Actor(Role.MANAGER, frozenset({"door", "yard"}))
    with database.session() as work:
        give_role(work, user, Role.ADMIN, "boss", NOW)
    assert actor() == Actor(Role.ADMIN)


def test_a_user_who_is_removed_leaves_nothing_behind(database: Database, user: User) -> None:
    with database.session() as work:
        limit_cameras(work, user, {"door"}, "boss", NOW)
        save_group(work, "Day", {"hall"}, {user.id}, "boss", NOW)
        remove_account(work, user, "boss", NOW)
    with database.session() as work:
        (group,) = list_groups(work)
        assert group.members == frozenset()
        assert own_cameras(work, user.id) == frozenset()


def test_a_group_that_is_gone(database: Database) -> None:
    for change in (
        lambda work: save_group(work, "Day", None, [], "boss", NOW, 4711),
        lambda work: remove_group(work, 4711, "boss", NOW),
    ):
        with database.session() as work, pytest.raises(KeyError):
            change(work)
