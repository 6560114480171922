"""Tests of what participants of a room may send and are told."""

import json
import socket
import threading
import time

import pytest
import simple_websocket
from flask import Flask
from werkzeug.exceptions import BadRequest
from werkzeug.test import EnvironBuilder

from tests.core.test_room_limits import jpeg
from tests.fakes import FakeRooms, FakeRuntime
from tests.patience import PATIENCE_S
from tests.web.live.test_websocket_limits import FINAL, HEADERS, TEXT, frame_head
from webapp.core.camera_setup import CameraSetup
from webapp.core.messages import RoomFace, RoomReadings
from webapp.web.live.participants import FULL, STOPPING, Participants
from webapp.web.live.room_socket import (
    EXPIRED,
    GONE,
    IDLE,
    MOST_UNREAD_PICTURES,
    PAUSED,
    RoomSocket,
)

FACE = RoomFace((0.0, 0.1, 0.5, 0.6), "happy", 0.9)


class FakeSocket:
    """A WebSocket whose messages a test gives; ends after the last."""

    mode = "threading"

    def __init__(self, *messages: bytes | str | None) -> None:
        self.messages, self.sent = list(messages), []
        self.is_ended = False

    def receive(self, timeout: float) -> bytes | str | None:
        if not self.messages:
            raise simple_websocket.ConnectionClosed
        return self.messages.pop(0)

    def send(self, text: str) -> None:
        self.sent.append(json.loads(text))

    def end(self) -> None:
        self.is_ended = True


class Room:
    """A room with one participant."""

    def __init__(self) -> None:
        self.runtime, self.rooms, self.participants = FakeRuntime(), FakeRooms(), Participants()
        self.runtime.set_cameras([CameraSetup("class", "Class", "browser 2")])
        self.participant = self.participants.enter("class", 7, 2, "browser 2")

    def serve(self, *messages: bytes | str | None, ends_in_s: float = 60) -> list[dict]:
        """Serve a socket that says this; returns what it was told."""
        ends_at_s = time.monotonic() + ends_in_s
        room = RoomSocket(self.participant, self.participants, self.runtime, self.rooms, ends_at_s)
        socket = FakeSocket(*messages)
        room.talk(socket)
        assert socket.is_ended
        assert self.participants.count("class") == 0
        assert self.rooms.left == [("class", self.participant.id)]
        return socket.sent


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_picture_is_passed_on_and_the_next_asked_for(room):
    (answer,) = room.serve(jpeg(64, 36))
    assert answer == {"kind": "took", "pace_ms": 200}
    assert room.rooms.pictures == [("class", room.participant.id, jpeg(64, 36), (64, 36))]


def test_what_is_no_picture_is_dropped_and_told(room):
    answers = room.serve("hello", b"\0" * 50)
    assert [answer["kind"] for answer in answers] == ["dropped", "dropped"]
    assert "got text" in answers[0]["fault"] and "JPEG or WebP" in answers[1]["fault"]
    assert room.rooms.pictures == []


def test_nothing_is_passed_on_while_the_room_is_paused(room):
    room.runtime.pause("class", room.runtime.statuses[0].since)
    (answer,) = room.serve(jpeg(64, 36))
    assert (answer["fault"], room.rooms.pictures) == (PAUSED, [])


def test_who_may_not_stay_is_told_why(room, monkeypatch):
    assert room.serve(ends_in_s=-1) == [{"kind": "ended", "reason": EXPIRED}]


def test_a_room_that_is_gone_ends(room):
    room.runtime.set_cameras([])
    assert room.serve(None) == [{"kind": "ended", "reason": GONE}]


def test_who_came_by_a_link_that_is_ended_leaves(room):
    room.participants.end_link(8, "another")
    room.participants.end_link(7, "It was ended.")
    assert room.serve(None) == [{"kind": "ended", "reason": "It was ended."}]


def test_who_comes_by_a_link_that_was_just_ended_leaves(room):
    room.participants.end_link(8, "It was ended.")
    assert room.participants.enter("class", 8, 2, "browser 2").ended == "It was ended."


def test_nobody_stays_in_a_room_that_is_another_than_they_joined(room):
    room.participants.rooms_are({"class": "browser 2", "hall": "demo"})
    assert not room.participant.ended
    room.participants.rooms_are({"class": "browser 3"})
    late = room.participants.enter("class", 7, 3, "browser 2")
    assert late.ended == STOPPING
    room.participants.leave(late)
    assert room.serve(jpeg(64, 36)) == [] and room.rooms.pictures == []


def test_when_the_server_stops_no_reason_is_given_and_the_browser_comes_back(room):
    room.participants.stop()
    assert room.serve(None) == []


def test_a_request_that_is_none_takes_no_place(room):
    ours, theirs = socket.socketpair()
    asked = EnvironBuilder(headers={"Connection": "Upgrade", "Upgrade": "websocket"})
    environ = asked.get_environ() | {"werkzeug.socket": ours}
    with ours, theirs, pytest.raises(BadRequest):
        RoomSocket(room.participant, room.participants, room.runtime, room.rooms, 9e9).serve(
            environ
        )
    assert room.participants.count("class") == 0


def test_who_floods_is_cut_off(room):
    ours, theirs = socket.socketpair()
    environ = EnvironBuilder(headers=HEADERS).get_environ() | {"werkzeug.socket": ours}
    wanted = RoomSocket(room.participant, room.participants, room.runtime, room.rooms, 9e9)
    with ours, theirs:
        theirs.sendall((frame_head(FINAL | TEXT, 1) + b"x") * 3 * MOST_UNREAD_PICTURES)
        wanted.serve(environ)
    assert room.participants.count("class") == 0


def test_who_is_gone_before_the_answer_leaves_without_a_fault(room, monkeypatch):
    def send(self, text: str) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(FakeSocket, "send", send)
    assert room.serve(jpeg(64, 36)) == []


def test_who_sends_nothing_for_long_leaves(room, monkeypatch):
    times = iter([0.0, *range(0, 200, 10)])
    monkeypatch.setattr("webapp.web.live.room_socket.time.monotonic", lambda: next(times))
    room.participant.limits = None
    sent = room.serve(*[None] * 9, ends_in_s=10_000)
    assert sent == [{"kind": "ended", "reason": IDLE}]


def test_each_is_told_of_the_own_faces_and_the_newest_alone(room):
    other = room.participants.enter("class", 7, 2, "browser 2")
    assert room.participants.enter("class", 7, 2, "browser 2") is None
    told = room.participant.id
    for label in ("sad", "happy"):
        face = RoomFace(FACE.box_xyxy, label, FACE.probability)
        room.participants.take(RoomReadings("class", {told: (face,)}, 2.0))
    room.participants.take(RoomReadings("hall", {told: ()}, 9.0))
    (news,) = [room.participant.news.newest()]
    assert json.loads(news.value)["faces"][0]["label"] == "happy"
    assert json.loads(other.news.newest().value) == {"kind": "read", "faces": [], "fps": 2.0}
    # The slower the room is read, the fewer pictures are asked for.
    assert room.participants.pace_s("class") == 0.5
    room.participants.take(RoomReadings("class", {}, 0.1))
    assert room.participants.pace_s("class") == 1.0


def test_who_gets_no_place_for_others_of_another_web_instance_leaves(room, monkeypatch):
    guest, taken = room.participant, RoomReadings("class", {"a": (), "b": ()}, 5.0)
    room.participants.take(taken)
    room.serve(jpeg(640, 360))
    monkeypatch.setattr("webapp.web.live.participants.WITHOUT_PLACE_S", -1.0)
    late = room.participants.enter("class", 7, 2, "browser 2")
    late.has_sent = True
    room.participants.take(taken)
    assert (guest.has_sent, late.ended) == (True, "")
    room.participants.take(RoomReadings("class", {"a": (), late.id: ()}, 5.0))
    room.participants.take(taken)
    assert late.ended == "", "the first reading without them"
    room.participants.take(taken)
    assert late.ended == FULL


def test_news_are_sent_while_the_participant_says_nothing(room):
    socket, sent = FakeSocket(), threading.Event()
    socket.send = lambda text: (socket.sent.append(text), sent.set())
    wanted = RoomSocket(room.participant, room.participants, room.runtime, room.rooms, 0.0)
    speaker = threading.Thread(target=wanted.tell, args=(socket,))
    speaker.start()
    room.participants.take(RoomReadings("class", {room.participant.id: (FACE,)}, 5.0))
    assert sent.wait(PATIENCE_S)
    room.participant.end("enough")
    speaker.join(PATIENCE_S)
    assert not speaker.is_alive() and "happy" in socket.sent[0]


def test_readings_reach_participants_and_no_manager(app: Flask):
    from webapp.web.services import services_of

    services = services_of(app)
    participant = services.participants.enter("class", 1, 1, "browser 1")
    services.sockets.publish = lambda message: pytest.fail("a manager would see it")
    services.publish(RoomReadings("class", {participant.id: (FACE,)}, 5.0))
    assert "happy" in participant.news.newest().value
