"""Connections that are slow, silent or greedy, many of each kind at once."""

import os
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import requests

from tests.attack.prober import Prober
from tests.gunicorn_server import CSRF_FIELD, GunicornServer

HOLDS_S = 15.0
DRIP_S = 1.0
CHUNK = bytes(1 << 16)


@dataclass(frozen=True)
class Kind:
    """How a connection behaves: what it sends first, then every second; it never reads."""

    name: str
    first: Callable[[GunicornServer, str], bytes]
    drip: bytes = b""


def _head(line: str, *more: str) -> bytes:
    return "\r\n".join((line, "Host: 127.0.0.1", *more, "", "")).encode()


KINDS = (
    Kind("nothing", lambda server, cookie: b""),
    Kind("half a header", lambda server, cookie: _head("GET / HTTP/1.1")[:-2], b"X: y\r\n"),
    Kind(
        "half a body",
        lambda server, cookie: _head("POST /login HTTP/1.1", "Content-Length: 1000"),
        b"x",
    ),
    Kind("one TLS byte", lambda server, cookie: b"\x16"),
    Kind(
        "close, and the socket is kept",
        lambda server, cookie: _head("GET /healthz HTTP/1.1", "Connection: close"),
    ),
    Kind(
        "half a body, signed in",
        lambda server, cookie: _head(
            "POST /api/analyse HTTP/1.1", f"Cookie: {cookie}", "Content-Length: 100000000"
        ),
        b"x",
    ),
    Kind(
        "a stream that is not read",
        lambda server, cookie: _head("GET /stream/demo.mjpg HTTP/1.1", f"Cookie: {cookie}"),
    ),
)


def cookie_of(session: requests.Session) -> str:
    """Return a sign-in as a header's value."""
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)


def hold(server: GunicornServer, kind: Kind, count: int, cookie: str) -> dict[str, float]:
    """Open many connections of a kind and keep them up; returns what a bystander saw."""
    first = kind.first(server, cookie)
    ends: list[socket.socket] = []
    stop = threading.Event()
    with Prober(server.url) as prober:
        try:
            for _ in range(count):
                end = socket.socket()
                ends.append(end)
                end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                end.settimeout(1.0)
                try:
                    end.connect(("127.0.0.1", server.port))
                    end.sendall(first)
                except OSError:
                    continue
                end.setblocking(False)
            _drip(ends, kind.drip, stop)
        finally:
            for end in ends:
                end.close()
    return {
        "connections": count,
        "asked": prober.asked,
        "failed": prober.failed,
        "longest_s": round(prober.longest_s, 3),
    }


def _drip(ends: list[socket.socket], drip: bytes, stop: threading.Event) -> None:
    deadline_s = time.monotonic() + HOLDS_S
    while time.monotonic() < deadline_s and not stop.wait(DRIP_S):
        for end in ends if drip else ():
            try:
                end.send(drip)
            except OSError:
                continue


def websocket_bombs(server: GunicornServer, session: requests.Session) -> dict[str, float]:
    """Send a frame that inflates to a gigabyte, and one that never ends; returns memory used."""
    before_mib = memory_mib(server)
    most_mib = before_mib
    for send in (_inflating, _endless):
        end = _websocket(server, session)
        with suppress(OSError):
            send(end)
        deadline_s = time.monotonic() + 3
        while time.monotonic() < deadline_s:
            most_mib = max(most_mib, memory_mib(server))
            time.sleep(0.1)
        end.close()
    return {"before_mib": round(before_mib), "most_mib": round(most_mib)}


def memory_mib(server: GunicornServer) -> float:
    """Return the resident memory of gunicorn and its web process."""
    children = f"/proc/{server.process.pid}/task/{server.process.pid}/children"
    with open(children) as listed:
        pids = [server.process.pid, *map(int, listed.read().split())]
    return sum(_resident_mib(pid) for pid in pids)


def _resident_mib(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/statm") as pages:
            return int(pages.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except OSError:
        return 0.0


def _websocket(server: GunicornServer, session: requests.Session) -> socket.socket:
    end = socket.create_connection(("127.0.0.1", server.port), timeout=5)
    end.sendall(
        _head(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
            f"Cookie: {cookie_of(session)}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Extensions: permessage-deflate",
        )
    )
    end.recv(4096)
    return end


def _inflating(end: socket.socket) -> None:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = b"".join(deflate.compress(bytes(1 << 20)) for _ in range(1024))
    data += deflate.flush(zlib.Z_SYNC_FLUSH)[:-4]
    end.sendall(struct.pack("!BBQ", 0xC1, 0x80 | 127, len(data)) + b"\0\0\0\0" + data)


def _endless(end: socket.socket) -> None:
    end.sendall(struct.pack("!BBQ", 0x81, 0x80 | 127, 1 << 40) + b"\0\0\0\0")
    for _ in range(300 * 16):
        end.sendall(CHUNK)


def seconds_after_sign_out(server: GunicornServer, session: requests.Session) -> float:
    """Watch a stream, sign out elsewhere with the same cookie; returns when the stream ended."""
    stream = session.get(f"{server.url}/stream/demo.mjpg", stream=True, timeout=10)
    chunks = stream.iter_content(1 << 16)
    next(chunks)
    sign_out(server, session)
    began_at_s = time.monotonic()
    try:
        for _ in chunks:
            if time.monotonic() - began_at_s > 10:
                break
    except requests.RequestException:
        pass
    return round(time.monotonic() - began_at_s, 2)


def sign_out(server: GunicornServer, session: requests.Session) -> None:
    """Sign out with the page's form."""
    page = session.get(f"{server.url}/", timeout=10).text
    found = CSRF_FIELD.search(page)
    form = {"csrf_token": found.group(1)} if found else {}
    session.post(f"{server.url}/logout", data=form, timeout=10, allow_redirects=False)
