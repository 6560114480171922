import threading
import time
from collections.abc import Iterator

import pytest

from tests.cameras.fakes import BLACK, FakeRenderer
from webapp.cameras.latest import Latest
from webapp.cameras.streaming import StreamLoop, Viewers
from webapp.core.errors import ViewerLimitError
from webapp.core.frame import Frame
from webapp.core.snapshot import Snapshot


class Stream:
    """A running stream loop that a test feeds by hand."""

    def __init__(self, most_viewers: int = 3) -> None:
        self.renderer, self.viewers = FakeRenderer(), Viewers(most_viewers)
        self.frames, self.stop = Latest[Frame](), threading.Event()
        self.loop = StreamLoop(
            "door", self.renderer, self.viewers, self.frames, Latest[Snapshot](), self.stop
        )
        self.thread = threading.Thread(target=self.loop.run)

    def put(self, number: int) -> None:
        self.frames.put(Frame(BLACK, time.monotonic(), number))


@pytest.fixture
def stream() -> Iterator[Stream]:
    stream = Stream()
    stream.thread.start()
    yield stream
    stream.stop.set()
    stream.frames.close()
    stream.loop.close()
    stream.thread.join(10)
    assert not stream.thread.is_alive()


def test_a_viewer_sees_a_picture_at_once(stream):
    stream.put(0)
    assert next(stream.loop.view()) == b"frame 0 faces 0"


def test_without_a_camera_there_is_no_signal(stream):
    assert next(stream.loop.view()) == b"no signal"


def test_a_frame_that_got_old_is_not_shown_as_if_live(stream):
    stream.frames.put(Frame(BLACK, time.monotonic() - 60.0, 0))
    view = stream.loop.view()
    assert [next(view), next(view)] == [b"no signal"] * 2


def test_one_encoding_serves_every_viewer(stream):
    stream.put(0)
    views = [stream.loop.view() for _ in range(3)]
    for view in views:
        next(view)
    encoded = stream.renderer.rendered
    stream.put(1)
    assert [_until(view, b"frame 1") for view in views] == [True] * 3
    assert stream.renderer.rendered - encoded < 3


def test_nobody_watching_costs_nothing(stream):
    for number in range(50):
        stream.put(number)
    assert stream.renderer.rendered == 0
    assert stream.loop.picture() == b"frame 49 faces 0"


def test_a_viewer_too_many_is_refused_and_one_that_leaves_makes_room(stream):
    views = [stream.loop.view() for _ in range(3)]
    with pytest.raises(ViewerLimitError, match="3 viewers"):
        stream.loop.view()
    views[0].close()
    views[0].close()
    assert stream.viewers.count("door") == 2
    stream.loop.view().close()


def test_stopping_ends_every_view(stream):
    stream.put(0)
    view = stream.loop.view()
    next(view)
    stream.stop.set()
    stream.loop.close()
    with pytest.raises(StopIteration):
        for _ in range(3):
            next(view)
    assert stream.viewers.count("door") == 0


def test_a_pause_is_shown_to_every_viewer_at_once(stream):
    stream.put(0)
    view = stream.loop.view()
    next(view)
    stream.frames.clear()
    stream.loop.pause()
    assert _until(view, b"paused")
    assert next(stream.loop.view()) == stream.loop.picture() == b"paused"
    stream.loop.resume()
    stream.put(1)
    assert _until(view, b"frame 1")


def test_a_picture_that_was_being_drawn_when_the_pause_came_is_dropped(stream):
    drawing, release = threading.Event(), threading.Event()

    def render(frame: Frame, snapshot: Snapshot | None) -> bytes:
        drawing.set()
        assert release.wait(10)
        return b"what must not be seen"

    stream.put(0)
    view = stream.loop.view()
    next(view)
    stream.renderer.render = render
    stream.put(1)
    assert drawing.wait(10)
    stream.frames.clear()
    stream.loop.pause()
    release.set()
    assert [next(view) for _ in range(2)] == [b"paused"] * 2


def _until(view: Iterator[bytes], start: bytes) -> bool:
    return any(next(view).startswith(start) for _ in range(5))
