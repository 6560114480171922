"""Tests of what one WebSocket may send, over a real pair of sockets."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from tests.patience import PATIENCE_S
from webapp.web.live.websockets import (
    MAX_MESSAGE_BYTES,
    MOST_UNREAD_MESSAGES,
    BoundedServer,
    WholeFrames,
)

HEADERS = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
}
TEXT, BINARY, FINAL, COMPRESSED = 0x1, 0x2, 0x80, 0x40
TOO_BIG, PROTOCOL_ERROR = 1009, 1002
NO_MASK = b"\0\0\0\0"


@pytest.fixture
def browser(app: Flask, signed_in: FlaskClient) -> Iterator[socket.socket]:
    """The browser's end of a WebSocket, before anything was read from it."""
    browser, server = socket.socketpair()
    browser.settimeout(10)
    cookie = signed_in.get_cookie(signed_in.application.config["SESSION_COOKIE_NAME"])
    builder = EnvironBuilder(
        "/socket.io/?EIO=4&transport=websocket",
        headers=HEADERS | {"Cookie": f"{cookie.key}={cookie.value}"},
    )
    environ = builder.get_environ() | {"werkzeug.socket": server}

    def serve() -> None:
        # How simple-websocket lets Werkzeug's server know that the answer is over.
        with suppress(ConnectionError):
            app.wsgi_app(environ, lambda *_: None)

    serving = threading.Thread(target=serve)
    serving.start()
    yield browser
    browser.close()
    serving.join(PATIENCE_S)
    assert not serving.is_alive()


def frame_head(first_byte: int, length: int) -> bytes:
    """Return what comes before a frame's bytes, which are masked with zeros: not at all."""
    return struct.pack("!BBQ", first_byte, 0x80 | 127, length) + NO_MASK


def close_code(browser: socket.socket, answer: bytes) -> int:
    """Read to the end; returns the code of the frame that closes the WebSocket."""
    while received := browser.recv(4096):
        answer += received
    opcode, length, code = struct.unpack("!BBH", answer[answer.rindex(b"\x88") :][:4])
    assert (opcode, length >= 2) == (0x88, True)
    return int(code)


def handshake(browser: socket.socket) -> bytes:
    """Return the server's answer to the request for a WebSocket, with Engine.IO's first words."""
    answer = b""
    while b"maxPayload" not in answer:
        answer += browser.recv(4096)
    return answer


def test_nothing_is_compressed(browser: socket.socket) -> None:
    answer = handshake(browser)
    assert answer.startswith(b"HTTP/1.1 101")
    assert b"sec-websocket-extensions" not in answer.lower()
    browser.sendall(frame_head(FINAL | COMPRESSED | TEXT, 100_000) + b"\0" * 1000)
    assert close_code(browser, answer) == PROTOCOL_ERROR


@pytest.mark.parametrize("kind", [TEXT, BINARY, FINAL | TEXT, FINAL | BINARY])
def test_a_message_ends_the_connection_where_it_gets_too_long(
    browser: socket.socket, kind: int
) -> None:
    answer = handshake(browser)
    browser.sendall(frame_head(kind, 300_000_000) + b"x" * (MAX_MESSAGE_BYTES + 1))
    assert close_code(browser, answer) == TOO_BIG


def test_messages_that_nobody_reads_end_the_connection() -> None:
    browser, server = socket.socketpair()
    browser.settimeout(10)
    environ = EnvironBuilder("/", headers=HEADERS).get_environ() | {"werkzeug.socket": server}
    socket_of_server = BoundedServer(environ)
    browser.sendall(bytes([FINAL | TEXT, 0x81, *NO_MASK, 0x61]) * (MOST_UNREAD_MESSAGES + 1))
    while browser.recv(4096):
        pass
    assert not socket_of_server.connected
    browser.close()


class SlowConnection:
    """Takes its time for each frame; notes when each begins and ends."""

    def __init__(self) -> None:
        self.noted: list[str] = []
        self.has_begun, self.go_on = threading.Event(), threading.Event()

    def sendall(self, frame: bytes) -> None:
        """Take a frame."""
        self.noted.append(f"{frame.decode()} begins")
        self.has_begun.set()
        assert self.go_on.wait(PATIENCE_S)
        self.noted.append(f"{frame.decode()} ends")

    def recv(self, size: int) -> bytes:
        """Return the end."""
        return b""

    def close(self) -> None:
        """Do nothing."""


def test_frames_of_two_threads_are_sent_one_after_the_other() -> None:
    connection = SlowConnection()
    frames = WholeFrames(connection)
    senders = [threading.Thread(target=frames.send, args=(frame,)) for frame in (b"a", b"b")]
    senders[0].start()
    assert connection.has_begun.wait(PATIENCE_S)
    senders[1].start()
    senders[1].join(0.05)
    connection.go_on.set()
    for sender in senders:
        sender.join(PATIENCE_S)
    assert connection.noted == ["a begins", "a ends", "b begins", "b ends"]
