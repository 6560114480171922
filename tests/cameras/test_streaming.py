import threading
import time
from collections.abc import Iterator

import pytest

from tests.cameras.fakes import BLACK, FakeRenderer, analysed_frame
from webapp.cameras.latest import Latest
from webapp.cameras.streaming import StreamLoop, View, Viewers
from webapp.core.analysed import AnalysedFrame
from webapp.core.errors import ViewerLimitError
from webapp.core.frame import Frame


class Stream:
    """A running stream loop that a test feeds by hand."""

    def __init__(self, most_viewers: int = 3) -> None:
        self.renderer, self.viewers = FakeRenderer(), Viewers(most_viewers)
        self.frames, self.analysed = Latest[Frame](), Latest[AnalysedFrame]()
        self.stop = threading.Event()
        self.loop = StreamLoop(
            "door", self.renderer, self.viewers, self.frames, self.analysed, self.stop
        )
        self.thread = threading.Thread(target=self.loop.run)

    def put(self, number: int, at_s: float | None = None) -> None:
        """Capture a frame and analyse it."""
        frame = self.capture(number, at_s)
        self.analysed.put(analysed_frame(frame))

    def capture(self, number: int, at_s: float | None = None) -> Frame:
        frame = Frame(BLACK, time.monotonic() if at_s is None else at_s, number)
        self.frames.put(frame)
        return frame

    def view(self) -> View:
        self.viewers.enter("door")
        self.loop.watch()
        return View(self.loop.pictures_for_one_viewer(), lambda: self.viewers.leave("door"))


@pytest.fixture
def stream() -> Iterator[Stream]:
    stream = Stream()
    stream.thread.start()
    yield stream
    stream.stop.set()
    stream.analysed.close()
    stream.loop.close()
    stream.thread.join(10)
    assert not stream.thread.is_alive()


def test_a_viewer_sees_a_picture_at_once(stream):
    stream.put(0)
    assert next(stream.view()) == b"frame 0 faces 0"


def test_without_a_camera_there_is_no_signal(stream):
    assert next(stream.view()) == b"no signal"


def test_a_frame_that_got_old_is_not_shown_as_if_live(stream):
    stream.put(0, time.monotonic() - 60.0)
    view = stream.view()
    assert [next(view), next(view)] == [b"no signal"] * 2


def test_a_frame_that_was_not_analysed_is_shown_unreadable(stream):
    stream.capture(0)
    assert next(stream.view()) == b"not analysed"


def test_a_newer_frame_is_never_shown_with_the_faces_of_another(stream):
    now_s = time.monotonic()
    stream.put(0, now_s - 0.3)
    stream.capture(1, now_s)
    assert stream.loop.picture() == b"frame 0 faces 0"
    stream.capture(2, now_s + 1.0)
    assert stream.loop.picture() == b"not analysed"


def test_whoever_asks_for_a_picture_shares_its_encoding(stream):
    stream.put(0)
    assert {stream.loop.picture() for _ in range(20)} == {b"frame 0 faces 0"}
    assert stream.renderer.rendered == 1


def test_a_view_that_is_collected_takes_no_lock(stream):
    view = stream.view()
    with stream.viewers._lock:
        del view
    assert stream.viewers.count("door") == 1, "only `close` gives the place back"


def test_one_encoding_serves_every_viewer(stream):
    stream.put(0)
    views = [stream.view() for _ in range(3)]
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
    views = [stream.view() for _ in range(3)]
    with pytest.raises(ViewerLimitError, match="3 viewers"):
        stream.view()
    views[0].close()
    views[0].close()
    assert stream.viewers.count("door") == 2
    stream.view().close()


def test_stopping_ends_every_view(stream):
    stream.put(0)
    view = stream.view()
    next(view)
    stream.stop.set()
    stream.loop.close()
    with pytest.raises(StopIteration):
        for _ in range(3):
            next(view)
    assert stream.viewers.count("door") == 0


def test_a_pause_is_shown_to_every_viewer_at_once(stream):
    stream.put(0)
    view = stream.view()
    next(view)
    stream.frames.clear()
    stream.analysed.clear()
    stream.loop.pause()
    assert _until(view, b"paused")
    assert next(stream.view()) == stream.loop.picture() == b"paused"
    stream.loop.resume()
    stream.put(1)
    assert _until(view, b"frame 1")


def test_a_picture_that_was_being_drawn_when_the_pause_came_is_dropped(stream):
    drawing, release = threading.Event(), threading.Event()

    def render(analysed: AnalysedFrame) -> bytes:
        drawing.set()
        assert release.wait(10)
        return b"what must not be seen"

    stream.put(0)
    view = stream.view()
    next(view)
    stream.renderer.render = render
    stream.put(1)
    assert drawing.wait(10)
    stream.frames.clear()
    stream.analysed.clear()
    stream.loop.pause()
    release.set()
    assert [next(view) for _ in range(2)] == [b"paused"] * 2


def _until(view: Iterator[bytes], start: bytes) -> bool:
    return any(next(view).startswith(start) for _ in range(5))
