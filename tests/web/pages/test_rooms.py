"""Tests of the links to a room, and of the page that they lead to."""

import re
import socket
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from tests.conftest import VIEWER, AuthActions
from tests.fakes import FakeRooms, FakeRuntime
from tests.purposes import state_purposes
from tests.web.live.test_websocket_limits import HEADERS
from webapp.core.camera_setup import CameraSetup
from webapp.storage.cameras import save_camera
from webapp.storage.purposes import withdraw_purpose
from webapp.storage.room_links import add_link, list_links, revoke_link
from webapp.web.live.participants import LINK_ENDED, STOPPING, Participants
from webapp.web.live.room_socket import CHANGED, GONE, OFF
from webapp.web.live.room_watch import RoomWatch
from webapp.web.services import services_of

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
LINKS, EDIT = "/admin/cameras/class/links", "/admin/cameras/class/edit"
LINK = re.compile(r'value="http://localhost(/join/[\w-]{43})"')
ROOM = CameraSetup("class", "The class", "browser 9")


@pytest.fixture
def room(app: Flask) -> CameraSetup:
    save(app, ROOM)
    services = services_of(app)
    with services.database.session() as work:
        state_purposes(work, services.sealer, datetime.now(UTC))
    return ROOM


def save(app: Flask, setup: CameraSetup) -> None:
    services = services_of(app)
    with services.database.session() as work:
        save_camera(work, setup, services.sealer, "mira", NOW)


@pytest.fixture
def link(room: CameraSetup, signed_in: FlaskClient, auth: AuthActions) -> str:
    """The path of a link."""
    auth.post(LINKS, "/password", watched_by="The <leaders>", hours="1")
    found = LINK.search(signed_in.get(EDIT).text)
    assert found
    return found[1]


def test_a_link_is_shown_once_and_opens_for_anybody(
    app: Flask, link: str, signed_in: FlaskClient
) -> None:
    assert not LINK.search(signed_in.get(EDIT).text)
    answer = app.test_client().get(link)
    assert (
        "Join The class" in answer.text
        and "The &lt;leaders&gt; can see your picture" in answer.text
        and "for demonstration with consent: The tests of Evenkeel read no real" in answer.text
    )
    assert answer.headers["Permissions-Policy"].startswith("camera=(self)")
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_room_of_counts_alone_says_that_nobody_sees_the_picture(app: Flask, link: str) -> None:
    save(app, replace(ROOM, source="browser 9 counts"))
    assert "Nobody sees your picture." in app.test_client().get(link).text


def test_a_link_that_is_ended_opens_nothing_any_more(
    app: Flask, link: str, signed_in: FlaskClient, auth: AuthActions
) -> None:
    with services_of(app).database.session() as work:
        (stored,) = list_links(work, "class")
    assert auth.post(f"{LINKS}/{stored.id}/end", "/password").status_code == 303
    answer = app.test_client().get(link)
    assert answer.status_code == 404 and "This link lets nobody in" in answer.text
    page = signed_in.get(EDIT).text
    assert "The link is ended; who came by it is out of the room." in page and "Ended" in page
    assert auth.post(f"{LINKS}/99/end", "/password").status_code == 404


def test_who_is_in_a_room_leaves_when_another_web_instance_ends_the_link_or_changes_it(
    app: Flask, link: str
) -> None:
    services = services_of(app)
    with services.database.session() as work:
        add_link(work, "class", "The leaders", timedelta(hours=1), "mira", NOW)
        second, first = list_links(work, "class")
    there = Participants()
    watch = RoomWatch(services.database, services.sealer, there)
    watch.look()
    guests = [there.enter("class", each.id, 9, ROOM.source) for each in (first, second)]
    with services.database.session() as work:
        revoke_link(work, "class", first.id, "mira", NOW)
    watch.look()
    assert [guest.ended for guest in guests] == [LINK_ENDED, ""]
    save(app, replace(ROOM, source="browser 2"))
    watch.look()
    assert [guest.ended for guest in guests][1] == STOPPING


def told(app: Flask, path: str) -> bytes:
    """Return what a browser reads that asks for the WebSocket of a path."""
    ours, theirs = socket.socketpair()
    environ = EnvironBuilder(path, headers=HEADERS).get_environ() | {"werkzeug.socket": ours}
    with ours, theirs, suppress(ConnectionError):
        list(app.wsgi_app(environ, lambda *_: None))
        return theirs.recv(10_000)
    return b""


def test_who_comes_back_is_told_why_nobody_is_let_in(
    app: Flask, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.web.live.websockets.GOODBYE_S", 0.01)
    services_of(app).runtime, services_of(app).rooms = FakeRuntime(), FakeRooms()
    read = re.search(
        f'data-socket-url="({link}/pictures.read=pictures)"',
        app.test_client().get(link).text,
    )
    assert read
    # A page that promised that nobody sees the picture lets nobody into a room that shows it.
    assert CHANGED.encode() in told(app, f"{link}/pictures?read=counts")
    assert GONE.encode() in told(app, read[1])
    with services_of(app).database.session() as work:
        withdraw_purpose(work, "class", "mira", datetime.now(UTC))
    assert OFF.encode() in told(app, read[1])
    assert "it takes no picture" in app.test_client().get(link).text
    save(app, replace(ROOM, source="0"))
    assert b"This link lets nobody in" in told(app, read[1])


def test_a_link_of_a_camera_that_is_no_room_any_more_opens_nothing(app: Flask, link: str) -> None:
    save(app, replace(ROOM, source="0"))
    assert app.test_client().get(link).status_code == 404


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"watched_by": " ", "hours": "1"}, "Who watches: Expected who sees what comes"),
        ({"watched_by": "x" * 201, "hours": "1"}, "Expected at most 200 characters, got 201."),
        ({"watched_by": "us", "hours": "2"}, "Expected a length from the list."),
    ],
)
def test_a_link_that_cannot_be_meant_is_refused(
    room: CameraSetup, signed_in: FlaskClient, auth: AuthActions, fields: dict, fault: str
) -> None:
    auth.post(LINKS, "/password", **fields)
    page = signed_in.get(EDIT).text
    assert "No link was made." in page and fault in page


def test_links_belong_to_rooms_and_to_admins(
    room: CameraSetup, client: FlaskClient, auth: AuthActions
) -> None:
    auth.login(VIEWER)
    assert auth.post(LINKS, "/password", watched_by="us", hours="1").status_code == 403
    auth.logout()
    auth.login()
    answer = auth.post("/admin/cameras/door/links", "/password", watched_by="us", hours="1")
    assert answer.status_code == 404
    # A room has no test and no mask; it has links.
    page = client.get(EDIT).text
    assert "Links to this room" in page and 'value="try"' not in page
    assert "Links to this room" not in client.get("/admin/cameras/door/edit").text


@pytest.mark.parametrize("path", ["/join/x", "/join/" + "a" * 43])
def test_a_made_up_link_opens_nothing(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
