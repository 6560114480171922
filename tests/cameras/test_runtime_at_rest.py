"""A runtime whose loops do not run: what it answers, and what it passes on."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest

from tests.cameras.fakes import (
    BLACK,
    CLASSES,
    FakeClassifier,
    FakeDetector,
    FakeOpener,
    FakeRenderer,
    FakeThread,
    FakeThreads,
    analysed_frame,
    crop,
)
from tests.patience import PATIENCE_S
from webapp.cameras.analysis import FaceModels
from webapp.cameras.camera import CameraPlan
from webapp.cameras.runtime import Runtime, RuntimePlan
from webapp.core.bands import Scale
from webapp.core.camera_setup import CameraSetup
from webapp.core.errors import ModelMissingError
from webapp.core.frame import Frame

PAUSED_AT = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
DEMO, DOOR = CameraSetup("demo", "", "demo"), CameraSetup("door", "", "0")


@pytest.fixture
def opener() -> FakeOpener:
    return FakeOpener()


@pytest.fixture
def at_rest(opener: FakeOpener) -> Runtime:
    """A runtime that was not started, of `demo` and `door`."""
    models = FaceModels(FakeDetector(2), crop, FakeClassifier(), ("angry",))

    def plan_camera(setup: CameraSetup) -> CameraPlan:
        return CameraPlan(setup.name, setup.kind, opener, lambda: models, FakeRenderer())

    plan = RuntimePlan([DEMO, DOOR], plan_camera, lambda image: b"", CLASSES, ("angry",), 2)
    return Runtime(plan, lambda message: None)


def test_before_the_start_nothing_is_ready(at_rest):
    at_rest.camera_set.find("door").capture.reason = "no cable"
    readiness = at_rest.readiness()
    assert readiness.parts == {"camera": False, "model": False}
    assert readiness.reasons == {"camera": "demo: connecting; door: no cable", "model": "loading"}


def test_models_that_only_one_camera_has_are_not_loaded(at_rest):
    _show(at_rest)
    at_rest.camera_set.find("door").analysis.is_loaded = False
    assert at_rest.readiness().reasons == {"model": "loading"}


@pytest.mark.parametrize("is_paused", [False, True])
def test_cameras_that_show_something_or_are_paused_are_ready(at_rest, is_paused):
    _show(at_rest)
    if is_paused:
        at_rest.pause("door", PAUSED_AT)
    readiness = at_rest.readiness()
    assert (readiness.parts, readiness.reasons) == ({"camera": True, "model": True}, {})


def test_every_camera_that_is_not_analysed_is_named(at_rest):
    _show(at_rest, is_analysed=False)
    at_rest.camera_set.find("door").analysis.reason = "analysis failed"
    readiness = at_rest.readiness()
    assert readiness.parts == {"camera": True, "model": False}
    assert readiness.reasons == {"model": "demo: no frame is analysed; door: analysis failed"}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ModelMissingError("model.json is missing."), "model.json is missing."),
        (OSError("disk"), "recorder ended unexpectedly; the log has the details"),
    ],
)
def test_a_loop_that_ends_is_a_reason_and_a_line_of_the_log(at_rest, caplog, error, reason):
    def loop() -> None:
        raise error

    at_rest._guarded("recorder", loop)
    readiness = at_rest.readiness()
    assert (readiness.reasons["model"], "loops" in readiness.parts) == (reason, False)
    _show(at_rest)
    readiness = at_rest.readiness()
    assert readiness.parts == {"camera": True, "model": True, "loops": False}
    assert readiness.reasons == {"loops": reason}
    assert "recorder ended" in caplog.text


def test_counts_are_given_while_frames_come_and_the_line_stays(at_rest):
    camera = at_rest.camera_set.find("door")
    _show(at_rest)
    assert at_rest.newest_counts("door") is None
    newest = camera.feed.step(camera.status(), Scale(("angry",)), 0.0)
    assert at_rest.newest_counts("door") is newest
    camera.frames.put(Frame(BLACK, time.monotonic() - 60.0, 1))
    camera.update_state()
    assert at_rest.newest_counts("door") is None
    assert at_rest.recent("door") == [newest.as_point()]


def test_a_pause_and_its_end_reach_the_camera(at_rest, opener):
    at_rest.pause("door", PAUSED_AT)
    assert [status.state for status in at_rest.cameras()] == ["connecting", "paused"]
    assert next(at_rest.stream("door")) == at_rest.snapshot_jpeg("door") == b"paused"
    at_rest.set_cameras([DEMO, replace(DOOR, source="1")])
    assert opener.opened == [], "a paused camera opens nothing"
    at_rest.resume("door")
    assert [status.state for status in at_rest.cameras()] == ["connecting", "connecting"]


@pytest.mark.parametrize(
    "switch",
    [
        lambda runtime: runtime.pause("door", PAUSED_AT),
        lambda runtime: runtime.resume("door"),
        lambda runtime: runtime.set_cameras([DOOR]),
        lambda runtime: runtime.request_stop(),
    ],
)
def test_what_a_person_switches_is_pushed_at_once(at_rest, monkeypatch, switch):
    hurried: list[bool] = []
    monkeypatch.setattr(at_rest._push, "hurry", lambda: hurried.append(True))
    switch(at_rest)
    assert hurried == [True]


def test_a_camera_that_comes_back_is_paused_as_is_kept_by_then(at_rest):
    at_rest._paused = lambda: {"door": PAUSED_AT}
    at_rest.set_cameras([DEMO])
    at_rest.set_cameras([DEMO, DOOR])
    assert [status.state for status in at_rest.cameras()] == ["connecting", "paused"]


def test_a_stop_reaches_every_camera_and_joins_every_loop(at_rest, monkeypatch):
    made = FakeThreads()
    monkeypatch.setattr(at_rest, "_run", made)
    monkeypatch.setattr(at_rest.camera_set, "_run_thread", made)
    at_rest.add_loop("recorder", print)
    at_rest.start()
    assert [name for name in made.names if "-" not in name] == ["push", "recorder"]
    at_rest.stop()
    assert at_rest.stopping.is_set()
    assert all(camera.is_stopping for camera in at_rest.camera_set.current())
    assert len(made.made) == 8
    assert all(len(thread.waits_s) == 1 for thread in made.made)


def test_the_loops_share_the_time_to_end(at_rest, monkeypatch):
    at_rest._threads = [FakeThread(name, print) for name in ("push", "recorder")]
    now_s = count(0.0, 1.0)
    monkeypatch.setattr(time, "monotonic", lambda: next(now_s))
    at_rest.stop()
    assert [thread.waits_s for thread in at_rest._threads] == [[pytest.approx(0.3)], [0.0]]


def test_a_loop_runs_in_a_daemon_of_its_name(at_rest):
    ended = threading.Event()
    thread = at_rest._run("recorder", ended.set)
    assert ended.wait(PATIENCE_S)
    thread.join(PATIENCE_S)
    assert (thread.name, thread.daemon) == ("recorder", True)


def _show(runtime: Runtime, *, is_analysed: bool = True) -> None:
    """Let every camera have its models, a frame and an analysis of it."""
    for camera in runtime.camera_set.current():
        camera.analysis.is_loaded = True
        frame = Frame(BLACK, time.monotonic(), 0, datetime.now(UTC))
        camera.frames.put(frame)
        if is_analysed:
            camera.analysed.put(analysed_frame(frame))
        camera.update_state()
