"""The cameras of now, with loops that do not run."""

import time
from datetime import UTC, datetime

import pytest

from tests.cameras.fakes import (
    FakeClassifier,
    FakeDetector,
    FakeOpener,
    FakeRenderer,
    FakeThreads,
    crop,
)
from webapp.bus.viewers import Viewers
from webapp.cameras.analysis import FaceModels
from webapp.cameras.camera import CameraPlan
from webapp.cameras.camera_set import CameraSet
from webapp.core.camera_state import SourceKind
from webapp.core.errors import ViewerLimitError

PAUSED_AT = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


class Cameras:
    """A set of cameras, its threads and its viewers."""

    def __init__(self) -> None:
        self.threads, self.viewers = FakeThreads(), Viewers(1)
        self.set = CameraSet(self.viewers, self.threads)

    def put(self, name: str):
        models = FaceModels(FakeDetector(2), crop, FakeClassifier(), ("angry",))
        plan = CameraPlan(name, SourceKind.CAMERA, FakeOpener(), lambda: models, FakeRenderer())
        return self.set.put(plan)

    @property
    def names(self) -> list[str]:
        return [pipeline.name for pipeline in self.set.current()]


@pytest.fixture
def cameras(monkeypatch: pytest.MonkeyPatch) -> Cameras:
    """A set without cameras, at a time that stands still."""
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    return Cameras()


def test_nothing_runs_before_the_start_and_everything_after_it(cameras):
    cameras.put("door")
    assert cameras.threads.made == []
    cameras.set.start()
    assert [name.split("-")[1] for name in cameras.threads.names] == ["door"] * 3
    cameras.put("hall")
    assert [name.split("-")[1] for name in cameras.threads.names[3:]] == ["hall"] * 3
    assert cameras.names == ["door", "hall"]


def test_another_source_takes_the_place_of_the_one_before(cameras):
    cameras.set.start()
    old = cameras.put("door")
    cameras.put("hall")
    new = cameras.put("door")
    assert cameras.names == ["door", "hall"]
    assert cameras.set.find("door") is new
    assert [pipeline.revision for pipeline in cameras.set.current()] == [3, 2]
    assert (old.revision, old.is_stopping, new.is_stopping) == (1, True, False)
    assert _waits_s(cameras) == [[0.7]] * 3 + [[]] * 6


def test_another_source_is_paused_as_the_one_before_was(cameras):
    cameras.put("door").pause(PAUSED_AT)
    new = cameras.put("door")
    assert (new.is_paused, new.status().since) == (True, PAUSED_AT)
    new.resume()
    assert not cameras.put("door").is_paused


def test_a_camera_that_is_removed_stops_and_is_forgotten(cameras):
    cameras.set.start()
    door, hall = cameras.put("door"), cameras.put("hall")
    cameras.set.remove("door")
    assert cameras.names == ["hall"]
    assert (door.is_stopping, hall.is_stopping) == (True, False)
    assert _waits_s(cameras) == [[0.7]] * 3 + [[]] * 3
    with pytest.raises(KeyError):
        cameras.set.remove("door")


def test_a_camera_that_comes_after_the_stop_never_runs(cameras):
    cameras.set.start()
    door = cameras.put("door")
    cameras.set.request_stop()
    assert door.is_stopping
    late = cameras.put("hall")
    assert late.is_stopping
    assert len(cameras.threads.made) == 3


def test_all_cameras_share_the_time_to_end(cameras):
    cameras.set.start()
    cameras.put("door")
    cameras.put("hall")
    cameras.set.join()
    assert _waits_s(cameras) == [[0.7]] * 6


def test_a_picture_needs_a_viewer_s_place_and_gives_it_back(cameras):
    cameras.put("door")
    for _ in range(2):
        assert cameras.set.picture("door") == b"no signal"
    view = cameras.set.stream("door")
    with pytest.raises(ViewerLimitError):
        cameras.set.picture("door")
    view.close()
    assert cameras.viewers.count("door") == 0


@pytest.mark.parametrize("ask", ["stream", "picture", "find"])
def test_nobody_watches_a_camera_that_is_not_there(cameras, ask):
    with pytest.raises(KeyError):
        getattr(cameras.set, ask)("door")
    assert cameras.viewers.count("door") == 0


def test_a_view_goes_on_with_another_source_and_ends_with_the_camera(cameras):
    cameras.put("door")
    view = cameras.set.stream("door")
    assert next(view) == b"no signal"
    assert cameras.set.find("door").stream._watched.is_set(), "the loop encodes at once"
    cameras.put("door").pause(PAUSED_AT)
    assert next(view) == b"paused"
    cameras.set.remove("door")
    assert list(view) == []
    assert cameras.viewers.count("door") == 0


def test_a_view_ends_when_all_stop(cameras):
    cameras.put("door")
    view = cameras.set.stream("door")
    next(view)
    cameras.set.request_stop()
    assert list(view) == []


def _waits_s(cameras: Cameras) -> list[list[float]]:
    """Return for how long each loop was waited for, in the order of their start."""
    return [thread.waits_s for thread in cameras.threads.made]
