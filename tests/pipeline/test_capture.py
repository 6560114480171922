import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.pipeline.fakes import FakeOpener
from webapp.core.frame import Frame
from webapp.pipeline.capture import CaptureLoop, _Pace
from webapp.pipeline.latest import Latest


class Camera:
    """A running capture loop over fake sources."""

    def __init__(self) -> None:
        self.opener, self.frames, self.stop = FakeOpener(), Latest[Frame](), threading.Event()
        self.loop = CaptureLoop("door", self.opener, self.frames, self.stop)
        self.thread = threading.Thread(target=self.loop.run)

    def next_frame(self) -> Frame:
        newest = self.frames.newest()
        newer = self.frames.wait_newer(newest.version if newest else 0, timeout_s=10)
        assert newer, "no frame came"
        return newer.value


@contextmanager
def running(camera: Camera) -> Iterator[Camera]:
    camera.thread.start()
    try:
        yield camera
    finally:
        camera.stop.set()
        camera.thread.join(10)
        assert not camera.thread.is_alive()


def test_frames_are_numbered_and_timed():
    with running(Camera()) as camera:
        first, second = camera.next_frame(), camera.next_frame()
    assert second.number > first.number
    assert second.captured_at_s > first.captured_at_s


def test_the_device_is_let_go_at_the_end():
    with running(Camera()) as camera:
        camera.next_frame()
    assert camera.opener.opened[-1].is_closed.is_set()


def test_a_broken_source_is_closed_and_opened_anew():
    with running(Camera()) as camera:
        before = camera.next_frame()
        first = camera.opener.opened[0]
        first.is_broken.set()
        assert first.is_closed.wait(10)
        after = camera.next_frame()
        while len(camera.opener.opened) < 2:
            after = camera.next_frame()
    assert after.number > before.number


def test_the_reason_is_told_while_it_is_gone_and_forgotten_afterwards():
    camera = Camera()
    camera.opener.is_gone.set()
    with running(camera):
        assert camera.opener.refused.wait(10)
        camera.opener.is_gone.clear()
        camera.next_frame()
        assert camera.loop.reason == ""


def test_another_source_takes_over():
    other = FakeOpener()
    with running(Camera()) as camera:
        camera.next_frame()
        camera.loop.replace_source(other)
        while not other.opened:
            camera.next_frame()
        camera.next_frame()
        assert camera.opener.opened[-1].is_closed.is_set()


@pytest.mark.parametrize(
    ("interval_s", "times_s", "waits_s"),
    [
        (None, [0.0, 5.0], [0.0, 0.0]),
        (0.1, [0.0, 0.1, 0.2], [0.1, 0.1, 0.1]),
        (0.1, [0.0, 0.14, 0.2], [0.1, 0.06, 0.1]),
        (0.1, [0.0, 9.0, 9.1], [0.1, 0.1, 0.1]),
    ],
)
def test_a_recording_keeps_its_pace(interval_s, times_s, waits_s):
    pace = _Pace(interval_s)
    assert [pace.step(now_s) for now_s in times_s] == pytest.approx(waits_s)
