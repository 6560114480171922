"""Tests of the Socket.IO connection."""

import queue
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_socketio import SocketIOTestClient
from sqlalchemy import update

from tests.conftest import NEWCOMER, VIEWER, AuthActions
from tests.fakes import FakeLiveAlerts, FakeRuntime, counts_message
from webapp.bus.json_codec import to_json
from webapp.config import SPARE_SOCKETS, Settings
from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Limits
from webapp.core.limit_words import LimitMark, LimitWords
from webapp.core.messages import LimitsMessage, RecentPoint
from webapp.storage.accounts import limit_cameras
from webapp.storage.database import Database
from webapp.storage.tables import SignInRow
from webapp.storage.users import find_user
from webapp.web.live.sockets import LiveSockets
from webapp.web.live.transports import HANDSHAKE_S
from webapp.web.services import services_of


@pytest.fixture
def sockets(app: Flask) -> LiveSockets:
    """The application's connections."""
    sockets: LiveSockets = services_of(app).sockets
    return sockets


def connect(app: Flask, sockets: LiveSockets, client: FlaskClient) -> SocketIOTestClient:
    """Open a connection with the cookies of a browser."""
    return sockets.socketio.test_client(app, flask_test_client=client)


def test_sends_the_newest_at_once(
    app: Flask,
    sockets: LiveSockets,
    signed_in: FlaskClient,
    runtime: FakeRuntime,
    live_alerts: FakeLiveAlerts,
) -> None:
    limits, both = Limits(15, 10, 0, 5), ("angry", "fear")
    live_alerts.watched_rules = [
        AlertRule(1, "It lasts", RuleKind.EXPRESSION, limits, "door", expressions=both)
    ]
    marks = LimitMark(15, "alerts from 15"), LimitMark(10, "ends below 10")
    connection = connect(app, sockets, signed_in)
    assert connection.is_connected()
    received = [(event["name"], event["args"][0]) for event in connection.get_received()]
    assert received == [
        ("camera", to_json(runtime.statuses[0].as_message())),
        ("limits", to_json(LimitsMessage("demo"))),
        ("counts", to_json(runtime.counts["demo"])),
        ("camera", to_json(runtime.statuses[1].as_message())),
        ("limits", to_json(LimitsMessage("door", LimitWords(marks)))),
    ]


def test_publishes_to_the_signed_in(
    app: Flask, sockets: LiveSockets, signed_in: FlaskClient
) -> None:
    first, second = connect(app, sockets, signed_in), connect(app, sockets, signed_in)
    for connection in (first, second):
        connection.get_received()
    message = counts_message("demo", indicator=80.0)
    sockets.publish(message)
    for connection in (first, second):
        (event,) = connection.get_received()
        assert (event["name"], event["args"][0]) == ("counts", to_json(message))


def test_refuses_a_stranger(app: Flask, sockets: LiveSockets, client: FlaskClient) -> None:
    connection = connect(app, sockets, client)
    sockets.publish(counts_message("demo"))
    assert not connection.is_connected()


def test_refuses_a_newcomer(
    app: Flask, sockets: LiveSockets, client: FlaskClient, auth: AuthActions
) -> None:
    auth.login(NEWCOMER)
    assert not connect(app, sockets, client).is_connected()


def test_sends_nothing_to_whoever_is_not_let_in_yet(
    app: Flask, sockets: LiveSockets, signed_in: FlaskClient, runtime: FakeRuntime
) -> None:
    # A stranger is one of Socket.IO's clients while the refusal is decided.
    manager = sockets.socketio.server.manager
    sent: list[str] = []
    sockets.socketio.server._send_eio_packet = lambda sid, packet: sent.append(sid)
    manager.pre_connect("stranger", "/")
    sockets.publish(counts_message("demo"))
    assert sent == []


def test_signing_out_cuts_the_connection(
    app: Flask, sockets: LiveSockets, signed_in: FlaskClient, auth: AuthActions
) -> None:
    connection = connect(app, sockets, signed_in)
    auth.logout()
    assert not connection.is_connected()


def test_a_sign_in_ended_elsewhere_cuts_the_connection(
    app: Flask,
    sockets: LiveSockets,
    signed_in: FlaskClient,
    database: Database,
) -> None:
    connection, connections = connect(app, sockets, signed_in), services_of(app).connections
    connections.check(0.0)
    assert connection.is_connected()
    with database.session() as work:
        work.execute(update(SignInRow).values(revoked_at=datetime.now(UTC)))
    connections.check(5.0)
    assert not connection.is_connected()


def test_a_camera_that_is_taken_away_cuts_the_connection(
    app: Flask,
    sockets: LiveSockets,
    client: FlaskClient,
    auth: AuthActions,
    database: Database,
) -> None:
    auth.login(VIEWER)
    connection, connections = connect(app, sockets, client), services_of(app).connections
    connections.check(0.0)
    assert connection.is_connected()
    with database.session() as work:
        viewer = find_user(work, VIEWER)
        limit_cameras(work, viewer, {"door"}, "boss", datetime.now(UTC))
    connections.check(5.0)
    assert not connection.is_connected()
    again = connect(app, sockets, client)
    assert {event["args"][0]["camera"] for event in again.get_received()} == {"door"}


def test_an_event_waits_for_no_database(
    app: Flask, sockets: LiveSockets, signed_in: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect(app, sockets, signed_in)
    connection.get_received()
    monkeypatch.setattr(services_of(app), "database", None)
    sockets.publish(counts_message("demo"))
    sockets.publish_to(1, RecentPoint(datetime.now(UTC), 0, 0.0))
    assert [event["name"] for event in connection.get_received()] == ["counts", "recent_point"]


def test_connects_before_the_runtime_is_attached(
    app: Flask, sockets: LiveSockets, signed_in: FlaskClient
) -> None:
    services_of(app).runtime = None
    connection = connect(app, sockets, signed_in)
    assert connection.is_connected()
    assert connection.get_received() == []


HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


def test_a_handshake_of_a_signed_in_user(signed_in: FlaskClient) -> None:
    assert '"sid"' in signed_in.get(HANDSHAKE).text


@pytest.mark.parametrize("transport", ["polling", "websocket", ""])
def test_a_strangers_transport_is_not_even_opened(
    sockets: LiveSockets, client: FlaskClient, transport: str
) -> None:
    answer = client.get(f"/socket.io/?EIO=4&transport={transport}")
    assert answer.status_code == 401
    assert answer.get_json()["message"] == "Sign in first."
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert sockets.socketio.server.eio.sockets == {}


def test_a_newcomers_transport_is_not_even_opened(client: FlaskClient, auth: AuthActions) -> None:
    auth.login(NEWCOMER)
    assert client.get(HANDSHAKE).status_code == 403


def test_a_made_up_transport_is_refused(client: FlaskClient) -> None:
    assert client.get(HANDSHAKE + "&sid=guess").status_code == 400


def test_no_handshake_without_database(signed_in: FlaskClient, database: Database) -> None:
    with database.session() as work:
        work.connection().exec_driver_sql("DROP TABLE sessions")
    assert signed_in.get(HANDSHAKE).status_code == 503


def test_all_connections_end_at_the_end(sockets: LiveSockets, signed_in: FlaskClient) -> None:
    signed_in.get(HANDSHAKE)
    (transport,) = sockets.socketio.server.eio.sockets.values()
    sockets.transports.close_all()
    assert transport.closed


def open_transport(sockets: LiveSockets, client: FlaskClient) -> str:
    """Open a polling transport and return its sid."""
    assert client.get(HANDSHAKE).status_code == 200
    return list(sockets.socketio.server.eio.sockets)[-1]


def say(client: FlaskClient, sid: str, packet: str) -> int:
    """Send a packet over a transport; returns the status."""
    return client.post(f"{HANDSHAKE}&sid={sid}", data=packet).status_code


def test_a_sid_is_worth_nothing_without_its_cookie(
    app: Flask, sockets: LiveSockets, signed_in: FlaskClient
) -> None:
    stranger, viewer = app.test_client(), app.test_client()
    AuthActions(viewer).login(VIEWER)
    sid = open_transport(sockets, signed_in)
    for other in (stranger, viewer):
        for answer in (other.get(f"{HANDSHAKE}&sid={sid}"), other.post(f"{HANDSHAKE}&sid={sid}")):
            assert answer.status_code == 403
            assert "Another sign-in" in answer.get_json()["message"]
    assert say(signed_in, sid, "40") == 200
    assert "counts" in signed_in.get(f"{HANDSHAKE}&sid={sid}").text


def test_a_transport_that_nobody_uses_ends(
    app: Flask, sockets: LiveSockets, signed_in: FlaskClient
) -> None:
    connections, eio = services_of(app).connections, sockets.socketio.server.eio
    idle, used = open_transport(sockets, signed_in), open_transport(sockets, signed_in)
    assert say(signed_in, used, "40") == 200
    connections.check(time.monotonic())
    assert not eio.sockets[idle].closed
    connections.check(time.monotonic() + HANDSHAKE_S)
    assert idle not in eio.sockets or eio.sockets[idle].closed
    assert not eio.sockets[used].closed
    assert say(signed_in, used, "41") == 200
    connections.check(time.monotonic() + HANDSHAKE_S)
    assert used not in eio.sockets or eio.sockets[used].closed
    assert connections._open == {} and sockets.transports._openers == {}


def test_signing_out_ends_a_transport_that_nobody_uses_yet(
    sockets: LiveSockets, signed_in: FlaskClient, auth: AuthActions
) -> None:
    transport = sockets.socketio.server.eio.sockets[open_transport(sockets, signed_in)]
    auth.logout()
    assert transport.closed


def test_refuses_another_site(signed_in: FlaskClient) -> None:
    assert signed_in.get(HANDSHAKE, headers={"Origin": "http://localhost"}).status_code == 200
    assert signed_in.get(HANDSHAKE, headers={"Origin": "http://evil.example"}).status_code == 400


def test_one_page_too_many_is_refused_and_holds_no_thread(
    app: Flask, sockets: LiveSockets, signed_in: FlaskClient, settings: Settings
) -> None:
    most = settings.max_viewers + SPARE_SOCKETS
    sockets.socketio.server.eio.sockets.update({str(n): object() for n in range(most)})
    answer = signed_in.get("/socket.io/?EIO=4&transport=polling")
    assert answer.status_code == 503
    assert "100 pages are open, 0 of them yours" in answer.text
    sockets.socketio.server.eio.sockets.clear()


def test_one_user_leaves_pages_for_others(sockets: LiveSockets, signed_in: FlaskClient) -> None:
    opened = [open_transport(sockets, signed_in) for _ in range(25)]
    answer = signed_in.get("/socket.io/?EIO=4&transport=polling")
    assert answer.status_code == 503
    assert "25 of them yours; one user may open 25" in answer.text
    sockets.transports.close(opened[0])
    assert signed_in.get("/socket.io/?EIO=4&transport=polling").status_code == 200


def test_a_client_that_leaves_makes_no_other_deaf_to_a_new_camera(
    app: Flask, sockets: LiveSockets, signed_in: FlaskClient
) -> None:
    connection = connect(app, sockets, signed_in)
    connection.get_received()
    # Known still, and gone already.
    (actor,) = sockets._users.values()
    sockets._users = {"gone": actor, **sockets._users}
    for _ in range(2):
        sockets.publish(counts_message("new"))
    assert len(connection.get_received()) == 2


def test_a_client_that_left_while_it_connected_is_forgotten(
    app: Flask, sockets: LiveSockets, signed_in: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets.socketio.server, "get_environ", lambda *_, **__: None)
    connect(app, sockets, signed_in)
    assert sockets._users == {}
    assert services_of(app).connections._open == {}


def test_a_connection_is_behind_while_pictures_wait_or_it_is_closed(sockets: LiveSockets) -> None:
    waiting: queue.Queue[Any] = queue.Queue()
    sockets.socketio.server.eio.sockets["slow"] = SimpleNamespace(queue=waiting)
    for text, is_behind in (("", False), ("counts" * 50, False), ("p" * 120_000, True)):
        waiting.put(SimpleNamespace(data=text))
        assert sockets.transports.is_behind("slow") is is_behind
    waiting.queue.clear()
    waiting.put(None)
    assert not sockets.transports.is_behind("slow")
    assert sockets.transports.is_behind("gone")
    del sockets.socketio.server.eio.sockets["slow"]
