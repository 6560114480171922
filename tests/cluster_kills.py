"""Kills the parts of a cluster, one at a time and under load, and then asks what is left.

Two cameras of the network show the demo clip by the time of day, so what alerts there should have
been is known: one for each camera and scene in which two of four people are angry for half a
minute. Viewers watch through nginx all the time.
"""

import random
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import requests
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.alerting.kills import Outcome, is_waiting, look_at, wait_until_none
from tests.alerting.receiver import AlertReceiver
from tests.clip_camera import ClipCamera
from tests.cluster_servers import Cluster, running_cluster, wait_for
from tests.gunicorn_server import GunicornServer, free_port
from tests.postgres_server import PostgresServer, postgres_programs, postgres_server
from webapp.config import Settings
from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Limits
from webapp.demo.timeline import longest_scene, read_timeline
from webapp.serving.expression_rule import expression_rule
from webapp.storage.alert_tables import AlertRow
from webapp.storage.database import Database
from webapp.storage.history_tables import CameraRow, TenSecondsRow
from webapp.storage.rules import seed_rules

CAMERAS = ("east", "west")
PARTS = ("worker", "web instance", "Redis", "PostgreSQL", "nginx")
VIEWERS = 4
AWAY_S = 1.0
LONGEST_LIFE_S = 4.0
HOLD_S = 5.0
# Faces change over a second, smoothing takes another; the alert needs its hold time in the scene.
LATE_S = 4.0
ANGER = expression_rule(Settings(alert_hold_s=HOLD_S, alert_cooldown_s=0))
AWAY = AlertRule(0, "A camera is away", RuleKind.NO_DATA, Limits(50, 50, 2, 0))


@dataclass(frozen=True)
class Recovery:
    """How long a part took to be made up for, over its kills, in seconds."""

    kills: int
    median_s: float
    longest_s: float


@dataclass(frozen=True)
class ClusterOutcome:
    """What came of all kills.

    Attributes:
        recoveries: by part.
        left: of alerts and messages.
        scenes: in which each camera should have raised an alert.
        lost: of them without one.
        doubled: of them with more than one that began in it.
        watched_s: from the first kill to the last recovery.
        unread_s: of it, per camera, the time that history says is without data.
        views_cut: how often a viewer had to open the stream anew.
    """

    recoveries: dict[str, Recovery]
    left: Outcome
    scenes: int
    lost: int
    doubled: int
    watched_s: float
    unread_s: dict[str, float]
    views_cut: int

    def faults(self) -> dict[str, int]:
        """Return what breaks the promise; empty when nothing does."""
        # An alert may recover and fire again, as it always may: two of its events are no fault.
        left = replace(self.left, doubled=0).faults()
        found = left | {"lost": self.lost, "doubled_scenes": self.doubled}
        return {name: count for name, count in found.items() if count}


class KillRun:
    """The cluster with its load, and what is killed of it."""

    def __init__(self, cluster: Cluster, postgres: PostgresServer, ending: ExitStack) -> None:
        self._cluster, self._postgres = cluster, postgres
        port = free_port()
        self.url, self._nginx = f"http://127.0.0.1:{port}", cluster.nginx(port)
        ending.callback(self._nginx.kill)
        self._nginx.start()
        web = cluster.webs[0].wait_until_ready("/healthz")
        cluster.webs[1].wait_until_ready("/healthz")
        self.session = web.sign_in()
        self._times: dict[str, list[float]] = defaultdict(list)
        self.views_cut, self._stop = 0, threading.Event()
        ending.callback(self._stop.set)

    def wait_until_live(self) -> None:
        """Wait until every web instance shows every camera."""
        wait_for(lambda: all(self._is_live(web) for web in self._cluster.webs), 120)

    def watch(self) -> None:
        """Let viewers watch through nginx until the end."""
        for number in range(VIEWERS):
            camera = CAMERAS[number % len(CAMERAS)]
            threading.Thread(target=self._view, args=(camera,), daemon=True).start()

    def kill(self, part: str, rng: random.Random) -> None:
        """Kill one, have it started again as a supervisor does, and note when all was made up."""
        kill, recovered = self._ways(part, rng)
        start_again = kill()
        began_s = time.monotonic()
        if part not in ("worker", "web instance"):
            time.sleep(AWAY_S)
            start_again()
        wait_for(recovered, 120)
        self._times[part].append(time.monotonic() - began_s)
        if part in ("worker", "web instance"):
            start_again()
            self.wait_until_live()

    def recoveries(self) -> dict[str, Recovery]:
        """Return how long each part took."""
        return {
            part: Recovery(len(t), round(statistics.median(t), 1), round(max(t), 1))
            for part, t in self._times.items()
        }

    def _ways(
        self, part: str, rng: random.Random
    ) -> tuple[Callable[[], Callable[[], None]], Callable[[], bool]]:
        cluster, first = self._cluster, self._cluster.webs[0]
        if part == "worker":
            worker = rng.choice(cluster.workers)
            held = worker.holds()
            return (
                lambda: worker.kill() or worker.start,
                lambda: self._was_taken(held, worker.name),
            )
        if part == "web instance":
            web = rng.choice(cluster.webs)
            return lambda: web.crash() or web.launch, self._answers_through_nginx
        if part == "Redis":
            return (
                lambda: cluster.redis.stop() or cluster.redis.start,
                lambda: all(self._is_live(web) for web in cluster.webs),
            )
        if part == "PostgreSQL":
            return (
                lambda: self._postgres.crash() or self._postgres.start_again,
                lambda: self._get(f"{first.url}/readyz").json()["parts"]["database"],
            )
        return lambda: self._nginx.kill() or self._nginx.start, self._answers_through_nginx

    def _was_taken(self, held: list[str], name: str) -> bool:
        others = [worker for worker in self._cluster.workers if worker.name != name]
        taken = {camera for worker in others for camera in worker.holds()}
        return set(held) <= taken and all(self._is_live(web) for web in self._cluster.webs)

    def _answers_through_nginx(self) -> bool:
        # Of several browsers each has its way.
        answers = [requests.get(f"{self.url}/healthz", timeout=5) for _ in range(6)]
        return all(answer.status_code == 200 for answer in answers)

    def _is_live(self, web: GunicornServer) -> bool:
        cameras = self._get(f"{web.url}/api/cameras").json()["cameras"]
        return {each["name"]: each["state"] for each in cameras} == dict.fromkeys(CAMERAS, "live")

    def _get(self, url: str) -> requests.Response:
        return self.session.get(url, timeout=10)

    def _view(self, camera: str) -> None:
        session = requests.Session()
        session.cookies.update(self.session.cookies)
        while not self._stop.is_set():
            with suppress(requests.RequestException, OSError):
                url = f"{self.url}/stream/{camera}.mjpg?w=320"
                with session.get(url, stream=True, timeout=10) as stream:
                    for _ in stream.iter_content(20_000):
                        if self._stop.is_set():
                            return
            self.views_cut += 1
            self._stop.wait(0.5)


def kill_parts_of_a_cluster(folder: Path, kills: int, seed: int) -> ClusterOutcome:
    """Kill so many, each part in its turn in an order by chance."""
    rng, receiver = random.Random(seed), AlertReceiver()
    parts = [PARTS[number % len(PARTS)] for number in range(kills)]
    rng.shuffle(parts)
    programs = postgres_programs()
    assert programs
    with ExitStack() as ending:
        camera = ending.enter_context(_playing())
        receiver.start()
        ending.callback(receiver.stop)
        postgres = ending.enter_context(postgres_server(programs))
        changes = {
            "CAMERAS": ",".join(f"{name}={camera.url}" for name in CAMERAS),
            "NOTIFY_URLS": f"json://127.0.0.1:{receiver.port}/",
        }
        cluster = ending.enter_context(running_cluster(folder, postgres, changes, rules=_add_rules))
        run = KillRun(cluster, postgres, ending)
        run.wait_until_live()
        run.watch()
        began_s = time.time()
        for part in parts:
            time.sleep(rng.uniform(0.0, LONGEST_LIFE_S))
            run.kill(part, rng)
        ended_s = time.time()
        # The scene that goes on, and its messages, may end.
        database = Database(cluster.database_url)
        ending.callback(database.close)
        # What is still open or unsent then is counted below.
        with suppress(AssertionError):
            wait_until_none(is_waiting, database)
        with database.session() as work:
            began = _began_s(work)
            scenes = list(_scenes(camera, began_s, ended_s))
            asked = [(name, scene) for name in CAMERAS for scene in scenes]
            found = [len(_within(began[name], scene)) for name, scene in asked]
            return ClusterOutcome(
                run.recoveries(),
                look_at(work, receiver, kills, []),
                len(asked),
                found.count(0),
                sum(count > 1 for count in found),
                round(ended_s - began_s, 1),
                _unread_s(work, began_s, ended_s),
                run.views_cut,
            )


@contextmanager
def _playing() -> Iterator[ClipCamera]:
    camera = ClipCamera()
    camera.start()
    try:
        yield camera
    finally:
        camera.stop()


def _add_rules(database: Database) -> None:
    with database.session() as work:
        seed_rules(work, [ANGER, AWAY], datetime.now(UTC))


def _scenes(camera: ClipCamera, began_s: float, ended_s: float) -> Iterator[tuple[float, float]]:
    """Yield when an alert on anger must begin, for each scene between two times, UTC epoch."""
    scene = longest_scene(read_timeline(), ("angry", "fear"))
    assert scene
    loop_s = camera.began_at_s
    while loop_s < ended_s:
        first_s, last_s = loop_s + scene.from_s, loop_s + scene.until_s
        if began_s < first_s and last_s < ended_s:
            yield first_s, last_s + LATE_S
        loop_s += camera.duration_s


def _began_s(work: Session) -> dict[str, list[float]]:
    """Return when the alerts on anger of each camera fired, UTC epoch."""
    began: dict[str, list[float]] = defaultdict(list)
    for alert in work.scalars(select(AlertRow).where(AlertRow.kind == RuleKind.EXPRESSION)):
        began[alert.camera].append(alert.fired_at.timestamp())
    return began


def _within(times_s: list[float], scene: tuple[float, float]) -> list[float]:
    return [time_s for time_s in times_s if scene[0] <= time_s <= scene[1]]


def _unread_s(work: Session, began_s: float, ended_s: float) -> dict[str, float]:
    """Return for how long history has no data of each camera, between two times, UTC epoch."""
    unread = {}
    for name in CAMERAS:
        rows = (
            select(func.sum(TenSecondsRow.data_s))
            .join(CameraRow, CameraRow.id == TenSecondsRow.camera_id)
            .where(CameraRow.name == name)
            .where(TenSecondsRow.start_s >= began_s - 10, TenSecondsRow.start_s < ended_s)
        )
        unread[name] = round(ended_s - began_s - (work.scalar(rows) or 0.0), 1)
    return unread
