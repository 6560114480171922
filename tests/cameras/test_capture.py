import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.cameras.fakes import BLACK, BlockingSource, FakeOpener, FakeSource
from tests.patience import PATIENCE_S, wait_until
from webapp.bus.latest import Latest
from webapp.cameras.capture import CaptureLoop, CapturePlan, _Pace, _Thinning
from webapp.core.backoff import Backoff
from webapp.core.frame import Frame
from webapp.core.ports import PictureSource


class Camera:
    """A running capture loop over fake sources."""

    def __init__(
        self, open_source: Callable[[], PictureSource] | None = None, **plan: object
    ) -> None:
        self.opener, self.frames, self.stop = FakeOpener(), Latest[Frame](), threading.Event()
        capture = CapturePlan(open_source or self.opener, **plan)
        self.loop = CaptureLoop("door", capture, self.frames, self.stop)
        self.thread = threading.Thread(target=self.loop.run)

    def next_frame(self) -> Frame:
        newest = self.frames.newest()
        newer = self.frames.wait_newer(newest.version if newest else 0, timeout_s=PATIENCE_S)
        assert newer, "no frame came"
        return newer.value

    def end(self) -> None:
        self.stop.set()
        self.loop.close()


@contextmanager
def running(camera: Camera) -> Iterator[Camera]:
    camera.thread.start()
    try:
        yield camera
    finally:
        camera.end()
        camera.thread.join(PATIENCE_S)
        assert not camera.thread.is_alive()


def test_the_first_frame_is_number_0():
    camera = Camera()
    assert camera.loop.reason == ""
    numbers = []
    for _ in range(3):
        camera.loop._publish(BLACK)
        numbers.append(camera.frames.newest().value.number)
    assert numbers == [0, 1, 2]


def test_frames_are_numbered_and_timed():
    with running(Camera()) as camera:
        first, second = camera.next_frame(), camera.next_frame()
    assert second.number > first.number
    assert second.captured_at_s > first.captured_at_s
    assert first.captured_at is not None and second.captured_at > first.captured_at


def test_the_device_is_closed_at_the_end():
    with running(Camera()) as camera:
        camera.next_frame()
    assert camera.opener.opened[-1].is_closed.is_set()


def test_a_broken_source_is_closed_and_opened_anew():
    with running(Camera()) as camera:
        before = camera.next_frame()
        first = camera.opener.opened[0]
        first.is_broken.set()
        assert first.is_closed.wait(PATIENCE_S)
        after = camera.next_frame()
        while len(camera.opener.opened) < 2:
            after = camera.next_frame()
    assert after.number > before.number


def test_the_reason_stands_while_it_is_gone_and_forgotten_afterwards():
    camera = Camera()
    camera.opener.is_gone.set()
    with running(camera):
        wait_until(lambda: camera.loop.reason)
        assert camera.loop.reason == "the fake camera is not there."
        camera.opener.is_gone.clear()
        camera.next_frame()
        assert camera.loop.reason == ""


def test_a_reason_is_logged_when_it_changes(caplog):
    camera = Camera()
    camera.loop._backoff = Backoff(first_s=0.0)
    for reason in ("no cable", "no cable", "no power"):
        camera.loop._fail(reason)
    assert [record.message for record in caplog.records] == [
        "camera door: no cable",
        "camera door: no power",
    ]
    assert not any(record.exc_info for record in caplog.records)


def test_a_camera_that_is_back_says_so_once(caplog):
    camera = Camera()
    camera.loop._backoff = Backoff(first_s=0.0)
    with caplog.at_level(logging.INFO):
        camera.loop._publish(BLACK)
        camera.loop._fail("no cable")
        camera.loop._publish(BLACK)
        camera.loop._publish(BLACK)
    assert [record.message for record in caplog.records] == [
        "camera door: no cable",
        "camera door: back",
    ]
    assert camera.loop.reconnects == 1


def test_a_source_is_read_at_its_pace_until_the_stop_and_closed(monkeypatch):
    class ThreePictures(FakeSource):
        frame_interval_s = 60.0
        count = 0

        def read(self):
            self.count += 1
            if self.count == 3:
                camera.stop.set()
            assert self.count <= 3
            return super().read()

    source, waits_s = ThreePictures(), []
    camera = Camera(lambda: source)
    monkeypatch.setattr(camera.loop._interrupted, "wait", waits_s.append)
    camera.loop._read_until_it_fails()
    assert [round(wait_s) for wait_s in waits_s] == [60, 120, 180]
    assert source.is_closed.is_set()


def test_each_failure_waits_longer_until_a_picture_comes(monkeypatch):
    camera, waits_s = Camera(), []
    monkeypatch.setattr(camera.loop._interrupted, "wait", waits_s.append)
    for _ in range(3):
        camera.loop._fail("no cable")
    camera.loop._publish(BLACK)
    camera.loop._fail("no cable")
    assert waits_s == [0.5, 1.0, 2.0, 0.5]


@pytest.mark.parametrize("switch", ["pause", "resume", "close"])
def test_a_switch_ends_what_goes_on(switch):
    camera = Camera()
    getattr(camera.loop, switch)()
    assert camera.loop._interrupted.is_set()


def test_a_fault_of_our_own_leaves_its_trace_in_the_log(caplog):
    class Broken(FakeSource):
        def read(self):
            return self.nothing_of_this_name

    camera = Camera(Broken)
    with running(camera):
        wait_until(lambda: camera.loop.reason)
    assert "AttributeError" in camera.loop.reason
    assert "nothing_of_this_name" in caplog.text, "the trace names the line"


def test_a_pause_closes_the_device_and_a_resume_opens_it_anew():
    with running(Camera()) as camera:
        before = camera.next_frame()
        camera.loop.pause()
        camera.loop.pause()
        assert camera.frames.newest() is None
        assert camera.opener.opened[0].is_closed.wait(PATIENCE_S)
        camera.loop.resume()
        assert camera.next_frame().number > before.number
        assert len(camera.opener.opened) == 2


def test_a_pause_before_the_start_opens_nothing():
    camera = Camera()
    camera.loop.pause()
    with running(camera):
        assert camera.frames.wait_newer(0, timeout_s=0.2) is None
        assert camera.opener.opened == []
        camera.loop.resume()
        camera.next_frame()


def test_a_paused_loop_waits_a_second_at_a_time(monkeypatch):
    camera, waits_s = Camera(), []

    def wait(timeout_s: float) -> None:
        waits_s.append(timeout_s)
        camera.stop.set()

    monkeypatch.setattr(camera.loop._interrupted, "wait", wait)
    camera.loop.pause()
    camera.loop.run()
    assert waits_s == [1.0]
    assert camera.opener.opened == []


def test_a_pause_ends_the_tries_to_open_and_their_reason():
    camera = Camera()
    camera.opener.is_gone.set()
    with running(camera):
        assert camera.opener.refused.wait(PATIENCE_S)
        camera.loop.pause()
        assert camera.loop.reason == ""
        camera.opener.is_gone.clear()
        assert camera.frames.wait_newer(0, timeout_s=0.2) is None
        camera.loop.resume()
        camera.next_frame()


@contextmanager
def paused_while_reading():
    """A camera, paused while its source blocks in a read, that gives frames when opened anew."""
    source, opener = BlockingSource(), FakeOpener()
    blocking = iter([source])
    camera = Camera(lambda: next(blocking, None) or opener())
    with running(camera):
        assert source.is_reading.wait(PATIENCE_S)
        camera.loop.pause()
        yield camera, source


def test_what_a_blocked_read_gives_after_a_pause_is_dropped():
    with paused_while_reading() as (camera, source):
        source.release.set()
        assert source.is_closed.wait(PATIENCE_S)
        assert camera.frames.newest() is None


def test_what_a_blocked_read_gives_after_a_quick_resume_is_dropped_too():
    with paused_while_reading() as (camera, source):
        camera.loop.resume()
        source.release.set()
        assert source.is_closed.wait(PATIENCE_S)
        camera.next_frame()


def test_how_a_source_ends_that_was_paused_is_no_news(caplog):
    with paused_while_reading() as (camera, source):
        source.is_broken.set()
        source.release.set()
        assert source.is_closed.wait(PATIENCE_S)
    assert camera.loop.reason == ""
    assert caplog.text == ""


def test_the_stop_stays_noted_between_two_tries():
    camera = Camera()
    camera.end()
    camera.loop._may_open()
    assert camera.loop._interrupted.is_set(), "the next wait would last"


@pytest.mark.parametrize(
    ("interval_s", "times_s", "waits_s"),
    [
        (None, [0.0, 5.0], [0.0, 0.0]),
        (0.1, [0.0, 0.1, 0.2], [0.1, 0.1, 0.1]),
        (0.1, [0.0, 0.14, 0.2], [0.1, 0.06, 0.1]),
        (0.1, [0.0, 9.0, 9.1], [0.1, 0.1, 0.1]),
        # Half a second late is caught up with; more is not.
        (0.25, [0.0, 0.75], [0.25, 0.0]),
        (0.25, [0.0, 0.8], [0.25, 0.25]),
    ],
)
def test_a_recording_keeps_its_pace(interval_s, times_s, waits_s):
    pace = _Pace(interval_s)
    assert [pace.step(now_s) for now_s in times_s] == pytest.approx(waits_s)


def test_every_picture_is_shaped_before_anybody_sees_it_but_who_sets_the_camera_up():
    camera = Camera(shape=lambda image: image + 7)
    with running(camera):
        assert (camera.next_frame().image_bgr == 7).all()
        raw = camera.loop.raw_picture(within_s=PATIENCE_S)
        assert (raw == BLACK).all()
    assert camera.loop.raw_picture(within_s=0) is None


@pytest.mark.parametrize(
    ("most_fps", "times_s", "used"),
    [
        (None, [0, 1, 2], [0, 1, 2]),
        # Every second one of a camera twice as fast, although none comes exactly when due.
        (5, [0, 0.11, 0.21, 0.3, 0.41, 0.5, 0.61], [0, 0.21, 0.41, 0.61]),
        # No burst after a gap.
        (1, [0, 10, 10.2, 10.9, 11.1], [0, 10, 11.1]),
    ],
)
def test_so_many_pictures_a_second_are_used_and_no_more(most_fps, times_s, used):
    thinning = _Thinning(most_fps)
    assert [at_s for at_s in times_s if thinning.takes(100 + at_s)] == used
