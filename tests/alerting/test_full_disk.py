"""The disk full under the real server: the picture goes on, and nothing is lost or half written."""

import threading
import time
from collections.abc import Iterator
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
from tests.patience import PATIENCE_S, wait_until
from tests.test_serving import parts
from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Limits
from webapp.storage.alert_tables import AlertEventRow
from webapp.storage.alerts import list_alerts
from webapp.storage.database import Database
from webapp.storage.history_tables import TenSecondsRow
from webapp.storage.rules import seed_rules

# Of the time in view; the watch looks a few times a second, and a busy machine lets it look less.
LEAST_SHARE = 0.8
DOOR_IS_AWAY = AlertRule(0, "Door is away", RuleKind.NO_DATA, Limits(50, 50, 0, 0), camera="door")


class Viewer(threading.Thread):
    """Watches the demo clip and counts its pictures."""

    def __init__(self, server: GunicornServer, session: requests.Session) -> None:
        super().__init__()
        self._answer = session.get(
            f"{server.url}/stream/demo.mjpg", stream=True, timeout=PATIENCE_S
        )
        self._parts = parts(self._answer)
        next(self._parts)
        self._is_enough = threading.Event()
        self.pictures = 1

    def run(self) -> None:
        while not self._is_enough.is_set():
            next(self._parts)
            self.pictures += 1
        self._answer.close()

    def sees_more(self) -> None:
        """Wait until the picture has gone on."""
        enough = self.pictures + 20
        wait_until(lambda: self.pictures >= enough, "the picture stands still")

    def leave(self) -> None:
        """End watching."""
        self._is_enough.set()
        self.join(PATIENCE_S)


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


def phases(server: GunicornServer) -> list[str]:
    with database_of(server) as session:
        return [alert.phase for alert in list_alerts(session)]


def database_fault(server: GunicornServer) -> str:
    answer = requests.get(f"{server.url}/readyz", timeout=PATIENCE_S)
    return str(answer.json()["reasons"].get("database", ""))


def test_the_picture_goes_on_and_all_is_written_when_there_is_room_again(server, door):
    session = server.sign_in()
    wait_until(lambda: phases(server) == ["firing"], "the alert is not written")
    viewer = Viewer(server, session)
    viewer.start()
    with full_disk(server):
        began_s = time.monotonic()
        door.switch_on()
        wait_until(lambda: "make room" in database_fault(server), "/readyz does not say so")
        page = session.get(f"{server.url}/admin", timeout=PATIENCE_S)
        assert "make room" in page.text
        viewer.sees_more()
        assert phases(server) == ["firing"], "nothing can be written"
    wait_until(lambda: phases(server) == ["resolved"], "the change is not written")
    wait_until(lambda: not database_fault(server), "the trouble does not end")
    viewer.leave()
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
    assert max(of_camera.values()) > LEAST_SHARE * watched_s, "the demo was in view all the time"
