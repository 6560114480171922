import gc
import threading
import time
import weakref
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.cameras.fakes import (
    BlockingSource,
    FakeClassifier,
    FakeDetector,
    FakeOpener,
    FakeRenderer,
    crop,
)
from tests.cameras.runtimes import Published, build, models
from tests.patience import PATIENCE_S, wait_until
from webapp.cameras.analysis import FaceModels
from webapp.cameras.camera import CameraPlan
from webapp.core.camera_setup import CameraSetup
from webapp.core.camera_state import SourceKind
from webapp.core.errors import ModelMissingError, ViewerLimitError
from webapp.core.messages import Message
from webapp.core.privacy import Privacy

PAUSED_AT = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


@pytest.fixture
def opener():
    return FakeOpener()


@pytest.fixture
def published():
    return Published()


@pytest.fixture
def runtime(opener, published):
    before = set(threading.enumerate())
    runtime = build(opener, published)
    runtime.start()
    yield runtime
    runtime.stop()
    assert set(threading.enumerate()) <= before


def test_counts_and_state_are_pushed(runtime, published):
    published.wait("camera", camera="demo", state="demo")
    message = published.wait("counts", camera="demo", faces=2)
    assert message.counts == {"angry": 2, "happy": 0, "uncertain": 0}
    assert message.indicator == 100.0
    assert runtime.newest_counts("demo").faces == 2
    assert runtime.recent("demo")[-1].faces == 2


def test_a_camera_that_goes_is_published_and_its_numbers_are_withdrawn(runtime, opener, published):
    published.wait("counts")
    opener.is_gone.set()
    opener.opened[-1].is_broken.set()
    published.wait("camera", state="offline")
    assert runtime.newest_counts("demo") is None
    assert "not there" in runtime.cameras()[0].reason
    assert not runtime.readiness().is_ready
    count = len(published.messages)
    opener.is_gone.clear()
    published.wait("camera", after=count, state="demo")


def test_the_stream_ends_with_the_runtime(opener, published):
    runtime = build(opener, published)
    runtime.start()
    view = runtime.stream("demo")
    next(view)
    runtime.stop()
    assert len(list(view)) <= 1


def test_an_unknown_camera(runtime):
    with pytest.raises(KeyError):
        runtime.stream("nowhere")


def test_a_model_that_cannot_be_loaded_is_a_reason_and_not_a_crash(opener, published):
    def no_model() -> FaceModels:
        raise ModelMissingError("model.json is missing.")

    plan = CameraPlan("demo", SourceKind.DEMO, opener, no_model, FakeRenderer())
    runtime = build(opener, published, cameras=[plan])
    runtime.start()
    published.wait("camera", state="demo")
    assert runtime.readiness().reasons == {"model": "model.json is missing."}
    runtime.stop()


def test_a_camera_takes_another_source_and_its_viewers_go_on(opener, published):
    other = FakeOpener()
    runtime = build(opener, published, other)
    runtime.start()
    published.wait("camera", state="demo")
    view = runtime.stream("demo")
    next(view)
    runtime.set_cameras([CameraSetup("demo", "Demo", "0")])
    published.wait("camera", state="live")
    assert opener.opened[-1].is_closed.wait(PATIENCE_S)
    assert next(picture for picture in view if picture.startswith(b"frame"))
    assert [status.source_kind for status in runtime.cameras()] == ["camera"]
    view.close()
    runtime.stop()


def test_what_viewers_see_changes_while_the_camera_runs_on(runtime, opener, published):
    published.wait("counts", camera="demo")
    (camera,) = runtime.camera_set.current()
    blurred = CameraSetup("demo", "", "first", viewers_see=Privacy.BLUR)
    runtime.set_cameras([blurred])
    assert runtime.camera_set.current() == (camera,) and len(opener.opened) == 1
    assert runtime.cameras()[0].disclosure == blurred.disclosure
    wait_until(lambda: camera.analysed.newest().value.hidden_xyxy is not None)


def test_cameras_come_and_go_while_others_run(runtime, opener, published):
    published.wait("counts", camera="demo")
    demo, door = CameraSetup("demo", "", "first"), CameraSetup("door", "", "0")
    running = runtime.camera_set.find("demo")
    runtime.set_cameras([door, replace(demo, title="The demo")])
    published.wait("counts", camera="door", faces=2)
    assert [status.label for status in runtime.cameras()] == ["door", "The demo"]
    assert runtime.camera_set.find("demo") is running, "another title interrupts nothing"
    view = runtime.stream("door")
    next(view)
    runtime.set_cameras([demo])
    assert len(list(view)) <= 1, "the viewers of a camera that is gone are sent away"
    assert [status.name for status in runtime.cameras()] == ["demo"]
    with pytest.raises(KeyError):
        runtime.snapshot_jpeg("door")
    published.wait("counts", after=len(published.messages), camera="demo")


def test_one_push_that_fails_does_not_end_the_others(opener, caplog):
    class Stumbling(Published):
        has_stumbled = False

        def __call__(self, message: Message) -> None:
            if message.event == "counts" and not self.has_stumbled:
                self.has_stumbled = True
                raise OSError("the client left")
            super().__call__(message)

    published = Stumbling()
    runtime = build(opener, published)
    runtime.start()
    published.wait("counts", faces=2)
    runtime.stop()
    assert published.has_stumbled
    assert "a push failed" in caplog.text


def test_nothing_of_the_demo_is_taken_for_the_camera_s(opener, published):
    source = BlockingSource()
    runtime = build(opener, published, lambda: source)
    runtime.start()
    published.wait("counts", faces=2)
    demo = runtime.camera_set.find("demo")
    runtime.set_cameras([CameraSetup("demo", "Demo", "0")])
    assert runtime.cameras()[0].state == "connecting"
    assert runtime.newest_counts("demo") is None
    assert runtime.recent("demo") == []
    assert source.is_reading.wait(PATIENCE_S)
    camera = runtime.camera_set.find("demo")
    assert camera.revision > demo.revision
    assert camera.view().analysed is None and camera.frames.newest() is None
    source.release.set()
    runtime.stop()


def test_it_is_not_ready_while_every_analysis_fails(opener, published, caplog):
    detector = FakeDetector(2)
    models = FaceModels(detector, crop, FakeClassifier(), ("angry",))
    plan = CameraPlan("demo", SourceKind.DEMO, opener, lambda: models, FakeRenderer())
    runtime = build(opener, published, cameras=[plan])
    runtime.start()
    published.wait("counts", faces=2)
    assert runtime.readiness().is_ready
    detector.fails = True
    wait_until(lambda: not runtime.readiness().is_ready)
    assert runtime.readiness().reasons == {"model": "demo: analysis failed: RuntimeError"}
    runtime.stop()


def test_a_camera_that_hangs_leaves_the_others_their_time_at_the_end(opener, published):
    source, written = BlockingSource(), threading.Event()
    plan = CameraPlan("door", SourceKind.CAMERA, lambda: source, models, FakeRenderer())
    runtime = build(opener, published, cameras=[plan])

    def write_at_the_end() -> None:
        runtime.stopping.wait(PATIENCE_S)
        # Longer than a camera is waited for.
        if not threading.Event().wait(0.8):
            written.set()

    runtime.add_loop("recorder", write_at_the_end)
    runtime.start()
    assert source.is_reading.wait(PATIENCE_S)
    runtime.stop()
    assert written.is_set()
    source.release.set()
    runtime.camera_set.find("door").join(time.monotonic() + PATIENCE_S)


def test_a_snapshot_counts_as_a_viewer_and_encodes_no_frame_twice(opener, published):
    renderer = FakeRenderer()
    still = BlockingSource()
    plan = CameraPlan("demo", SourceKind.DEMO, lambda: still, models, renderer)
    runtime = build(opener, published, cameras=[plan], max_viewers=1)
    runtime.start()
    still.release.set()
    published.wait("counts", faces=2)
    still.release.clear()
    assert runtime.snapshot_jpeg("demo").startswith(b"frame")
    view = runtime.stream("demo")
    with pytest.raises(ViewerLimitError):
        runtime.snapshot_jpeg("demo")
    view.close()
    assert runtime.snapshot_jpeg("demo").startswith(b"frame")
    still.release.set()
    runtime.stop()


def test_a_paused_camera_is_closed_announced_and_forgotten(runtime, opener, published):
    published.wait("counts", faces=2)
    kept = weakref.ref(runtime.camera_set.find("demo").frames.newest().value)
    runtime.pause("demo", PAUSED_AT)
    assert runtime.snapshot_jpeg("demo") == b"paused"
    assert runtime.newest_counts("demo") is None
    assert runtime.camera_set.find("demo").view().analysed is None
    assert runtime.recent("demo"), "the line of the last minutes stays, as when it is offline"
    assert runtime.readiness().parts["camera"]
    assert published.wait("camera", state="paused").since == PAUSED_AT
    assert opener.opened[-1].is_closed.wait(PATIENCE_S)
    assert _dies(kept), "somebody keeps the last frame"


def test_a_resumed_camera_connects_as_after_the_start(runtime, published):
    published.wait("counts", faces=2)
    runtime.pause("demo", PAUSED_AT)
    published.wait("camera", state="paused")
    count = len(published.messages)
    runtime.resume("demo")
    published.wait("camera", after=count, state="demo")
    published.wait("counts", after=count, faces=2)


@pytest.mark.parametrize("switch", ["pause", "resume"])
def test_an_unknown_camera_cannot_be_switched(runtime, switch):
    arguments = (PAUSED_AT,) if switch == "pause" else ()
    with pytest.raises(KeyError):
        getattr(runtime, switch)("nowhere", *arguments)


def test_a_pause_does_not_wait_for_a_device_that_hangs(opener, published):
    source = BlockingSource()
    plan = CameraPlan("door", SourceKind.CAMERA, lambda: source, models, FakeRenderer())
    runtime = build(opener, published, cameras=[plan])
    runtime.start()
    assert source.is_reading.wait(PATIENCE_S)
    runtime.pause("door", PAUSED_AT)
    published.wait("camera", state="paused")
    source.release.set()
    assert source.is_closed.wait(PATIENCE_S)
    assert runtime.camera_set.find("door").frames.newest() is None
    assert runtime.cameras()[0].reason == ""
    runtime.stop()


def test_a_camera_that_is_paused_before_the_start_is_never_opened(opener, published):
    runtime = build(opener, published)
    runtime.pause("demo", PAUSED_AT)
    runtime.start()
    published.wait("camera", state="paused")
    assert opener.opened == []
    runtime.resume("demo")
    published.wait("camera", state="demo")
    runtime.stop()


def test_a_reading_that_a_pause_overtakes_is_dropped(opener, published):
    detector = FakeDetector(2)
    reading, release, detect = threading.Event(), threading.Event(), detector.detect

    def slow(image_bgr, width_px):
        reading.set()
        assert release.wait(PATIENCE_S)
        return detect(image_bgr, width_px)

    detector.detect = slow
    models = FaceModels(detector, crop, FakeClassifier(), ("angry",))
    plan = CameraPlan("demo", SourceKind.DEMO, opener, lambda: models, FakeRenderer())
    runtime = build(opener, published, cameras=[plan])
    runtime.start()
    assert reading.wait(PATIENCE_S)
    pipeline = runtime.camera_set.find("demo")
    runtime.pause("demo", PAUSED_AT)
    release.set()
    runtime.stop()
    assert detector.calls == 1
    assert pipeline.analysed.newest() is None
    assert not [message for message in published.messages if message.event == "counts"]


def _dies(kept: weakref.ref) -> bool:
    deadline_s = time.monotonic() + PATIENCE_S
    while kept() is not None and time.monotonic() < deadline_s:
        gc.collect()
        time.sleep(0.05)
    return kept() is None


def test_what_is_to_be_off_is_not_opened_by_another_source_nor_by_a_resume(opener, published):
    other, off = FakeOpener(), {}
    runtime = build(opener, published, other, paused=lambda: off)
    runtime.start()
    published.wait("camera", state="demo")
    off["demo"] = PAUSED_AT
    runtime.set_cameras([CameraSetup("demo", "", "second")])
    assert published.wait("camera", state="paused").since == PAUSED_AT
    runtime.resume("demo")
    assert [status.state for status in runtime.cameras()] == ["paused"]
    assert other.opened == []
    off.clear()
    runtime.resume("demo")
    published.wait("camera", state="live")
    runtime.stop()
