"""The loop that encodes each analysed frame once for all who watch."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from webapp.bus.latest import Latest
from webapp.bus.viewers import Viewers
from webapp.core.analysed import AnalysedFrame
from webapp.core.delays import DelayMeter
from webapp.core.frame import Frame
from webapp.core.picture_quality import FULL, PictureQuality, reduced
from webapp.core.ports import PictureRenderer
from webapp.core.rates import Durations, RateMeter
from webapp.core.shortage import Shortage

logger = logging.getLogger(__name__)
# Without a newer analysed frame for so long, viewers see what else there is to show.
ANALYSIS_LATE_S = 1.0
# A generator that does not yield is never closed after its viewer left (werkzeug #1649).
STILL_INTERVAL_S = 1.0
# Between two pictures while the machine is short of time; analysis goes before pictures.
SHORT_INTERVAL_S = 0.2
ANALYSED = "analysed"


class Shown(NamedTuple):
    """A picture and what it shows: of the same kind and version it is the same."""

    kind: str
    version: int
    jpeg: bytes


class StreamLoop:
    """Encodes the newest analysed frame while anybody watches; idles otherwise.

    A frame is shown with the faces that were found in it, never with another frame's. While
    frames come and none is analysed, viewers see them unreadable as a whole.
    """

    def __init__(
        self,
        camera: str,
        renderer: PictureRenderer,
        viewers: Viewers,
        frames: Latest[Frame],
        analysed: Latest[AnalysedFrame],
        stop: threading.Event,
    ) -> None:
        self.pictures: Latest[bytes] = Latest()
        self.shortage = Shortage()
        self.rate, self.delays = RateMeter(), DelayMeter()
        self.durations = Durations()
        self._camera, self._renderer, self._viewers = camera, renderer, viewers
        self._frames, self._analysed, self._stop = frames, analysed, stop
        self._watched = threading.Event()
        self._is_paused, self._pauses = False, 0
        self._encoding = threading.Lock()
        self._encoded: dict[PictureQuality, Shown] = {}
        self._slots = {FULL: self.pictures}
        self._watching: Counter[PictureQuality] = Counter()

    def run(self) -> None:
        """Encode until stopped."""
        version = 0
        while not self._stop.is_set():
            if not self._viewers.count(self._camera):
                self._watched.wait(1.0)
                self._watched.clear()
                continue
            version = self._publish_newer(version)

    def watch(self) -> None:
        """Have the loop encode at once: somebody began to watch."""
        self._watched.set()

    def pictures_for_one_viewer(self, quality: PictureQuality = FULL) -> Iterator[bytes]:
        """Yield JPEG pictures, the newest one again when nothing moves, until `close`."""
        pictures = self._enter(quality)
        try:
            newest = pictures.newest()
            version = newest.version if newest else 0
            yield self.picture(quality)
            while not self._stop.is_set():
                newer = pictures.wait_newer(version, timeout_s=2 * STILL_INTERVAL_S)
                if newer:
                    version = newer.version
                    yield newer.value
                elif not self._stop.is_set():
                    yield self.picture(quality)
        finally:
            with self._encoding:
                self._watching[quality] -= 1

    def picture(self, quality: PictureQuality = FULL) -> bytes:
        """Return what is to be seen now; encoded once, however many ask."""
        return self._shown(self._affordable(quality)).jpeg

    def pause(self) -> None:
        """Show viewers the PAUSED picture at once; after frames and analyses were cleared."""
        self._is_paused, self._pauses = True, self._pauses + 1
        self._encoded = {}
        for pictures in list(self._slots.values()):
            pictures.clear()
            pictures.put(self._renderer.paused())

    def resume(self) -> None:
        """Show what the camera gives again, NO SIGNAL until then."""
        self._is_paused = False

    def draw_with(self, renderer: PictureRenderer) -> None:
        """Draw otherwise from now on, and show nothing any more that was drawn before."""
        with self._encoding:
            self._renderer, self._encoded = renderer, {}
            for pictures in self._slots.values():
                pictures.clear()

    def close(self) -> None:
        """End every view."""
        for pictures in list(self._slots.values()):
            pictures.close()
        self._watched.set()

    def _enter(self, quality: PictureQuality) -> Latest[bytes]:
        with self._encoding:
            self._watching[quality] += 1
            return self._slots.setdefault(quality, Latest())

    def _affordable(self, quality: PictureQuality) -> PictureQuality:
        return reduced(quality) if self.shortage.is_short else quality

    def _publish_newer(self, version: int) -> int:
        # Ends with each frame, so that no picture outlives `Latest.clear` in a variable of `run`.
        newest = self._analysed.wait_newer(version, timeout_s=ANALYSIS_LATE_S)
        started_at_s = time.monotonic()
        captured_at_s = newest.value.captured_at_s if newest else started_at_s
        if newest:
            self.shortage.step(started_at_s - captured_at_s, started_at_s)
        try:
            shown = self._put_pictures(captured_at_s)
        except Exception:
            logger.exception("camera %s: cannot draw a picture", self._camera)
            self._stop.wait(STILL_INTERVAL_S)
            return version
        if newest is None:
            return version
        encoded_at_s = time.monotonic()
        self.durations.note("render", encoded_at_s - started_at_s)
        self.durations.note("latency", encoded_at_s - captured_at_s)
        self.rate.step(encoded_at_s)
        self.delays.note(encoded_at_s - captured_at_s)
        if self.shortage.is_short:
            self._stop.wait(SHORT_INTERVAL_S)
        return shown.version if shown.kind == ANALYSED else newest.version

    def _put_pictures(self, captured_at_s: float) -> Shown:
        """Encode what is to be seen once for each quality that is watched."""
        with self._encoding:
            watched = [quality for quality, count in self._watching.items() if count] or [FULL]
        for quality in watched:
            shown = self._shown(self._affordable(quality))
            self._slots[quality].put(shown.jpeg, captured_at_s)
        return shown

    def _shown(self, quality: PictureQuality) -> Shown:
        with self._encoding:
            pauses, (kind, version, draw) = self._pauses, self._scene(quality)
            shown = self._encoded.get(quality)
            if shown is None or (shown.kind, shown.version) != (kind, version):
                shown = self._encoded[quality] = Shown(kind, version, draw())
            if self._pauses != pauses:
                # Since a pause came while this was drawn, nobody may see or keep it.
                self._encoded = {}
                shown = Shown("paused", 0, self._renderer.paused())
            return shown

    def _scene(self, quality: PictureQuality) -> tuple[str, int, Callable[[], bytes]]:
        """Return kind and version of what is to be seen, and what draws it."""
        newest, analysed, renderer = self._frames.newest(), self._analysed.newest(), self._renderer
        if self._is_paused:
            return "paused", 0, renderer.paused
        if newest is None:
            return "no signal", 0, lambda: renderer.no_signal(None)
        frame, version = newest.value, newest.version
        if frame.is_stale(time.monotonic()):
            return "no signal", version, lambda: renderer.no_signal(frame)
        if analysed is None or _is_late(analysed.value, frame):
            return "not analysed", version, lambda: renderer.not_analysed(frame, quality)
        return ANALYSED, analysed.version, lambda: renderer.render(analysed.value, quality)


def _is_late(analysed: AnalysedFrame, frame: Frame) -> bool:
    """Return whether pictures have come for long and none was analysed."""
    waited_s = frame.captured_at_s - analysed.captured_at_s
    # The newest of a slow camera comes long after the one before and has just come.
    return waited_s - frame.interval_s > ANALYSIS_LATE_S
