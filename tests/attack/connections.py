"""Sockets that inflate, never end, or outlive their sign-in."""

import os
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import suppress

import requests
import socketio

from tests.attack.visitors import SEEN
from tests.gunicorn_server import CSRF_FIELD, GunicornServer
from tests.web.worker.server import cookies_of

CHUNK = bytes(1 << 16)
LOOKS_FOR_S, GIVES_UP_S = 3.0, 10.0


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


def seconds_until_cut(
    server: GunicornServer, session: requests.Session, deed: Callable[[], None]
) -> dict[str, float]:
    """Watch a picture and a socket while something is done to their user.

    Returns:
        Seconds from before the deed until each was closed; `GIVES_UP_S` where it was not.
    """
    client, ended = socketio.Client(reconnection=False), threading.Event()
    client.on("disconnect", lambda *_: ended.set())
    headers = {"Cookie": cookies_of(session)}
    client.connect(server.url, headers=headers, transports=["websocket"], wait_timeout=10)
    stream = session.get(f"{server.url}/stream/{SEEN}.mjpg", stream=True, timeout=GIVES_UP_S)
    chunks = stream.iter_content(1 << 16)
    next(chunks)
    began_at_s, took_s = time.monotonic(), {}

    def read() -> None:
        with suppress(requests.RequestException):
            for _ in chunks:
                if time.monotonic() - began_at_s > GIVES_UP_S:
                    break
        took_s["stream"] = round(time.monotonic() - began_at_s, 2)

    reader = threading.Thread(target=read)
    reader.start()
    deed()
    ended.wait(GIVES_UP_S)
    took_s["socket"] = round(time.monotonic() - began_at_s, 2)
    reader.join()
    return took_s


def sign_out(server: GunicornServer, session: requests.Session) -> None:
    """Sign out with the page's form."""
    page = session.get(f"{server.url}/", timeout=10).text
    found = CSRF_FIELD.search(page)
    form = {"csrf_token": found.group(1)} if found else {}
    session.post(f"{server.url}/logout", data=form, timeout=10, allow_redirects=False)
