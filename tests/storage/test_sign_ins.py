"""Tests of signed-in browsers; times are passed in."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.core.access import Role
from webapp.storage.database import Database
from webapp.storage.sign_ins import (
    IDLE_LIMIT,
    LIFETIME,
    find_sign_in,
    keep_alive,
    live_actors,
    revoke,
    revoke_others,
    start_sign_in,
)
from webapp.storage.tables import SignInRow
from webapp.storage.users import User, add_user

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def user(database: Database) -> User:
    """Anna."""
    with database.session() as work:
        return add_user(work, "anna", "hash", NOW, role=Role.MANAGER)


def test_found_by_its_token(database: Database, user: User) -> None:
    with database.session() as work:
        token = start_sign_in(work, user.id, NOW)
    with database.session() as work:
        found = find_sign_in(work, token, NOW + SECOND)
        assert found is not None
        assert found.user == user
        assert find_sign_in(work, token + "x", NOW) is None
        assert find_sign_in(work, "", NOW) is None


def test_ends_when_idle(database: Database, user: User) -> None:
    with database.session() as work:
        token = start_sign_in(work, user.id, NOW)
        assert find_sign_in(work, token, NOW + IDLE_LIMIT - SECOND)
        assert find_sign_in(work, token, NOW + IDLE_LIMIT) is None


def test_ends_for_good_however_much_it_is_used(database: Database, user: User) -> None:
    with database.session() as work:
        token = start_sign_in(work, user.id, NOW)
        sign_in = find_sign_in(work, token, NOW)
        assert sign_in is not None
        now = NOW
        while now < NOW + LIFETIME - SECOND:
            keep_alive(work, {sign_in.id}, now)
            assert live_actors(work, {sign_in.id}, now) == {sign_in.id: user.actor}
            now += IDLE_LIMIT / 2
        keep_alive(work, {sign_in.id}, NOW + LIFETIME)
        assert live_actors(work, {sign_in.id}, NOW + LIFETIME) == {}
        assert find_sign_in(work, token, NOW + LIFETIME) is None


def test_use_is_noted_at_most_once_a_minute(database: Database, user: User) -> None:
    with database.session() as work:
        start_sign_in(work, user.id, NOW)
        row = work.query(SignInRow).one()
        keep_alive(work, {row.id}, NOW + 59 * SECOND)
        work.refresh(row)
        assert row.last_seen_at == NOW
        keep_alive(work, {row.id}, NOW + 60 * SECOND)
        work.refresh(row)
        assert row.last_seen_at == NOW + 60 * SECOND


def test_of_none_and_unknown_none_may_go_on(database: Database) -> None:
    with database.session() as work:
        for sign_in_ids in (set(), {404}):
            keep_alive(work, sign_in_ids, NOW)
            assert live_actors(work, sign_in_ids, NOW) == {}


def test_revoked(database: Database, user: User) -> None:
    with database.session() as work:
        token = start_sign_in(work, user.id, NOW)
        sign_in = find_sign_in(work, token, NOW)
        assert sign_in is not None
        revoke(work, sign_in.id, NOW)
        assert find_sign_in(work, token, NOW) is None
        assert live_actors(work, {sign_in.id}, NOW) == {}


def test_revoke_others_keeps_this_one_and_other_peoples(database: Database, user: User) -> None:
    with database.session() as work:
        other_user = add_user(work, "ben", "hash", NOW, role=Role.MANAGER)
        tokens = [start_sign_in(work, owner, NOW) for owner in (user.id, user.id, other_user.id)]
        first, second, bens = (find_sign_in(work, token, NOW) for token in tokens)
        assert first and second and bens
        assert revoke_others(work, user.id, first.id, NOW) == {second.id}
        assert revoke_others(work, user.id, first.id, NOW) == set()
        live = live_actors(work, {first.id, second.id, bens.id}, NOW)
        assert live.keys() == {first.id, bens.id}


def test_rows_that_ran_out_are_removed(database: Database, user: User) -> None:
    with database.session() as work:
        start_sign_in(work, user.id, NOW)
        start_sign_in(work, user.id, NOW + LIFETIME + SECOND)
        assert work.query(SignInRow).count() == 1
