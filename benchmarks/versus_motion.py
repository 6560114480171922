"""CPU for each picture that viewers get, beside Motion on the same clip.

python -m benchmarks.versus_motion --clip FILE [--viewers 50] [--seconds 20]

Motion is Debian's package; it decodes the clip as a network camera, looks for motion and streams.
What a viewer costs is the difference between many viewers and one, over the pictures these got.
"""

import argparse
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.clips import table
from benchmarks.viewers import CAMERA, Viewers, settings_for
from tests.gunicorn_server import GunicornServer, free_port
from tests.web.worker.server import cookies_of

SETTLE_S = 6.0
MOTION = """
daemon off
stream_port {port}
stream_localhost on
stream_maxrate 100
stream_quality 80
framerate 30
netcam_url file://{clip}
netcam_decoder software
movie_output off
picture_output off
target_dir {folder}
log_level 3
"""


@dataclass(frozen=True)
class Streamer:
    """A server of pictures, and the head of a request for them."""

    name: str
    process: int
    port: int
    request: bytes


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    if not shutil.which("motion"):
        raise SystemExit("Motion is missing: `apt-get install motion` on Debian.")
    rows = []
    for running in (motion, evenkeel):
        with running(options.clip.resolve(), options.viewers) as streamer:
            rows.append(measure(streamer, options.viewers, options.seconds))
    print(table(rows))


def measure(streamer: Streamer, count: int, seconds: float) -> dict[str, Any]:
    """Return what one and many viewers get, and what they cost."""
    one_s, one = _watch(streamer, 1, seconds)
    many_s, many = _watch(streamer, count, seconds)
    more = sum(many) - sum(one)
    return {
        "server": streamer.name,
        "viewers": count,
        "pictures/s, least": round(min(many) / seconds, 1),
        "cores, one viewer": round(one_s / seconds, 2),
        f"cores, {count} viewers": round(many_s / seconds, 2),
        "CPU per further picture, µs": round(1e6 * (many_s - one_s) / max(1, more)),
    }


def _watch(streamer: Streamer, count: int, seconds: float) -> tuple[float, list[int]]:
    """Return the CPU seconds of the server and the pictures of each viewer."""
    viewers = Viewers([_opened(streamer) for _ in range(count)])
    try:
        time.sleep(SETTLE_S)
        before, cpu_s = viewers.frames(), _cpu_s(streamer.process)
        time.sleep(seconds)
        after, cpu_s = viewers.frames(), _cpu_s(streamer.process) - cpu_s
    finally:
        viewers.close()
    return cpu_s, [b - a for a, b in zip(before, after, strict=True)]


def _opened(streamer: Streamer) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", streamer.port), timeout=10)
    connection.sendall(streamer.request)
    return connection


@contextmanager
def motion(clip: Path, _viewers: int) -> Iterator[Streamer]:
    """Run Motion on the clip."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "motion.conf"
        settings.write_text(MOTION.format(port=port, clip=clip, folder=folder))
        process = subprocess.Popen(["motion", "-c", str(settings)], stderr=subprocess.DEVNULL)
        try:
            time.sleep(SETTLE_S)
            yield Streamer("Motion", process.pid, port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        finally:
            process.terminate()
            process.wait()


@contextmanager
def evenkeel(clip: Path, viewers: int) -> Iterator[Streamer]:
    """Run Evenkeel on the clip: it also finds faces and reads them, thirty times a second."""
    with tempfile.TemporaryDirectory() as folder:
        server = GunicornServer(Path(folder), settings_for(clip, viewers)).start()
        try:
            server.wait_until_ready()
            request = (
                f"GET /stream/{CAMERA}.mjpg HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
                f"Cookie: {cookies_of(server.sign_in())}\r\n\r\n"
            )
            yield Streamer("Evenkeel", server.process.pid, server.port, request.encode())
        finally:
            server.kill()


def _cpu_s(process: int) -> float:
    """Return the CPU time of a process and all it has started."""
    stat = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    own_s = (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
    lists = Path(f"/proc/{process}/task").glob("*/children")
    children = {int(child) for listed in lists for child in listed.read_text().split()}
    return own_s + sum(_cpu_s(child) for child in children)


if __name__ == "__main__":
    main()
