import gc
import threading
import time
import weakref
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.cameras.fakes import (
    CLASSES,
    BlockingSource,
    FakeClassifier,
    FakeDetector,
    FakeOpener,
    FakeRenderer,
    crop,
)
from webapp.cameras.analysis import Reader
from webapp.cameras.camera import CameraPlan
from webapp.cameras.runtime import FirstCamera, Runtime, RuntimePlan
from webapp.core.camera_state import SourceKind
from webapp.core.errors import ModelMissingError
from webapp.core.messages import Message

WITHIN_S = 20.0
PAUSED_AT = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


class Published:
    """Collects what is pushed, and lets a test wait for it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._changed = threading.Condition()

    def __call__(self, message: Message) -> None:
        with self._changed:
            self.messages.append(message)
            self._changed.notify_all()

    def wait(self, event: str, after: int = 0, **wanted: object) -> Any:
        def found() -> Message | None:
            for message in self.messages[after:]:
                values = {name: getattr(message, name, None) for name in wanted}
                if message.event == event and values == wanted:
                    return message
            return None

        with self._changed:
            message = self._changed.wait_for(found, WITHIN_S)
        assert message, f"no {event} with {wanted} came"
        return message


def build(opener: FakeOpener, published: Published, **changes: object) -> Runtime:
    plan = CameraPlan("demo", SourceKind.DEMO, opener, _reader, FakeRenderer())
    parts = {"cameras": [plan], "classes": CLASSES, "alert_emotions": ("angry",)}
    return Runtime(RuntimePlan(**{**parts, "max_viewers": 2, **changes}), published)


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
    assert message.indicator == 80.0
    assert runtime.newest_counts("demo").faces == 2
    assert runtime.recent("demo")[-1].faces == 2


def test_it_is_ready_once_pictures_come_and_the_model_is_loaded(runtime, published):
    published.wait("counts")
    assert runtime.readiness().is_ready


def test_a_camera_that_goes_is_published_and_its_numbers_are_withdrawn(runtime, opener, published):
    published.wait("counts")
    opener.is_gone.set()
    opener.opened[-1].is_broken.set()
    published.wait("camera", state="offline")
    assert runtime.newest_counts("demo") is None
    assert "not there" in runtime.cameras()[0].reason
    assert not runtime.readiness().is_ready
    opener.is_gone.clear()
    published.wait("camera", after=len(published.messages), state="demo")


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
    def no_model() -> Reader:
        raise ModelMissingError("model.json is missing.")

    plan = CameraPlan("demo", SourceKind.DEMO, opener, no_model, FakeRenderer())
    runtime = build(opener, published, cameras=[plan])
    runtime.start()
    published.wait("camera", state="demo")
    assert runtime.readiness().reasons == {"model": "model.json is missing."}
    runtime.stop()


def test_the_demo_gives_way_to_the_first_camera(opener, published):
    other = FakeOpener()
    first_camera = FirstCamera(answers=lambda: True, open_source=other)
    runtime = build(opener, published, first_camera=first_camera)
    runtime.start()
    published.wait("camera", state="demo")
    assert runtime.first_camera_answers()
    runtime.use_first_camera("demo")
    published.wait("camera", state="live")
    assert other.opened
    assert not runtime.first_camera_answers()
    with pytest.raises(KeyError):
        runtime.use_first_camera("demo")
    runtime.stop()


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


def test_nothing_of_the_demo_is_told_as_the_camera_s(opener, published):
    other = FakeOpener()
    other.is_gone.set()
    runtime = build(opener, published, first_camera=FirstCamera(lambda: True, other))
    runtime.start()
    published.wait("counts", faces=2)
    runtime.use_first_camera("demo")
    assert runtime.cameras()[0].state == "connecting"
    assert runtime.newest_counts("demo") is None
    assert runtime.recent("demo") == []
    assert other.refused.wait(WITHIN_S)
    assert runtime.pipelines["demo"].frames.newest() is None
    assert runtime.cameras()[0].state != "live"
    runtime.stop()


def test_a_paused_camera_is_closed_published_and_forgotten(runtime, opener, published):
    published.wait("counts", faces=2)
    kept = weakref.ref(runtime.pipelines["demo"].frames.newest().value)
    runtime.pause("demo", PAUSED_AT)
    assert runtime.snapshot_jpeg("demo") == b"paused"
    assert runtime.newest_counts("demo") is None
    assert runtime.pipelines["demo"].view().analysed is None
    assert runtime.recent("demo"), "the line of the last minutes stays, as when it is offline"
    assert runtime.readiness().parts["camera"]
    assert published.wait("camera", state="paused").since == PAUSED_AT
    assert opener.opened[-1].is_closed.wait(WITHIN_S)
    assert _dies(kept), "somebody keeps the last frame"


def test_a_resumed_camera_connects_as_after_the_start(runtime, published):
    published.wait("counts", faces=2)
    runtime.pause("demo", PAUSED_AT)
    published.wait("camera", state="paused")
    count = len(published.messages)
    runtime.resume("demo")
    published.wait("camera", after=count, state="demo")
    published.wait("counts", after=count, faces=2)


def test_pausing_twice_keeps_the_first_time_and_resuming_twice_the_state(runtime, published):
    published.wait("camera", state="demo")
    runtime.pause("demo", PAUSED_AT)
    runtime.pause("demo", datetime.now(UTC))
    assert runtime.cameras()[0].since == PAUSED_AT
    runtime.resume("demo")
    since = runtime.cameras()[0].since
    runtime.resume("demo")
    assert runtime.cameras()[0].since == since


@pytest.mark.parametrize("switch", ["pause", "resume"])
def test_an_unknown_camera_cannot_be_switched(runtime, switch):
    arguments = (PAUSED_AT,) if switch == "pause" else ()
    with pytest.raises(KeyError):
        getattr(runtime, switch)("nowhere", *arguments)


def test_a_pause_does_not_wait_for_a_device_that_hangs(opener, published):
    source = BlockingSource()
    plan = CameraPlan("door", SourceKind.CAMERA, lambda: source, _reader, FakeRenderer())
    runtime = build(opener, published, cameras=[plan])
    runtime.start()
    assert source.is_reading.wait(WITHIN_S)
    runtime.pause("door", PAUSED_AT)
    published.wait("camera", state="paused")
    source.release.set()
    assert source.is_closed.wait(WITHIN_S)
    assert runtime.pipelines["door"].frames.newest() is None
    assert runtime.cameras()[0].reason == ""
    runtime.stop()


def test_a_camera_that_is_paused_before_the_start_is_never_opened(opener, published):
    probed = threading.Event()
    first_camera = FirstCamera(lambda: not probed.set(), FakeOpener())
    runtime = build(opener, published, first_camera=first_camera)
    runtime.pause("demo", PAUSED_AT)
    runtime.start()
    published.wait("camera", state="paused")
    assert opener.opened == []
    assert not probed.is_set(), "it may have been camera 0 that was switched off"
    runtime.resume("demo")
    published.wait("camera", state="demo")
    assert probed.wait(WITHIN_S)
    runtime.stop()


def test_another_source_does_not_end_a_pause(opener, published):
    other = FakeOpener()
    runtime = build(opener, published, first_camera=FirstCamera(lambda: True, other))
    runtime.start()
    published.wait("camera", state="demo")
    runtime.pause("demo", PAUSED_AT)
    runtime.use_first_camera("demo")
    assert runtime.cameras()[0].state == "paused"
    assert other.opened == []
    runtime.resume("demo")
    published.wait("camera", state="live")
    runtime.stop()


def test_a_reading_that_a_pause_overtakes_is_dropped(opener, published):
    detector = FakeDetector(2)
    reading, release, detect = threading.Event(), threading.Event(), detector.detect

    def slow(image_bgr):
        reading.set()
        assert release.wait(WITHIN_S)
        return detect(image_bgr)

    detector.detect = slow
    reader = Reader(detector, crop, FakeClassifier(), ("angry",))
    plan = CameraPlan("demo", SourceKind.DEMO, opener, lambda: reader, FakeRenderer())
    runtime = build(opener, published, cameras=[plan])
    runtime.start()
    assert reading.wait(WITHIN_S)
    pipeline = runtime.pipelines["demo"]
    runtime.pause("demo", PAUSED_AT)
    release.set()
    runtime.stop()
    assert detector.calls == 1
    assert pipeline.view().analysed is None
    assert not [message for message in published.messages if message.event == "counts"]


def _reader() -> Reader:
    return Reader(FakeDetector(2), crop, FakeClassifier(), ("angry",))


def _dies(kept: weakref.ref) -> bool:
    deadline_s = time.monotonic() + WITHIN_S
    while kept() is not None and time.monotonic() < deadline_s:
        gc.collect()
        time.sleep(0.05)
    return kept() is None
