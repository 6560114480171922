"""Many viewers of one camera: frames each gets, analysis beside it, memory over time.

python -m benchmarks.viewers --clip FILE [--viewers 50] [--seconds 60]
"""

import argparse
import json
import selectors
import socket
import tempfile
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from benchmarks.memory import resident_kib_of
from tests.gunicorn_server import GunicornServer

# Stands before each picture, whatever the server calls its boundary.
PICTURE = b"Content-Length"
CAMERA = "crew"
SETTLE_S = 5.0


@dataclass
class Viewer:
    """One raw connection; counts pictures, keeps none."""

    connection: socket.socket
    frames: int = 0
    tail: bytes = b""

    def take(self, received: bytes) -> None:
        """Count the pictures that began in what was received."""
        data = self.tail + received
        self.frames += data.count(PICTURE)
        self.tail = data[-len(PICTURE) + 1 :]


class Viewers:
    """All viewers in one thread, so that the client costs little beside the server."""

    def __init__(self, connections: Iterable[socket.socket]) -> None:
        """Watch over connections that have asked for pictures."""
        self.all = [Viewer(connection) for connection in connections]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def frames(self) -> list[int]:
        """Return how many pictures each viewer has got so far."""
        return [viewer.frames for viewer in self.all]

    def close(self) -> None:
        """Disconnect all."""
        self._stop.set()
        self._thread.join()
        for viewer in self.all:
            viewer.connection.close()

    def _run(self) -> None:
        selector = selectors.DefaultSelector()
        for viewer in self.all:
            selector.register(viewer.connection, selectors.EVENT_READ, viewer)
        while not self._stop.is_set():
            for key, _ in selector.select(timeout=0.5):
                received = key.data.connection.recv(1 << 18)
                if not received:
                    selector.unregister(key.fileobj)
                key.data.take(received)


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--fps", type=float, default=30.0, help="frame rate of the clip")
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = GunicornServer(Path(folder), settings_for(options.clip, options.viewers)).start()
        try:
            server.wait_until_ready()
            print(json.dumps(measure(server, options), indent=2))
        finally:
            server.kill()


def settings_for(clip: Path, viewers: int) -> dict[str, str]:
    """Return the settings under which one user at one address may watch so often."""
    return {
        "CAMERAS": f"{CAMERA}={clip.resolve()}",
        # Of which one user may take a quarter.
        "MAX_VIEWERS": str(4 * viewers),
        "MAX_CONNECTIONS_PER_ADDRESS": str(2 * viewers),
    }


def measure(server: GunicornServer, options: argparse.Namespace) -> dict[str, Any]:
    """Return the analysis rate without and with viewers, their share of frames, and memory."""
    session = server.sign_in()
    alone_fps = _analysis_fps(server, session, min(options.seconds, 20.0))
    viewers = Viewers(opened_stream(server, session) for _ in range(options.viewers))
    try:
        time.sleep(SETTLE_S)
        before, memory_before = viewers.frames(), _memory_mib(server)
        started_at_s = time.monotonic()
        beside_fps = _analysis_fps(server, session, options.seconds)
        elapsed_s = time.monotonic() - started_at_s
        got = [now - then for now, then in zip(viewers.frames(), before, strict=True)]
        memory_after = _memory_mib(server)
    finally:
        viewers.close()
    return {
        "viewers": options.viewers,
        "seconds": round(elapsed_s, 1),
        "frames_share_least": round(min(got) / (options.fps * elapsed_s), 3),
        "frames_share_mean": round(sum(got) / len(got) / (options.fps * elapsed_s), 3),
        "analysis_fps_without_viewers": alone_fps,
        "analysis_fps_with_viewers": beside_fps,
        "memory_mib_start": memory_before,
        "memory_mib_end": memory_after,
    }


def _analysis_fps(server: GunicornServer, session: requests.Session, seconds: float) -> float:
    time.sleep(SETTLE_S)
    rates_fps = []
    deadline_s = time.monotonic() + seconds
    while time.monotonic() < deadline_s:
        answer = session.get(f"{server.url}/api/cameras", timeout=30).json()
        rates_fps.append(answer["cameras"][0]["analysis_fps"])
        time.sleep(1.0)
    return round(sum(rates_fps) / len(rates_fps), 2)


def opened_stream(server: GunicornServer, session: requests.Session) -> socket.socket:
    """Connect, and ask for the pictures."""
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    connection.sendall(
        f"GET /stream/{CAMERA}.mjpg HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Cookie: {cookies}\r\n\r\n".encode()
    )
    return connection


def _memory_mib(server: GunicornServer) -> float:
    """Resident memory of the process and its children."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    pids = [server.process.pid, *map(int, children.read_text().split())]
    return round(sum(resident_kib_of(pid) for pid in pids) / 1024, 1)


if __name__ == "__main__":
    main()
