import threading
import time
from collections.abc import Iterator

import pytest

from tests.cameras.fakes import BLACK, FakeRenderer, analysed_frame
from tests.patience import PATIENCE_S
from webapp.bus.latest import Latest
from webapp.bus.viewers import View, Viewers
from webapp.cameras import streaming
from webapp.cameras.streaming import StreamLoop
from webapp.core.analysed import AnalysedFrame
from webapp.core.errors import ViewerLimitError
from webapp.core.frame import Frame
from webapp.core.picture_quality import PictureQuality


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
    stream.thread.join(PATIENCE_S)
    assert not stream.thread.is_alive()


@pytest.fixture
def stream_at_rest() -> Stream:
    """A stream whose loop does not run."""
    return Stream()


def test_a_viewer_sees_a_picture_at_once(stream):
    stream.put(0)
    assert next(stream.view()) == b"frame 0 faces 0"


def test_without_a_camera_there_is_no_signal(stream):
    assert next(stream.view()) == b"no signal"


@pytest.mark.parametrize(("age_s", "shown"), [(2.0, b"frame 0 faces 0"), (3.1, b"no signal")])
def test_a_frame_that_got_old_is_not_shown_as_if_live(stream_at_rest, age_s, shown):
    stream_at_rest.put(0, time.monotonic() - age_s)
    assert stream_at_rest.loop.picture() == shown


def test_no_signal_is_drawn_as_large_as_the_newest_frame_was(stream_at_rest, monkeypatch):
    newest: list[Frame | None] = []
    monkeypatch.setattr(stream_at_rest.renderer, "no_signal", newest.append)
    stream_at_rest.loop.picture()
    old = stream_at_rest.capture(0, time.monotonic() - 60.0)
    stream_at_rest.loop.picture()
    assert newest == [None, old]


def test_a_frame_that_was_not_analysed_is_shown_unreadable(stream):
    stream.capture(0)
    assert next(stream.view()) == b"not analysed"


@pytest.mark.parametrize(
    ("later_s", "shown"),
    [(0.5, b"frame 0 faces 0"), (1.0, b"frame 0 faces 0"), (1.25, b"not analysed")],
)
def test_a_newer_frame_is_never_shown_with_the_faces_of_another(later_s, shown):
    stream, at_s = Stream(), float(int(time.monotonic()))
    stream.put(0, at_s)
    stream.capture(1, at_s + later_s)
    assert stream.loop.picture() == shown


def test_every_analysed_frame_is_published_once_and_measured(stream_at_rest):
    loop = stream_at_rest.loop
    stream_at_rest.put(0, time.monotonic() - 2.0)
    assert loop._publish_newer(0) == 1
    assert loop.pictures.newest().value == b"frame 0 faces 0"
    (render_s,), (latency_s,) = loop.durations.of("render"), loop.durations.of("latency")
    assert 0.0 <= render_s < 2.0 <= latency_s < 60.0
    assert len(loop.rate._times_s) == 1


def test_without_a_newer_frame_there_is_a_picture_and_nothing_to_measure(
    stream_at_rest, monkeypatch
):
    monkeypatch.setattr(streaming, "ANALYSIS_LATE_S", 0.001)
    loop = stream_at_rest.loop
    assert loop._publish_newer(5) == 5
    assert loop.pictures.newest().value == b"no signal"
    assert loop.durations.means_ms() == {}


def test_a_frame_that_came_while_the_one_before_was_taken_is_not_drawn_again(
    stream_at_rest, monkeypatch
):
    wait_newer = stream_at_rest.analysed.wait_newer

    def overtaken(version: int, timeout_s: float):
        newest = wait_newer(version, timeout_s)
        stream_at_rest.put(1)
        return newest

    stream_at_rest.put(0)
    monkeypatch.setattr(stream_at_rest.analysed, "wait_newer", overtaken)
    assert stream_at_rest.loop._publish_newer(0) == 2
    assert stream_at_rest.renderer.rendered == 1


def test_a_pause_while_the_loop_draws_is_what_it_publishes(stream_at_rest, monkeypatch):
    def render(analysed: AnalysedFrame, _: PictureQuality) -> bytes:
        stream_at_rest.loop.pause()
        return b"what must not be seen"

    monkeypatch.setattr(stream_at_rest.renderer, "render", render)
    stream_at_rest.put(0)
    assert stream_at_rest.loop._publish_newer(0) == 1
    assert stream_at_rest.loop.pictures.newest().value == b"paused"


def test_a_picture_that_cannot_be_drawn_is_tried_again_later(stream_at_rest, monkeypatch, caplog):
    waits_s: list[float] = []
    monkeypatch.setattr(stream_at_rest.stop, "wait", waits_s.append)
    monkeypatch.setattr(stream_at_rest.renderer, "render", lambda *_: 1 / 0)
    stream_at_rest.put(0)
    assert stream_at_rest.loop._publish_newer(0) == 0
    assert waits_s == [1.0]
    assert "camera door: cannot draw a picture" in caplog.text
    assert stream_at_rest.loop.pictures.newest() is None


@pytest.mark.parametrize(
    ("feed", "shown"),
    [
        (lambda stream: stream.put(0), b"frame 0 faces 0"),
        (lambda stream: stream.capture(0), b"not analysed"),
        (lambda stream: stream.capture(0, time.monotonic() - 60.0), b"no signal"),
        (lambda stream: None, b"no signal"),
    ],
)
def test_whoever_asks_for_a_picture_shares_its_encoding(stream_at_rest, feed, shown):
    feed(stream_at_rest)
    assert {stream_at_rest.loop.picture() for _ in range(20)} == {shown}
    assert stream_at_rest.renderer.rendered == 1
    stream_at_rest.put(1)
    assert stream_at_rest.loop.picture() == b"frame 1 faces 0"


def test_a_viewer_sees_each_new_picture_and_without_one_the_newest_again(
    stream_at_rest, monkeypatch
):
    monkeypatch.setattr(streaming, "STILL_INTERVAL_S", 0.001)
    loop = stream_at_rest.loop
    first = loop.pictures_for_one_viewer()
    assert next(first) == b"no signal"
    loop.pictures.put(b"one")
    assert next(first) == b"one"
    second = loop.pictures_for_one_viewer()
    assert [next(second), next(second)] == [b"no signal"] * 2, "not the one from before"


def test_a_stop_while_a_viewer_waits_shows_nothing_more(stream_at_rest, monkeypatch):
    loop = stream_at_rest.loop
    view = loop.pictures_for_one_viewer()
    next(view)
    monkeypatch.setattr(loop.pictures, "wait_newer", lambda *_, **__: stream_at_rest.stop.set())
    assert list(view) == []


def test_the_loop_idles_while_nobody_watches(stream_at_rest, monkeypatch):
    loop, waits_s = stream_at_rest.loop, []

    def wait(timeout_s: float) -> None:
        waits_s.append(timeout_s)
        stream_at_rest.stop.set()

    monkeypatch.setattr(loop._watched, "wait", wait)
    monkeypatch.setattr(loop, "_publish_newer", pytest.fail)
    loop.watch()
    loop.run()
    assert waits_s == [1.0]
    assert not loop._watched.is_set(), "the next wait would end at once"


def test_the_loop_begins_with_the_first_frame_and_goes_on_from_there(stream_at_rest, monkeypatch):
    versions: list[int] = []

    def publish_newer(version: int) -> int:
        versions.append(version)
        if len(versions) == 3:
            stream_at_rest.stop.set()
        return version + 2

    monkeypatch.setattr(stream_at_rest.loop, "_publish_newer", publish_newer)
    stream_at_rest.viewers.enter("door")
    stream_at_rest.loop.run()
    assert versions == [0, 2, 4]


def test_closing_ends_the_pictures(stream_at_rest):
    stream_at_rest.loop.pictures.put(b"one")
    stream_at_rest.loop.close()
    assert stream_at_rest.loop.pictures.wait_newer(0, timeout_s=0.0) is None


@pytest.mark.parametrize("wake", ["watch", "close"])
def test_a_loop_that_idles_is_woken(stream_at_rest, wake):
    getattr(stream_at_rest.loop, wake)()
    assert stream_at_rest.loop._watched.is_set()


def test_viewers_are_counted_per_camera_and_limited_over_all():
    viewers = Viewers(3)
    assert viewers.count("door") == 0
    viewers.enter("door")
    viewers.enter("door")
    with viewers.place("hall"), pytest.raises(ViewerLimitError):
        viewers.enter("door")
    assert (viewers.count("door"), viewers.count("hall")) == (2, 0)
    viewers.leave("door")
    assert viewers.count("door") == 1


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


def test_each_quality_that_is_watched_is_encoded_once(stream_at_rest):
    loop, small = stream_at_rest.loop, PictureQuality(320, 50)
    views = [loop.pictures_for_one_viewer(small) for _ in range(3)]
    stream_at_rest.put(0)
    assert {next(view) for view in views} == {b"frame 0 faces 0 at 320"}
    stream_at_rest.put(1)
    loop._publish_newer(1)
    assert {next(view) for view in views} == {b"frame 1 faces 0 at 320"}
    assert stream_at_rest.renderer.rendered == 2
    for view in views:
        view.close()
    stream_at_rest.put(2)
    loop._publish_newer(2)
    assert loop.pictures.newest().value == b"frame 2 faces 0"


def test_while_the_machine_is_short_of_time_pictures_are_smaller_and_fewer(
    stream_at_rest, monkeypatch
):
    waits_s: list[float] = []
    monkeypatch.setattr(stream_at_rest.stop, "wait", waits_s.append)
    loop = stream_at_rest.loop
    loop.shortage.is_short = True
    monkeypatch.setattr(loop.shortage, "step", lambda *_: None)
    stream_at_rest.put(0)
    loop._publish_newer(0)
    assert loop.pictures.newest().value == loop.picture() == b"frame 0 faces 0 at 640"
    assert waits_s == [0.2]


def test_a_pause_leaves_nothing_of_before(stream_at_rest):
    loop, before_s = stream_at_rest.loop, time.monotonic()
    stream_at_rest.put(0)
    loop.picture()
    loop.pause()
    assert loop._encoded == {}
    loop.pictures.put(b"from before the pause", before_s)
    assert loop.pictures.newest().value == b"paused"


def test_what_a_pause_overtakes_is_neither_shown_nor_kept(stream_at_rest, monkeypatch):
    def render(analysed: AnalysedFrame, _: PictureQuality) -> bytes:
        stream_at_rest.loop.pause()
        return b"what must not be seen"

    monkeypatch.setattr(stream_at_rest.renderer, "render", render)
    stream_at_rest.put(0)
    assert stream_at_rest.loop.picture() == b"paused"
    assert stream_at_rest.loop._encoded == {}


def test_once_less_is_shown_nothing_of_before_is_seen(stream_at_rest):
    class Hiding(FakeRenderer):
        def render(self, analysed: AnalysedFrame, quality: PictureQuality) -> bytes:
            return b"hidden"

    loop, before_s = stream_at_rest.loop, time.monotonic()
    stream_at_rest.put(0)
    loop.pictures.put(loop.picture(), before_s)
    loop.draw_with(Hiding())
    assert loop.pictures.newest() is None and loop.picture() == b"hidden"
    # Drawn before, and handed over only now.
    loop.pictures.put(b"what must not be seen", before_s)
    assert loop.pictures.newest() is None


def _until(view: Iterator[bytes], start: bytes) -> bool:
    return any(next(view).startswith(start) for _ in range(5))
