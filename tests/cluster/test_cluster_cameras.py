"""Cameras of several workers, of whom one may not know yet that it lost one."""

import os
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.fakes import CLASSES, alert_message, counts_message
from webapp.bus import remote_cameras
from webapp.bus.camera_peer import CameraPeer
from webapp.bus.memory_file import MemoryFile
from webapp.bus.process_messages import Beat, Hello, PictureSent, Watch
from webapp.bus.remote_alerts import RemoteAlerts
from webapp.cluster.cluster_cameras import ClusterCameras, FollowedCameras
from webapp.cluster.worker_peer import WorkerPeer
from webapp.core.alert_rules import RuleKind
from webapp.core.camera_setup import CameraSetup
from webapp.core.camera_state import CameraState, SourceKind
from webapp.core.camera_status import CameraStatus, Readiness
from webapp.core.errors import BusyError, SourceError, StorageError
from webapp.core.messages import CameraMessage

DOOR = CameraSetup("door", "Door", "rtsp://camera")
SINCE = datetime(2026, 3, 2, 12, tzinfo=UTC)
NO_SIGNAL = b"no signal"


class Cluster:
    """A web instance; the workers say what a test lets them say."""

    def __init__(self) -> None:
        self.published: list = []
        self.cameras = ClusterCameras(self.published.append, CLASSES, (), 5, lambda: "")
        self.alerts = RemoteAlerts(self.cameras.peers, (), tuple, tuple)
        self.cameras.set_cameras([DOOR])
        self.published.clear()

    def worker(self, name: str) -> WorkerPeer:
        worker = WorkerPeer(name, self.published.append, self.cameras.place)
        worker.sent = []
        worker.send = lambda message, *_: worker.sent.append(message)
        self.cameras.add_worker(worker)
        return worker

    def leaves(self, worker: WorkerPeer) -> None:
        worker.lost()
        self.cameras.remove_worker(worker)

    def state(self) -> str:
        return self.cameras.cameras()[0].state


def beat(token: int | None, *alerts, state: CameraState = CameraState.LIVE) -> Beat:
    status = CameraStatus("door", state, SINCE, SourceKind.URL)
    tokens = {} if token is None else {"door": token}
    return Beat((status,), Readiness({"camera": True, "model": True}), alerts, "", 0, tokens=tokens)


def say_hello(worker: CameraPeer) -> None:
    with MemoryFile.of(NO_SIGNAL) as file:
        worker.take(Hello(), [dup(file)])


def dup(file: MemoryFile) -> int:
    return os.dup(file.fileno())


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def test_pages_learn_of_a_state_that_was_entered_while_nobody_heard_it(cluster):
    worker = cluster.worker("north")
    worker.take(beat(1), [])
    live = CameraMessage("door", CameraState.LIVE, SINCE)
    assert cluster.published == [live]
    cluster.leaves(worker)
    assert cluster.published.pop().state == cluster.state() == "offline"
    # Redis is back, and the camera ran all the time.
    worker = cluster.worker("north")
    worker.take(beat(1), [])
    worker.take(beat(1), [])
    assert cluster.published == [live, live] and cluster.state() == "live"
    paused = CameraMessage("door", CameraState.PAUSED, SINCE)
    worker.take(paused, [])
    assert cluster.state() == "paused"
    worker.take(beat(1, state=CameraState.PAUSED), [])
    assert cluster.published == [live, live, paused]


def test_pages_learn_of_alerts_that_began_and_ended_while_nobody_heard_them(cluster):
    old, new, ahead = alert_message("a1"), alert_message("a2"), alert_message("a3", "pending")
    worker = cluster.worker("north")
    worker.take(beat(1, old), [])
    assert cluster.published[1:] == [old]
    worker.take(new, [])
    worker.take(beat(1, old, new), [])
    assert cluster.published[2:] == [new], "said once"
    cluster.leaves(worker)
    cluster.published.clear()
    worker = cluster.worker("north")
    worker.take(beat(1, new, ahead), [])
    assert cluster.published[1:] == [ahead, replace(old, state="resolved")]


def test_who_lost_a_camera_and_does_not_know_is_not_believed(cluster):
    north, south = cluster.worker("north"), cluster.worker("south")
    alert, test = alert_message("a1"), alert_message("a2", kind=RuleKind.TEST)
    north.take(beat(1, alert), [])
    south.take(beat(2, alert, test), [])
    north.take(beat(1, alert, state=CameraState.OFFLINE), [])
    assert cluster.state() == "live"
    assert sorted(each.id for each in cluster.alerts.live()) == ["a1", "a2"]
    cluster.published.clear()
    late = counts_message("door"), replace(alert, value=1.0), replace(alert, state="resolved")
    for message in (*late, CameraMessage("door", CameraState.OFFLINE, SINCE)):
        north.take(message, [])
    assert cluster.published == []
    # Tests are played by any worker, and one ends the alerts of cameras that are gone.
    orphan = alert_message("a3", "resolved", camera="gone")
    told = [counts_message("door"), alert]
    for worker, message in ((north, orphan), (north, test), *((south, each) for each in told)):
        worker.take(message, [])
    assert cluster.published == [orphan, test, *told]
    # Who takes it over says more before its next beat than that it holds it.
    west, ended = cluster.worker("west"), replace(alert, id="a4", state="resolved")
    west.take(ended, [])
    assert cluster.published.pop() == ended
    # Nobody holds it: the alert stays, a test does not.
    cluster.leaves(south)
    north.take(beat(None), [])
    assert [each.id for each in cluster.alerts.live()] == ["a1"]
    assert cluster.state() == "offline"


def test_a_view_goes_with_its_camera_and_ends_where_nothing_comes(cluster, monkeypatch):
    watch = Watch("door", True)
    monkeypatch.setattr(remote_cameras, "STILL_INTERVAL_S", 0.01)
    monkeypatch.setattr(remote_cameras, "NOTHING_FOR_S", 0.03)
    with closing(cluster.cameras.stream("door")) as pictures:
        assert list(pictures) == [], "no worker ever said what to show of no signal"
    assert cluster.cameras.cameras()[0].viewers == 0
    monkeypatch.setattr(remote_cameras, "NOTHING_FOR_S", 10)
    with closing(cluster.cameras.stream("door")) as pictures:
        north, south = cluster.worker("north"), cluster.worker("south")
        say_hello(north)
        cluster.cameras.place()
        assert next(pictures) == NO_SIGNAL
        north.take(beat(1), [])
        south.take(beat(2), [])
        assert north.sent == south.sent == [watch]
        for worker, jpeg in ((south, b"newer"), (north, b"older")):
            with MemoryFile.of(jpeg) as file:
                worker.take(PictureSent("door"), [dup(file)])
        assert next(pictures) == b"newer"
        # Another had it in between, and died before anybody heard it.
        south.take(beat(4), [])
        south.take(beat(4), [])
        assert south.sent == [watch, watch]
        cluster.leaves(south)
        assert north.sent == [watch, watch]
        cluster.leaves(north)
        assert next(pictures) == NO_SIGNAL


def test_a_change_is_shown_though_a_worker_cannot_follow_it(cluster):
    class Calls:
        def ask(self, *_):
            raise StorageError("the database is away there")

    worker = cluster.worker("north")
    worker.take(beat(1), [])
    worker.calls = Calls()
    cluster.cameras.set_cameras([])
    assert cluster.cameras.cameras() == []


def test_a_web_instance_switches_only_what_nobody_holds(cluster):
    followed = FollowedCameras(cluster.cameras)
    assert [each.name for each in followed.cameras()] == ["door"]
    followed.pause("door", SINCE)
    assert cluster.state() == "paused"
    cluster.worker("north").take(beat(1, state=CameraState.PAUSED), [])
    assert followed.cameras() == []


def test_a_device_is_tried_where_it_is_plugged_in(cluster):
    asked: list[str] = []

    class Calls:
        def __init__(self, worker: str) -> None:
            self.worker = worker

        def ask(self, *_):
            asked.append(self.worker)
            raise SourceError("it gives no picture")

    for name in ("north", "south"):
        cluster.worker(name).calls = Calls(name)
    for worker in ("north", ""):
        with pytest.raises(SourceError):
            cluster.cameras.try_source("0", worker)
    assert asked == ["north", "south"]
    with pytest.raises(BusyError, match="The worker east is away"):
        cluster.cameras.try_source("0", "east")
