"""One camera whose loops do not run: a test puts what they would have put."""

import time
from datetime import UTC, datetime

import pytest

from tests.cameras.fakes import (
    BLACK,
    FakeClassifier,
    FakeDetector,
    FakeOpener,
    FakeRenderer,
    FakeThreads,
    analysed_frame,
    crop,
)
from webapp.bus.viewers import Viewers
from webapp.cameras.analysis import FaceModels
from webapp.cameras.camera import CameraPipeline, CameraPlan
from webapp.core.bands import Scale
from webapp.core.camera_state import SourceKind
from webapp.core.frame import Frame

PAUSED_AT = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


def pipeline(kind: SourceKind = SourceKind.CAMERA) -> CameraPipeline:
    plan = CameraPlan("door", kind, FakeOpener(), _models, FakeRenderer())
    return CameraPipeline(plan, 3, Viewers(2))


def show(camera: CameraPipeline, age_s: float = 0.0) -> None:
    """Put a frame of that age, analysed, as the loops do."""
    frame = Frame(BLACK, time.monotonic() - age_s, 0, datetime.now(UTC))
    camera.frames.put(frame)
    camera.analysed.put(analysed_frame(frame, 2))


@pytest.mark.parametrize(
    ("kind", "state"),
    [(SourceKind.DEMO, "demo"), (SourceKind.CAMERA, "live"), (SourceKind.URL, "live")],
)
def test_frames_make_it_live_or_the_demo(kind, state):
    camera = pipeline(kind)
    status = camera.status()
    assert (status.name, status.state, status.source_kind) == ("door", "connecting", kind)
    camera.update_state()
    assert camera.status().state == "connecting"
    show(camera)
    camera.update_state()
    assert camera.status().state == state
    camera.frames.put(Frame(BLACK, time.monotonic() - 60.0, 1))
    camera.update_state()
    assert camera.status().state == "offline"


def test_the_status_says_what_the_loops_do():
    camera = pipeline()
    now_s = time.monotonic()
    for event_s in (now_s - 1.0, now_s - 0.5, now_s):
        camera.analysis.rate.step(event_s)
    for event_s in (now_s - 1.0, now_s):
        camera.stream.rate.step(event_s)
    camera.analysis.skipped, camera.capture.reconnects = 7, 2
    camera.capture.rate = camera.analysis.rate
    camera.analysis.delays.note(0.5)
    camera.stream.delays.note(1.5)
    camera._viewers.enter("door")
    status = camera.status()
    assert status.analysis_fps == pytest.approx(2.0, abs=0.5)
    assert status.stream_fps == pytest.approx(1.0, abs=0.3)
    assert status.capture_fps == status.analysis_fps
    assert (status.viewers, status.skipped_frames, status.reconnects) == (1, 7, 2)
    assert (status.analysis_delays.total_s, status.stream_delays.total_s) == (0.5, 1.5)


@pytest.mark.parametrize(
    ("of_capture", "of_analysis", "is_paused", "reason"),
    [
        ("", "", False, ""),
        ("no cable", "", False, "no cable"),
        ("", "analysis failed", False, "analysis failed"),
        ("no cable", "analysis failed", False, "no cable"),
        ("no cable", "analysis failed", True, ""),
    ],
)
def test_the_reason_is_the_first_that_matters(of_capture, of_analysis, is_paused, reason):
    camera = pipeline()
    if is_paused:
        camera.pause(PAUSED_AT)
    camera.capture.reason, camera.analysis.reason = of_capture, of_analysis
    assert camera.status().reason == reason


@pytest.mark.parametrize(("age_s", "is_current"), [(0.0, True), (2.5, True), (3.1, False)])
def test_a_view_holds_a_current_frame_alone(age_s, is_current):
    camera = pipeline()
    show(camera)
    camera.update_state()
    show(camera, age_s)
    view = camera.view()
    assert (view.revision, view.status) == (3, camera.status())
    assert (view.analysed is not None) == is_current


def test_a_view_of_a_camera_that_is_not_live_holds_no_frame():
    camera = pipeline()
    assert camera.view().analysed is None
    show(camera)
    assert camera.view().analysed is None, "still connecting"


@pytest.mark.parametrize(
    ("is_live", "is_loaded", "is_analysed", "reason", "fault"),
    [
        (True, True, True, "", ""),
        (True, True, False, "", "no frame is analysed"),
        (True, True, False, "analysis failed", "analysis failed"),
        (True, True, True, "analysis failed", "analysis failed"),
        (False, True, False, "analysis failed", ""),
        (True, False, False, "", ""),
    ],
)
def test_a_fault_of_the_analysis(is_live, is_loaded, is_analysed, reason, fault):
    camera = pipeline()
    camera.analysis.is_loaded, camera.analysis.reason = is_loaded, reason
    if is_live:
        show(camera)
        camera.update_state()
    if not is_analysed:
        camera.analysed.clear()
    assert camera.analysis_fault() == fault


def test_a_pause_forgets_what_was_shown_and_a_resume_connects():
    camera = pipeline()
    show(camera)
    camera.update_state()
    assert camera.feed.step(camera.status(), Scale(("angry",)), 0.0)
    camera.pause(PAUSED_AT)
    camera.pause(datetime.now(UTC))
    assert camera.feed.newest is None
    assert len(camera.feed.recent()) == 1, "the line of the last minutes stays"
    status = camera.status()
    assert (camera.is_paused, status.state, status.since) == (True, "paused", PAUSED_AT)
    assert camera.frames.newest() is camera.analysed.newest() is None
    assert camera.stream.picture() == b"paused"
    assert not camera.capture._may_open()
    camera.resume()
    assert (camera.is_paused, camera.status().state) == (False, "connecting")
    assert camera.stream.picture() == b"no signal"
    assert camera.capture._may_open()


def test_a_resume_of_a_camera_that_runs_changes_nothing():
    camera = pipeline()
    show(camera)
    camera.update_state()
    camera.resume()
    assert camera.status().state == "live"


def test_its_loops_are_joined_in_the_order_of_the_data_until_the_deadline():
    camera, threads = pipeline(), FakeThreads()
    camera.start(threads)
    assert threads.names == ["capture-door", "analysis-door", "stream-door"]
    camera.join(time.monotonic() + 60.0)
    camera.join(time.monotonic() - 60.0)
    for thread in threads.made:
        in_time, late = thread.waits_s
        assert 50.0 < in_time <= 60.0
        assert late == 0.0


def test_a_stop_ends_every_wait():
    camera = pipeline()
    assert not camera.is_stopping
    show(camera)
    camera.stream.pictures.put(b"a picture")
    camera.request_stop()
    assert camera.is_stopping
    assert camera.capture._interrupted.is_set()
    for slot in (camera.frames, camera.analysed, camera.stream.pictures):
        assert slot.wait_newer(0, timeout_s=0.0) is None, "a closed slot gives nothing"


def _models() -> FaceModels:
    return FaceModels(FakeDetector(2), crop, FakeClassifier(), ("angry",))
