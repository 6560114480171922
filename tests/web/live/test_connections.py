"""Tests of what happens to open connections when their sign-ins end."""

import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, update

from tests.conftest import MANAGER, AuthActions
from webapp.core.access import Actor, Role
from webapp.core.errors import StorageError
from webapp.storage.accounts import disable_account, give_role, limit_cameras
from webapp.storage.database import Database
from webapp.storage.groups import save_group
from webapp.storage.tables import SignInRow
from webapp.storage.users import find_user
from webapp.web.live import connections as connections_module
from webapp.web.live.connections import MOST_UNANSWERED_S, Connections

NOW = datetime.now(UTC)
ADMIN = Actor(Role.ADMIN)


class Away:
    """A database that does not answer."""

    def session(self):
        raise StorageError("The database is locked.")


@pytest.fixture
def connections(database: Database) -> Connections:
    return Connections(database)


def ids(database: Database) -> list[int]:
    with database.session() as work:
        return [row.id for row in work.query(SignInRow).order_by(SignInRow.id)]


def end_all(database: Database) -> None:
    with database.session() as work:
        work.execute(update(SignInRow).values(revoked_at=datetime.now(UTC)))


def test_one_question_serves_all_and_closes_who_may_not_go_on(
    connections: Connections, database: Database, signed_in: FlaskClient
) -> None:
    (sign_in_id,) = ids(database)
    closed: list[str] = []
    for name in ("stream", "socket"):
        connections.add(name, sign_in_id, ADMIN, lambda name=name: closed.append(name))
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    connections.check(0.0)
    assert closed == [] and all(sql.startswith("SELECT") for sql in asked) and len(asked) == 2
    end_all(database)
    connections.check(5.0)
    assert sorted(closed) == ["socket", "stream"]
    connections.check(10.0)
    assert len(closed) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda work, user: give_role(work, user, Role.VIEWER, "boss", NOW),
        lambda work, user: limit_cameras(work, user, {"door"}, "boss", NOW),
        lambda work, user: disable_account(work, user, "boss", NOW),
        lambda work, user: save_group(work, "Night", {"door"}, {user.id}, "boss", NOW),
    ],
)
def test_who_may_do_something_else_now_comes_back_with_it(
    connections: Connections, database: Database, client: FlaskClient, auth: AuthActions, change
) -> None:
    with database.session() as work:
        limit_cameras(work, find_user(work, MANAGER), {"demo"}, "boss", NOW)
    auth.login(MANAGER)
    (sign_in_id,) = ids(database)
    with database.session() as work:
        user = find_user(work, MANAGER)
    closed: list[str] = []
    connections.add("before", sign_in_id, user.actor, lambda: closed.append("before"))
    connections.check(0.0)
    assert closed == []
    with database.session() as work:
        change(work, user)
    connections.check(1.0)
    assert closed == ["before"]


def test_a_sign_in_that_is_ended_here_closes_at_once_and_others_go_on(
    connections: Connections,
) -> None:
    closed: list[int] = []
    for sign_in_id in (1, 2):
        connections.add(sign_in_id, sign_in_id, ADMIN, lambda n=sign_in_id: closed.append(n))
    connections.close({1})
    assert closed == [1]


def test_what_is_closed_already_is_not_closed_again(connections: Connections) -> None:
    connections.add("stream", 1, ADMIN, pytest.fail)
    connections.remove("stream")
    connections.remove("stream")
    connections.close({1})


def test_without_an_answer_connections_go_on_for_a_while_and_then_close() -> None:
    closed: list[int] = []
    connections = Connections(Away())
    connections.add("stream", 1, ADMIN, lambda: closed.append(1))
    for now_s in (100.0, 100.0 + MOST_UNANSWERED_S - 1):
        connections.check(now_s)
    assert closed == []
    connections.check(100.0 + MOST_UNANSWERED_S)
    assert closed == [1]


def test_a_disk_that_takes_nothing_closes_nobody_who_may_go_on(
    connections: Connections, database: Database, signed_in: FlaskClient
) -> None:
    (sign_in_id,) = ids(database)
    with database.session() as work:
        # Long enough ago for its use to be noted anew.
        work.execute(
            update(SignInRow).values(last_seen_at=datetime.now(UTC) - timedelta(minutes=9))
        )
    closed: list[int] = []
    connections.add("stream", sign_in_id, ADMIN, lambda: closed.append(1))
    writer = sqlite3.connect(database.engine.url.database, isolation_level=None)
    event.listen(database.engine, "connect", lambda c, _: c.execute("PRAGMA busy_timeout = 1"))
    database.engine.dispose()
    writer.execute("BEGIN IMMEDIATE")
    for now_s in (0.0, MOST_UNANSWERED_S, 2 * MOST_UNANSWERED_S):
        connections.check(now_s)
    writer.close()
    assert closed == []


def test_whatever_keeps_the_answer_away_counts() -> None:
    class Broken:
        def session(self):
            raise RuntimeError("a fault of the driver")

    closed: list[int] = []
    connections = Connections(Broken())
    connections.add("stream", 1, ADMIN, lambda: closed.append(1))
    connections.check(0.0)
    connections.check(MOST_UNANSWERED_S)
    assert closed == [1]


def test_one_that_cannot_be_closed_keeps_no_other_open(connections: Connections) -> None:
    def fail() -> None:
        raise KeyError("/")

    closed: list[int] = []
    connections.add("socket", 1, ADMIN, fail)
    connections.add("stream", 1, ADMIN, lambda: closed.append(1))
    connections.close({1})
    assert closed == [1]


def test_time_without_any_connection_is_no_time_without_an_answer() -> None:
    closed: list[int] = []
    connections = Connections(Away())
    connections.add("first", 1, ADMIN, lambda: closed.append(1))
    connections.check(0.0)
    connections.remove("first")
    connections.check(5.0)
    connections.add("second", 1, ADMIN, lambda: closed.append(2))
    connections.check(3600.0)
    assert closed == []


def test_an_answer_in_between_starts_the_time_anew(
    database: Database, signed_in: FlaskClient
) -> None:
    (sign_in_id,) = ids(database)
    closed: list[int] = []
    connections = Connections(Away())
    connections.add("stream", sign_in_id, ADMIN, lambda: closed.append(1))
    connections.check(0.0)
    connections._database = database
    connections.check(MOST_UNANSWERED_S - 1)
    connections._database = Away()
    connections.check(MOST_UNANSWERED_S + 1)
    assert closed == []


def test_it_checks_until_the_end(connections: Connections, monkeypatch: pytest.MonkeyPatch) -> None:
    stop, checks = threading.Event(), []

    def check(now_s: float) -> None:
        checks.append(now_s)
        if len(checks) == 3:
            stop.set()

    monkeypatch.setattr(connections_module, "CHECK_INTERVAL_S", 0.0)
    monkeypatch.setattr(connections, "check", check)
    connections.run(stop)
    assert len(checks) == 3
