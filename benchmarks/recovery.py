"""How soon an open page learns that something went, and that it is back.

python -m benchmarks.recovery [--times 5]

A camera process is killed, the web process is killed, and a network camera is switched off and on,
each so many times; a page's socket hears of it, or connects again where the web process was killed.
"""

import argparse
import json
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from requests import Session

from tests.gunicorn_server import GunicornServer, SocketClient, free_port
from tests.mjpeg_camera import MjpegCamera
from tests.server_processes import processes, web_process

# What fails again sooner is tried again later each time.
RUNS_S = 11.0


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder)) as (server, camera):
        killed_s = _killed_s(server, times)
        off_s, on_s = zip(*_switched_s(server, camera, times), strict=True)
        took_s = {
            "camera process killed, its camera back": killed_s,
            "network camera off, shown": off_s,
            "network camera on, shown": on_s,
            "web process killed, page connected again": [
                _web_killed_s(server) for _ in range(times)
            ],
        }
    print(json.dumps({what: _summary(seconds) for what, seconds in took_s.items()}, indent=1))


def _summary(seconds: Sequence[float]) -> dict[str, float]:
    return {
        "median_s": round(statistics.median(seconds), 2),
        "longest_s": round(max(seconds), 2),
        "times": len(seconds),
    }


@contextmanager
def _server(folder: Path) -> Iterator[tuple[GunicornServer, MjpegCamera]]:
    camera = MjpegCamera(free_port())
    camera.switch_on()
    cameras = f"door=demo,hall=http://127.0.0.1:{camera.port}/video"
    server = GunicornServer(folder, {"CAMERAS": cameras, "CAMERA_PROCESSES": "2"}).start()
    try:
        yield server.wait_until_ready(), camera
    finally:
        server.kill()
        camera.switch_off()


@contextmanager
def _page(server: GunicornServer, session: Session) -> Iterator[SocketClient]:
    page = server.connect(session)
    try:
        yield page
    finally:
        page.close()


def _killed_s(server: GunicornServer, times: int) -> list[float]:
    took_s: list[float] = []
    with _page(server, server.sign_in()) as page:
        for _ in range(times):
            time.sleep(RUNS_S)
            cameras = processes(server, "camera_process")
            first = next(pid for pid, arguments in cameras.items() if "cameras-0" in arguments)
            heard = len(page.events)
            took_s.append(
                _seconds(
                    lambda pid=first: os.kill(pid, signal.SIGKILL),
                    lambda after=heard: page.wait("camera", after, camera="door", state="demo"),
                )
            )
    return took_s


def _web_killed_s(server: GunicornServer) -> float:
    session = server.sign_in()

    def connects() -> None:
        server.wait_until_ready("/healthz")
        with _page(server, session) as page:
            page.wait("counts", camera="door")

    return _seconds(lambda: os.kill(web_process(server), signal.SIGKILL), connects)


def _switched_s(
    server: GunicornServer, camera: MjpegCamera, times: int
) -> Iterator[tuple[float, float]]:
    with _page(server, server.sign_in()) as page:
        page.wait("camera", camera="hall", state="live")
        for _ in range(times):
            time.sleep(RUNS_S)
            heard = len(page.events)
            off_s = _seconds(
                camera.switch_off,
                lambda after=heard: page.wait("camera", after, camera="hall", state="offline"),
            )
            heard = len(page.events)
            on_s = _seconds(
                camera.switch_on,
                lambda after=heard: page.wait("camera", after, camera="hall", state="live"),
            )
            yield off_s, on_s


def _seconds(happens: Callable[[], object], is_told: Callable[[], object]) -> float:
    began_at_s = time.monotonic()
    happens()
    is_told()
    return time.monotonic() - began_at_s


if __name__ == "__main__":
    main()
