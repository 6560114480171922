"""The disk full under the real server: the picture goes on, and nothing is lost or half written."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from resource import RLIM_INFINITY, RLIMIT_FSIZE, prlimit

import pytest
import requests
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from tests.alerting.kills import uneven_history
from tests.gunicorn_server import GunicornServer, free_port
from tests.mjpeg_camera import MjpegCamera
from tests.test_serving import parts
from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Limits
from webapp.storage.alert_tables import AlertEventRow
from webapp.storage.alerts import list_alerts
from webapp.storage.database import Database
from webapp.storage.history_tables import TenSecondsRow
from webapp.storage.rules import seed_rules

LONGEST_PAUSE_S = 1.0
WITHIN_S = 20.0
# The watch looks a few times a second; what is before its first and after its last look is lost.
EDGES_S = 1.0
DOOR_IS_AWAY = AlertRule(0, "Door is away", RuleKind.NO_DATA, Limits(50, 50, 0, 0), camera="door")


class Viewer(threading.Thread):
    """Watches the demo clip and notes when each picture came."""

    def __init__(self, server: GunicornServer, session: requests.Session) -> None:
        super().__init__()
        self._answer = session.get(f"{server.url}/stream/demo.mjpg", stream=True, timeout=10)
        self._parts = parts(self._answer)
        next(self._parts)
        self._is_enough = threading.Event()
        self._arrived_at_s = [time.monotonic()]

    def run(self) -> None:
        while not self._is_enough.is_set():
            next(self._parts)
            self._arrived_at_s.append(time.monotonic())
        self._answer.close()

    def longest_pause_s(self) -> float:
        """End watching; return the longest time between two pictures."""
        self._is_enough.set()
        self.join(WITHIN_S)
        return max(b - a for a, b in itertools.pairwise(self._arrived_at_s))


@pytest.fixture
def door() -> Iterator[MjpegCamera]:
    camera = MjpegCamera(free_port())
    yield camera
    camera.switch_off()


@pytest.fixture
def server(tmp_path: Path, door: MjpegCamera) -> Iterator[GunicornServer]:
    """A server with one rule, which fires and ends as soon as the door camera goes and comes."""
    cameras = f"demo=demo,door=http://127.0.0.1:{door.port}/"
    server = GunicornServer(tmp_path, {"CAMERAS": cameras})
    server.upgrade()
    server.state_purposes()
    with database_of(server) as session:
        seed_rules(session, [DOOR_IS_AWAY], datetime.now(UTC))
    server.launch()
    yield server.wait_until_ready("/healthz")
    server.kill()


@contextmanager
def database_of(server: GunicornServer) -> Iterator[Session]:
    database = Database(f"sqlite:///{server.folder / 'instance' / 'evenkeel.db'}")
    try:
        with database.session() as session:
            yield session
    finally:
        database.close()


@contextmanager
def full_disk(server: GunicornServer) -> Iterator[None]:
    """Let no process of the server write to files; for Python it is an error, not a signal."""
    (web,) = children(server.process.pid)
    processes = [web, *children(web)]
    assert len(processes) > 2
    for process in processes:
        prlimit(process, RLIMIT_FSIZE, (0, RLIM_INFINITY))
    try:
        yield
    finally:
        for process in processes:
            prlimit(process, RLIMIT_FSIZE, (RLIM_INFINITY, RLIM_INFINITY))


def children(process: int) -> list[int]:
    """Return the processes that any thread of a process has started."""
    lists = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for listed in lists for child in listed.read_text().split()]


def wait_for(is_so: Callable[[], bool], what: str) -> None:
    deadline_s = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < deadline_s, what
        time.sleep(0.1)


def phases(server: GunicornServer) -> list[str]:
    with database_of(server) as session:
        return [alert.phase for alert in list_alerts(session)]


def database_fault(server: GunicornServer) -> str:
    answer = requests.get(f"{server.url}/readyz", timeout=10)
    return str(answer.json()["reasons"].get("database", ""))


def test_the_picture_goes_on_and_all_is_written_when_there_is_room_again(server, door):
    session = server.sign_in()
    wait_for(lambda: phases(server) == ["firing"], "the alert is not written")
    viewer = Viewer(server, session)
    viewer.start()
    with full_disk(server):
        began_s = time.monotonic()
        door.switch_on()
        wait_for(lambda: "make room" in database_fault(server), "/readyz does not say so")
        page = session.get(f"{server.url}/admin", timeout=10)
        assert "make room" in page.text
        assert phases(server) == ["firing"], "nothing can be written"
    wait_for(lambda: phases(server) == ["resolved"], "the change is not written")
    wait_for(lambda: not database_fault(server), "the trouble does not end")
    assert viewer.longest_pause_s() < LONGEST_PAUSE_S
    watched_s = time.monotonic() - began_s
    server.stop()
    check_what_is_written(server, watched_s)


def check_what_is_written(server: GunicornServer, watched_s: float) -> None:
    with database_of(server) as session:
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"
        assert uneven_history(session) == 0
        by_time = select(AlertEventRow.change).order_by(AlertEventRow.at)
        assert session.scalars(by_time).all() == ["firing", "resolved"]
        seconds = select(func.max(TenSecondsRow.camera_id), func.sum(TenSecondsRow.data_s))
        of_camera = dict(session.execute(seconds.group_by(TenSecondsRow.camera_id)).all())
    assert max(of_camera.values()) > watched_s - EDGES_S, "the demo was in view all the time"
