"""Tests of API tokens as rows."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from webapp.core.access import Actor, Role
from webapp.core.api_tokens import MOST_DAYS, TokenScope
from webapp.core.errors import TokenError
from webapp.storage.accounts import remove_account
from webapp.storage.api_tokens import (
    LISTED_FOR,
    find_token,
    list_tokens,
    make_token,
    note_use,
    revoke_token,
    token_actors,
)
from webapp.storage.audit import EVERYTHING, list_entries
from webapp.storage.users import add_user

NOW = datetime(2026, 11, 28, 23, 59, 30, tzinfo=UTC)
READ = {TokenScope.READ}


def test_a_token_lives_until_its_end_and_goes_with_its_owner(database):
    with database.session() as work:
        anna = add_user(work, "anna", "hash", NOW, role=Role.MANAGER)
        short = make_token(work, "Short", anna, READ, 1, "boss", NOW)
        long = make_token(work, "Long", anna, set(TokenScope), MOST_DAYS, "boss", NOW)
    with database.session() as work:
        kept = str(work.execute(text("SELECT * FROM api_tokens")).all())
        assert short not in kept and short.removeprefix("evk_") not in kept
        short_id, long_id = find_token(work, short).id, find_token(work, long).id
        both = {short_id: Actor(Role.MANAGER), long_id: Actor(Role.MANAGER)}
        assert token_actors(work, {short_id, long_id}, NOW) == both
        later = NOW + timedelta(days=1)
        assert token_actors(work, {short_id, long_id}, later).keys() == {long_id}
        assert find_token(work, short).token.fault(later) == "has ended"
        assert find_token(work, "evk_\ud800") is None
    with database.session() as work:
        # What has been over for long is listed no more.
        make_token(work, "New", anna, READ, 1, "boss", NOW + LISTED_FOR + timedelta(days=2))
        assert [each.name for each in list_tokens(work)] == ["New", "Long"]
        remove_account(work, anna, "boss", NOW)
    with database.session() as work:
        assert list_tokens(work) == [] and find_token(work, long) is None


def test_each_day_is_noted_once_and_each_end(database):
    with database.session() as work:
        anna = add_user(work, "anna", "hash", NOW, role=Role.VIEWER)
        make_token(work, "Wall", anna, READ, 9, "boss", NOW)
        (token,) = list_tokens(work)
    for after_s in (0, 10, 20, 70, 90, 200):
        with database.session() as work:
            note_use(work, {token.id}, NOW + timedelta(seconds=after_s))
    for _ in range(2):
        with database.session() as work:
            assert revoke_token(work, token.id, "boss", NOW) == "Wall"
    with database.session() as work:
        entries = [(each.author, each.action) for each in list_entries(work, wanted=EVERYTHING)]
        assert list_tokens(work)[0].last_used_at == NOW + timedelta(seconds=200)
        with pytest.raises(KeyError):
            revoke_token(work, 4711, "boss", NOW)
    assert entries == [
        ("boss", "token revoked"),
        ("anna", "token used"),
        ("anna", "token used"),
        ("boss", "token made"),
    ]


@pytest.mark.parametrize(
    ("scopes", "days", "expected"),
    [
        (set(), 1, "at least one scope"),
        (READ, 0, "1 to 365 days, got 0"),
        (READ, 366, "1 to 365 days, got 366"),
        (READ | {TokenScope.METRICS}, 1, "anna is a viewer, who may not use: metrics"),
    ],
)
def test_what_no_token_may_be(database, scopes, days, expected):
    with database.session() as work:
        anna = add_user(work, "anna", "hash", NOW, role=Role.VIEWER)
        with pytest.raises(TokenError, match=expected):
            make_token(work, "Wall", anna, scopes, days, "boss", NOW)
