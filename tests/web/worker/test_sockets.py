"""Tests of how slow a client may be, over a real pair of sockets."""

from collections.abc import Iterator
from dataclasses import replace

import gevent
import pytest
from gevent import socket

from webapp.web.worker.limits import ConnectionLimits
from webapp.web.worker.sockets import PIECE_BYTES, BodyReader, BoundedSocket

LIMITS = replace(ConnectionLimits(), body_grace_s=0.05, body_least_bytes_per_s=10_000)


@pytest.fixture
def ends() -> Iterator[tuple[BoundedSocket, socket.socket]]:
    """A connection at the server's end and at the client's."""
    server, client = socket.socketpair()
    bounded = BoundedSocket(server.family, server.type, server.proto, fileno=server.detach())
    yield bounded, client
    bounded.close()
    client.close()


def test_a_sender_who_keeps_to_the_least_rate_may_take_long(
    ends: tuple[BoundedSocket, socket.socket],
) -> None:
    server, client = ends
    reader = BodyReader(server, LIMITS)
    client.sendall(b"x" * 5000)
    assert len(reader.recv(5000)) == 5000

    def send_later() -> None:
        gevent.sleep(4 * LIMITS.body_grace_s)
        client.sendall(b"y")

    gevent.spawn(send_later)
    assert reader.recv(5000) == b"y"


def test_a_sender_who_falls_silent_is_not_waited_for(
    ends: tuple[BoundedSocket, socket.socket],
) -> None:
    server, client = ends
    reader = BodyReader(server, LIMITS)
    client.sendall(b"x")
    assert reader.recv(10) == b"x"
    with pytest.raises(TimeoutError):
        reader.recv(10)


def test_what_the_application_takes_is_not_the_senders_time(
    ends: tuple[BoundedSocket, socket.socket],
) -> None:
    server, client = ends
    reader = BodyReader(server, LIMITS)
    gevent.sleep(2 * LIMITS.body_grace_s)
    client.sendall(b"x")
    assert reader.recv(10) == b"x"


def test_a_client_who_takes_nothing_is_not_waited_for(
    ends: tuple[BoundedSocket, socket.socket],
) -> None:
    server, _ = ends
    server.write_s = 0.05
    with pytest.raises(TimeoutError):
        server.sendall(b"x" * 50_000_000)


def test_all_arrives(ends: tuple[BoundedSocket, socket.socket]) -> None:
    server, client = ends
    sent = bytes(range(256)) * (3 * PIECE_BYTES // 256) + b"end"
    gevent.spawn(server.sendall, sent)
    received = b""
    while len(received) < len(sent):
        received += client.recv(1 << 20)
    assert received == sent
