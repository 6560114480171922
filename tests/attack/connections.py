"""Sockets that inflate, never end, or outlive their sign-in."""

import os
import socket
import struct
import time
import zlib
from contextlib import suppress

import requests

from tests.gunicorn_server import CSRF_FIELD, GunicornServer
from tests.web.worker.server import cookies_of

CHUNK = bytes(1 << 16)
LOOKS_FOR_S = 3.0


def websocket_bombs(server: GunicornServer, session: requests.Session) -> dict[str, float]:
    """Send a frame that inflates to a gigabyte, and one that never ends; returns memory used."""
    before_mib = memory_mib(server)
    most_mib = before_mib
    for send in (_inflating, _endless):
        end = _websocket(server, session)
        with suppress(OSError):
            send(end)
        deadline_s = time.monotonic() + LOOKS_FOR_S
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
    lines = (
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
        "Host: 127.0.0.1",
        f"Cookie: {cookies_of(session)}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Extensions: permessage-deflate",
    )
    end.sendall("\r\n".join((*lines, "", "")).encode())
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
