"""The loop that reads one camera and never lets go of it for long."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Empty, SimpleQueue

import numpy as np

from webapp.bus.latest import Latest
from webapp.core.backoff import Backoff
from webapp.core.errors import SourceError
from webapp.core.frame import Frame, FrameIntervals
from webapp.core.ports import PictureSource
from webapp.core.rates import RateMeter

logger = logging.getLogger(__name__)
# A file that fell this far behind its own pace (a suspended machine) goes on from now.
MOST_BEHIND_S = 0.5
LONGEST_WAIT_S = 1.0
Shape = Callable[[np.ndarray], np.ndarray]


def as_it_comes(image_bgr: np.ndarray) -> np.ndarray:
    """Return a picture as it is."""
    return image_bgr


@dataclass(frozen=True)
class CapturePlan:
    """What a camera's pictures are read from, and what is done to each before anybody sees it.

    Attributes:
        open_source: opens the camera; raises SourceError.
        shape: masks and turns a picture; may keep the one it is given.
        most_fps: pictures used each second, the others are dropped; None: all.
    """

    open_source: Callable[[], PictureSource]
    shape: Shape = as_it_comes
    most_fps: float | None = None


class CaptureLoop:
    """Reads pictures into a one-slot `Latest`, reopens what fails, paces what has a pace.

    Attributes:
        reason: why no picture comes now; "" while all is well.
        rate: of the pictures that the camera gives.
        reconnects: how often it came back after it had failed.
    """

    def __init__(
        self,
        name: str,
        plan: CapturePlan,
        frames: Latest[Frame],
        stop: threading.Event,
    ) -> None:
        """Prepare; nothing is opened before `run`.

        Args:
            frames: where the newest frame goes.
            stop: ends the loop.
        """
        self.reason, self.rate, self.reconnects = "", RateMeter(), 0
        self._name, self._plan = name, plan
        self._frames, self._stop = frames, stop
        self._is_paused = False
        # Set when what goes on must end: a pause, its end, the stop.
        self._interrupted = threading.Event()
        self._switching = threading.Lock()
        self._number = 0
        self._wanted: deque[SimpleQueue[np.ndarray]] = deque()
        self._thinning = _Thinning(plan.most_fps)
        self._intervals = FrameIntervals()
        self._backoff = Backoff()

    def pause(self) -> None:
        """Close the source and open none until `resume`; no picture comes any more.

        Returns at once. A read that blocks holds the device until it returns.
        """
        with self._switching:
            self._is_paused = True
            self._interrupted.set()
            self._frames.clear()
            self.reason = ""

    def resume(self) -> None:
        """Open the source again."""
        with self._switching:
            self._is_paused = False
            self._interrupted.set()

    def close(self) -> None:
        """End every wait; call it when `stop` is set."""
        with self._switching:
            self._interrupted.set()

    def raw_picture(self, within_s: float) -> np.ndarray | None:
        """Return the next picture as the camera gives it, (H, W, 3) uint8 BGR; None if none comes.

        For whoever sets the camera up: it is neither masked nor turned.
        """
        place: SimpleQueue[np.ndarray] = SimpleQueue()
        self._wanted.append(place)
        try:
            return place.get(timeout=within_s)
        except Empty:
            return None

    def run(self) -> None:
        """Open, read and reopen until stopped."""
        while not self._stop.is_set():
            if not self._may_open():
                self._interrupted.wait(LONGEST_WAIT_S)
                continue
            try:
                self._read_until_it_fails()
            except SourceError as error:
                self._fail(str(error))
            except Exception as error:
                # What a driver or codec throws must not end the camera for good; a fault of our
                # own looks the same, so the log gets its trace.
                reason = f"reading failed ({type(error).__name__}); it is opened anew."
                self._fail(reason, has_trace=True)

    def _may_open(self) -> bool:
        with self._switching:
            # The stop comes only once and must stay noted.
            if not self._stop.is_set():
                self._interrupted.clear()
            return not self._is_paused

    def _read_until_it_fails(self) -> None:
        source = self._plan.open_source()
        try:
            pace, self._intervals = _Pace(source.frame_interval_s), FrameIntervals()
            while not (self._stop.is_set() or self._interrupted.is_set()):
                self._publish(source.read())
                self._interrupted.wait(pace.step(time.monotonic()))
        finally:
            source.close()

    def _publish(self, image_bgr: np.ndarray) -> None:
        with self._switching:
            now_s, now = time.monotonic(), datetime.now(UTC)
            if self._interrupted.is_set():
                return
            self.rate.step(now_s)
            self._hand_out(image_bgr)
            if not self._thinning.takes(now_s):
                return
            interval_s = self._intervals.step(now_s)
            image = self._plan.shape(image_bgr)
            self._frames.put(Frame(image, now_s, self._number, now, interval_s))
            self._backoff.succeeded()
            if self.reason:
                logger.info("camera %s: back", self._name)
                self.reason = ""
                self.reconnects += 1
        self._number += 1

    def _hand_out(self, image_bgr: np.ndarray) -> None:
        while self._wanted:
            # A copy: shaping may draw into it.
            self._wanted.popleft().put(image_bgr.copy())

    def _fail(self, reason: str, has_trace: bool = False) -> None:
        with self._switching:
            if self._interrupted.is_set():
                # How a source ends that was given up anyway is no news.
                return
            if reason != self.reason:
                logger.warning("camera %s: %s", self._name, reason, exc_info=has_trace)
            self.reason = reason
        self._interrupted.wait(self._backoff.failed())


class _Pace:
    """Waits that keep a recorded source at its own frame rate."""

    def __init__(self, interval_s: float | None) -> None:
        self._interval_s = interval_s
        self._due_at_s: float | None = None

    def step(self, now_s: float) -> float:
        """Return how long to wait in seconds before the next frame is due."""
        if self._interval_s is None:
            return 0.0
        if self._due_at_s is None or now_s - self._due_at_s > MOST_BEHIND_S:
            self._due_at_s = now_s
        self._due_at_s += self._interval_s
        return max(0.0, self._due_at_s - now_s)


class _Thinning:
    """Takes so many pictures a second and no more, evenly."""

    def __init__(self, most_fps: float | None) -> None:
        self._interval_s = 1.0 / most_fps if most_fps else 0.0
        self._due_at_s = 0.0

    def takes(self, now_s: float) -> bool:
        """Return whether a picture of now is used."""
        if now_s < self._due_at_s:
            return False
        # From when it was due, so that no picture of a camera twice as fast is waited for.
        late_s = now_s - self._due_at_s
        is_in_step = late_s < self._interval_s
        self._due_at_s = (self._due_at_s if is_in_step else now_s) + self._interval_s
        return True
