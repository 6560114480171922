"""Which workers a web instance joins."""

import logging

from tests.fakes import CLASSES
from tests.patience import wait_until
from webapp.cluster import workers
from webapp.cluster.cluster_cameras import ClusterCameras
from webapp.cluster.cluster_jobs import ClusterJobs
from webapp.cluster.hub import Here
from webapp.cluster.workers import CAMERAS, FILES, Workers
from webapp.core.camera_setup import CameraSetup


class ClosedHub:
    """Opens links that end at once."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    def open(self, process: str, kind: str) -> "ClosedHub":
        self.opened.append(kind)
        return self

    def serve(self, handle) -> None:
        pass

    def send(self, *_) -> None:
        pass


def test_a_worker_that_would_show_people_otherwise_is_not_joined(caplog, monkeypatch) -> None:
    cameras = ClusterCameras(lambda _: None, CLASSES, (), 5, str, lambda: joined.refused())
    joined = Workers(cameras, ClusterJobs(), lambda _: None, print, {"PRIVACY": "blur"})
    hub, kinds = ClosedHub(), (CAMERAS, FILES)
    cameras.set_cameras([CameraSetup("door", "Door", "rtsp://camera")])
    with caplog.at_level(logging.ERROR):
        for _ in range(2):
            joined.hear(hub, Here("p", "yard", kinds, {"PRIVACY": "none"}))
    cameras.place()
    why = "the worker yard is not joined, set both alike: PRIVACY is none there and blur here"
    assert cameras.cameras()[0].reason == why and caplog.messages == [why]
    assert hub.opened == [] and not cameras.readiness().is_ready
    monkeypatch.setattr(workers, "SILENT_S", 0.0)
    assert joined.refused() == ""
    joined.hear(hub, Here("q", "yard", kinds, {"PRIVACY": "blur"}))
    wait_until(lambda: sorted(hub.opened) == sorted(kinds))
