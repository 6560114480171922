from datetime import UTC, datetime, timedelta

import pytest

from webapp.storage.audit import list_entries
from webapp.storage.database import Database
from webapp.storage.room_links import add_link, find_link, list_links, revoke_link

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def add(database: Database, now: datetime = NOW) -> str:
    with database.session() as work:
        return add_link(work, "class", "the leaders", HOUR, "mira", now)


def test_a_link_lets_people_in_until_its_time_or_until_it_is_ended(database: Database) -> None:
    token, other = add(database), add(database)
    with database.session() as work:
        link = find_link(work, token, NOW + HOUR - timedelta(seconds=1))
        assert link and (link.camera, link.watched_by) == ("class", "the leaders")
        assert find_link(work, token, NOW + HOUR) is None
        revoke_link(work, "class", link.id, "ben", NOW)
        revoke_link(work, "class", link.id, "ben", NOW + HOUR)
        assert find_link(work, token, NOW) is None
        assert find_link(work, other, NOW)
        assert [each.revoked_at for each in list_links(work, "class")] == [None, NOW]
        assert list_links(work, "hall") == []
    with database.session() as work:
        done = [(entry.author, entry.action) for entry in list_entries(work)]
    assert done == [
        ("ben", "room link ended"),
        ("mira", "room link made"),
        ("mira", "room link made"),
    ]


@pytest.mark.parametrize("token", ["", "x", "\udc80", "a" * 10_000])
def test_a_made_up_token_lets_nobody_in(database: Database, token: str) -> None:
    add(database)
    with database.session() as work:
        assert find_link(work, token, NOW) is None


def test_the_database_holds_no_token_and_forgets_links_after_a_while(database: Database) -> None:
    token = add(database)
    with database.session() as work:
        dump = "".join(work.connection().connection.driver_connection.iterdump())
        assert token not in dump
        with pytest.raises(KeyError):
            revoke_link(work, "hall", 1, "mira", NOW)
    add(database, NOW + timedelta(days=32))
    with database.session() as work:
        assert len(list_links(work, "class")) == 1
