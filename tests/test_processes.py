"""The processes of a real server: killed one by one, and all together."""

import os
import signal
from collections.abc import Iterator

import pytest
import requests

from tests.gunicorn_server import GunicornServer
from tests.patience import PATIENCE_S, wait_until
from tests.server_processes import belongs, processes, web_process


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
    listed = session.get(f"{server.url}/api/cameras", timeout=PATIENCE_S).json()["cameras"]
    return {camera["name"]: camera["state"] for camera in listed}


def test_a_camera_process_that_is_killed_takes_no_other_camera_with_it(server):
    session = server.sign_in()
    counts = server.connect(session)
    cameras = processes(server, "camera_process")
    assert len(cameras) == 2
    first = next(pid for pid, arguments in cameras.items() if "cameras-0" in arguments)
    # What a new page is told is over, so that all that comes now is news.
    counts.wait("camera", camera="hall")
    heard = len(counts.events)
    os.kill(first, signal.SIGKILL)
    counts.wait("camera", heard, camera="door", state="demo")
    meanwhile = counts.events[heard:]
    counts.wait("counts", heard + len(meanwhile), camera="door")
    counts.close()
    of_door = [
        told["state"]
        for _, event, told in meanwhile
        if (event, told["camera"]) == ("camera", "door")
    ]
    assert of_door[0] == "offline"
    assert {event for _, event, told in meanwhile if told["camera"] == "hall"} == {"counts"}
    assert first not in processes(server, "camera_process")


def test_a_web_process_that_is_killed_leaves_the_cameras_running(server):
    session = server.sign_in()
    before = processes(server, "camera_process").keys()
    os.kill(web_process(server), signal.SIGKILL)
    server.wait_until_ready()
    wait_until(lambda: set(states(server, session).values()) == {"demo"})
    assert processes(server, "camera_process").keys() == before
    # The line of the last minutes goes on.
    assert session.get(f"{server.url}/api/recent?camera=hall", timeout=PATIENCE_S).json()["points"]


def test_files_are_read_again_after_their_process_was_killed(server):
    session = server.sign_in()
    (reader,) = processes(server, "file_process")
    os.kill(reader, signal.SIGKILL)
    page = f"{server.url}/api/analyse"
    wait_until(lambda: session.get(page, timeout=PATIENCE_S).status_code == 200)
    assert reader not in processes(server, "file_process")


def test_nothing_is_left_when_the_whole_server_is_killed(tmp_path):
    server = GunicornServer(tmp_path).start().wait_until_ready()
    behind = {*processes(server, "camera_process"), *processes(server, "file_process")}
    assert len(behind) == 2
    web = web_process(server)
    server.process.kill()
    os.kill(web, signal.SIGKILL)
    server.process.wait(PATIENCE_S)
    wait_until(lambda: not any(belongs(pid, server) for pid in behind))
