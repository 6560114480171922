"""The processes of a real server: killed one by one, and all together."""

import os
import signal
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
import requests

from tests.gunicorn_server import GunicornServer
from tests.server_processes import belongs, processes, web_process

LIVE_AGAIN_WITHIN_S = 5.0


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[GunicornServer]:
    """A server with two camera processes."""
    changes = {"CAMERAS": "door=demo,hall=demo", "CAMERA_PROCESSES": "2"}
    server = GunicornServer(tmp_path_factory.mktemp("server"), changes).start()
    try:
        yield server.wait_until_ready()
    finally:
        server.kill()


def states(server: GunicornServer, session: requests.Session) -> dict[str, str]:
    listed = session.get(f"{server.url}/api/cameras", timeout=5).json()["cameras"]
    return {camera["name"]: camera["state"] for camera in listed}


def wait_until(holds, within_s: float) -> float:
    """Wait until something holds; return how long that took."""
    began_at_s = time.monotonic()
    while not holds():
        assert time.monotonic() - began_at_s < within_s, "it did not come about"
        time.sleep(0.05)
    return time.monotonic() - began_at_s


def test_a_camera_process_that_is_killed_takes_no_other_camera_with_it(server):
    session = server.sign_in()
    counts = server.connect(session)
    cameras = processes(server, "camera_process")
    assert len(cameras) == 2
    first = next(pid for pid, arguments in cameras.items() if "cameras-0" in arguments)
    os.kill(first, signal.SIGKILL)
    killed_at_s = time.monotonic()
    wait_until(lambda: states(server, session)["door"] == "offline", 2)
    wait_until(lambda: states(server, session)["door"] == "demo", LIVE_AGAIN_WITHIN_S)
    took_s = time.monotonic() - killed_at_s
    assert took_s < LIVE_AGAIN_WITHIN_S
    counts.wait("counts", 5, len(counts.events), camera="door")
    counts.close()
    hall = [at_s for at_s, event, payload in counts.events if _is_counts(event, payload, "hall")]
    gaps = [b - a for a, b in pairwise(hall)]
    assert len(hall) > 2 and max(gaps) < 2
    assert first not in processes(server, "camera_process")


def _is_counts(event: str, payload: dict, camera: str) -> bool:
    return event == "counts" and payload["camera"] == camera


def test_a_web_process_that_is_killed_leaves_the_cameras_running(server):
    session = server.sign_in()
    before = processes(server, "camera_process").keys()
    os.kill(web_process(server), signal.SIGKILL)
    server.wait_until_ready()
    wait_until(lambda: set(states(server, session).values()) == {"demo"}, 10)
    assert processes(server, "camera_process").keys() == before
    # The line of the last minutes goes on.
    assert session.get(f"{server.url}/api/recent?camera=hall", timeout=5).json()["points"]


def test_files_are_read_again_after_their_process_was_killed(server):
    session = server.sign_in()
    (reader,) = processes(server, "file_process")
    os.kill(reader, signal.SIGKILL)
    wait_until(lambda: session.get(f"{server.url}/api/analyse", timeout=5).status_code == 200, 10)
    assert reader not in processes(server, "file_process")


def test_nothing_is_left_when_the_whole_server_is_killed(tmp_path):
    server = GunicornServer(tmp_path).start().wait_until_ready()
    behind = {*processes(server, "camera_process"), *processes(server, "file_process")}
    assert len(behind) == 2
    web = web_process(server)
    server.process.kill()
    os.kill(web, signal.SIGKILL)
    server.process.wait(10)
    wait_until(lambda: not any(belongs(pid, server) for pid in behind), 10)
