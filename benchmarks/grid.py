"""The page of all cameras: what one and ten viewers of it get, and what they cost.

python -m benchmarks.grid [--cameras 40] [--viewers 0 1 10] [--seconds 15]

The cameras give two frames a second, so that two cores have time left.
"""

import argparse
import multiprocessing
import os
import tempfile
import threading
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import socketio

from benchmarks.cameras import write_clip
from benchmarks.clips import table
from tests.gunicorn_server import GunicornServer
from tests.server_processes import processes, web_process
from webapp.demo import CLIP

FPS = 2.0
WARM_UP_S = 10.0
SETTLE_S = 4.0
WANTED = {"cameras": None, "width": 320}
# Of `/proc/net/tcp`.
ESTABLISHED = "01"


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cameras", type=int, default=40)
    parser.add_argument("--viewers", type=int, nargs="+", default=[0, 1, 10])
    parser.add_argument("--seconds", type=float, default=15.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        write_clip(CLIP, clip, FPS)
        cameras = ",".join(f"camera-{number}={clip}" for number in range(options.cameras))
        server = GunicornServer(Path(folder), {"CAMERAS": cameras}).start()
        try:
            server.wait_until_ready()
            time.sleep(WARM_UP_S)
            rows = [
                measure(server, options.cameras, count, options.seconds)
                for count in options.viewers
            ]
        finally:
            server.kill()
    print(table(rows))


def measure(server: GunicornServer, cameras: int, viewers: int, seconds: float) -> dict[str, Any]:
    """Open so many pages and count for a while; returns a row."""
    session = server.sign_in()
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)
    ours, theirs = multiprocessing.Pipe()
    pages = multiprocessing.get_context("spawn").Process(
        target=watch, args=(server.url, cookies, viewers, theirs)
    )
    pages.start()
    asked(ours)
    time.sleep(SETTLE_S)
    before, used_s, started_at_s = asked(ours), cpu_s_of(server), time.monotonic()
    time.sleep(seconds)
    connections = open_connections(server.port)
    got, used = asked(ours) - before, cpu_s_of(server)
    elapsed_s = time.monotonic() - started_at_s
    cores = {name: (used[name] - used_s[name]) / elapsed_s for name in used}
    ours.send(None)
    pages.join()
    rates = [got[key] / elapsed_s for key in got]
    is_complete = len(rates) == cameras * viewers
    return {
        "viewers": viewers,
        "connections": connections,
        "pictures a second of a camera, least": f"{min(rates, default=0) * is_complete:.2f}",
        "mean": f"{sum(rates) / max(1, cameras * viewers):.2f}",
        "web process, cores": f"{cores['web']:.2f}",
        "camera processes, cores": f"{cores['cameras']:.2f}",
    }


def watch(url: str, cookies: str, viewers: int, asker: Connection) -> None:
    """Be so many pages; answers whatever comes with the pictures each has got, ends at None."""
    got: Counter[tuple[int, str]] = Counter()
    lock = threading.Lock()

    def page(number: int) -> socketio.Client:
        def take(message: dict[str, Any]) -> None:
            with lock:
                got[number, message["camera"]] += 1

        client = socketio.Client(reconnection=False)
        client.on("picture", take)
        headers = {"Cookie": cookies}
        client.connect(url, headers=headers, transports=["websocket"], wait_timeout=10)
        refusal = client.call("pictures", WANTED)
        assert not refusal, refusal
        return client

    pages = [page(number) for number in range(viewers)]
    while asker.recv() is not None:
        with lock:
            asker.send(Counter(got))
    for each in pages:
        each.disconnect()


def asked(pages: Connection) -> Counter[tuple[int, str]]:
    """Return how many pictures each page has got of each camera."""
    pages.send("?")
    got: Counter[tuple[int, str]] = pages.recv()
    return got


def cpu_s_of(server: GunicornServer) -> dict[str, float]:
    """Return the CPU time that the web process and the camera processes have used."""
    cameras = processes(server, "camera_process")
    return {"web": _cpu_s(web_process(server)), "cameras": sum(map(_cpu_s, cameras))}


def open_connections(port: int) -> int:
    """Return how many connections the server has open."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    local = f":{port:04X}"
    return sum(row[1].endswith(local) and row[3] == ESTABLISHED for row in rows)


def _cpu_s(process_id: int) -> float:
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
