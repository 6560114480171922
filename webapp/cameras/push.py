"""The loop that tells the browsers: counts as they change, camera states when they change."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from webapp.cameras.latest import Latest
from webapp.core.analysed import AnalysedFrame
from webapp.core.snapshot import CameraStatus

logger = logging.getLogger(__name__)
# At most twice a second, at least every two seconds, says the contract of `counts`.
PUSH_INTERVAL_S = 0.5
RECENT_S = 300.0

Publish = Callable[[str, dict[str, Any]], None]


class CountsFeed:
    """Turns one camera's analysed frames into `counts` payloads and keeps the last five minutes."""

    def __init__(self, analysed: Latest[AnalysedFrame]) -> None:
        self._analysed = analysed
        self._version = 0
        self._recent: deque[tuple[float, dict[str, Any]]] = deque()
        self.newest: dict[str, Any] | None = None

    def without_newest(self) -> "CountsFeed":
        """Return a feed that goes on after a break: the line stays, the newest reading is gone."""
        feed = CountsFeed(self._analysed)
        feed._recent = self._recent
        return feed

    def step(self, status: CameraStatus, now_s: float) -> dict[str, Any] | None:
        """Return the payload of a frame not yet pushed, or None."""
        newest = self._analysed.newest()
        if newest is None or newest.version == self._version:
            return None
        self._version = newest.version
        self.newest = counts_payload(newest.value, status)
        self._remember(now_s)
        return self.newest

    def recent(self) -> list[dict[str, Any]]:
        """Return the points of the last five minutes, oldest first."""
        return [point for _, point in list(self._recent)]

    def _remember(self, now_s: float) -> None:
        assert self.newest is not None
        point = {name: self.newest[name] for name in ("at", "faces", "indicator")}
        self._recent.append((now_s, point))
        while now_s - self._recent[0][0] > RECENT_S:
            self._recent.popleft()


def counts_payload(analysed: AnalysedFrame, status: CameraStatus) -> dict[str, Any]:
    """Build the payload of the Socket.IO event `counts`."""
    return {
        "camera": status.name,
        "at": analysed.captured_at.isoformat(),
        "faces": len(analysed.faces),
        "counts": analysed.predictions.counts(),
        "indicator": round(analysed.indicator, 1),
        "analysis_fps": round(status.analysis_fps, 1),
        "stream_fps": round(status.stream_fps, 1),
    }


class PushedCamera(Protocol):
    """What the push loop needs of a camera."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def feed(self) -> CountsFeed:
        """What is to be pushed."""
        ...

    def update_state(self) -> None:
        """Derive the state anew."""
        ...

    def status(self) -> CameraStatus:
        """Return the status to tell."""
        ...


class PushLoop:
    """Publishes what is new for every camera, on one steady beat."""

    def __init__(
        self,
        cameras: Callable[[], Sequence[PushedCamera]],
        publish: Publish,
        stop: threading.Event,
    ) -> None:
        self._cameras, self._publish, self._stop = cameras, publish, stop
        self._has_news = threading.Event()
        self._told: dict[str, dict[str, Any]] = {}

    def hurry(self) -> None:
        """Tell states, or see the stop, at once; from any thread."""
        self._has_news.set()

    def run(self) -> None:
        """Publish until stopped."""
        while True:
            is_early = self._has_news.wait(PUSH_INTERVAL_S)
            self._has_news.clear()
            if self._stop.is_set():
                return
            for camera in self._cameras():
                self._guarded(self._tell_state, camera)
                if not is_early:
                    self._guarded(self._tell_counts, camera)

    def _guarded(self, tell: Callable[[PushedCamera], None], camera: PushedCamera) -> None:
        try:
            tell(camera)
        except Exception:
            # A client that leaves while it is written to must not end the push for all others.
            logger.exception("a push failed; the next one follows")

    def _tell_state(self, camera: PushedCamera) -> None:
        camera.update_state()
        event = camera.status().as_event()
        if event != self._told.get(camera.name):
            self._publish("camera", event)
            self._told[camera.name] = event

    def _tell_counts(self, camera: PushedCamera) -> None:
        payload = camera.feed.step(camera.status(), time.monotonic())
        if payload:
            self._publish("counts", payload)
