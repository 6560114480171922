"""The loop that publishes: every new reading, and camera states and limits when they change."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from webapp.bus.latest import Latest
from webapp.core.alert_rules import AlertRule
from webapp.core.analysed import AnalysedFrame
from webapp.core.bands import Band, Scale
from webapp.core.camera_status import CameraStatus
from webapp.core.limit_words import camera_limits
from webapp.core.messages import (
    CameraMessage,
    CountsMessage,
    LimitsMessage,
    Publish,
    RecentPoint,
)
from webapp.core.recent_line import RecentLine

logger = logging.getLogger(__name__)
# At most twice a second, at least every two seconds, says the contract of `counts`.
PUSH_INTERVAL_S = 0.5


class CountsFeed:
    """Turns one camera's analysed frames into messages and keeps the last five minutes."""

    def __init__(self, analysed: Latest[AnalysedFrame]) -> None:
        self._analysed = analysed
        self._version = 0
        self._line = RecentLine()
        self.newest: CountsMessage | None = None

    def without_newest(self) -> "CountsFeed":
        """Return a feed that goes on after a break: the line stays, the newest reading is gone."""
        feed = CountsFeed(self._analysed)
        feed._line = self._line
        return feed

    def step(self, status: CameraStatus, scale: Scale, now_s: float) -> CountsMessage | None:
        """Return the message of a frame not yet published, or None.

        Args:
            status: of the camera.
            scale: by what the reading is measured.
            now_s: monotonic time.
        """
        newest = self._analysed.newest()
        if newest is None or newest.version == self._version:
            return None
        self._version = newest.version
        self.newest = _counts_message(newest.value, status, scale)
        self._line.add(self.newest.as_point(), now_s)
        return self.newest

    def recent(self) -> list[RecentPoint]:
        """Return the points of the last five minutes, oldest first."""
        return self._line.points()


def _counts_message(analysed: AnalysedFrame, status: CameraStatus, scale: Scale) -> CountsMessage:
    figures = analysed.figures
    return CountsMessage(
        camera=status.name,
        at=analysed.captured_at,
        faces=figures.faces,
        counts=figures.counts,
        indicator=round(figures.indicator, 1),
        analysis_fps=round(status.analysis_fps, 1),
        stream_fps=round(status.stream_fps, 1),
        suppressed=figures.is_suppressed,
        rising=scale.rising(figures.people),
        band=Band.NONE if figures.is_suppressed else scale.band(status.name, figures.people),
        unread=0 if figures.is_suppressed else figures.unread,
        is_reduced=status.is_reduced,
    )


class PushedCamera(Protocol):
    """What the push loop needs of a camera."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def feed(self) -> CountsFeed:
        """What is to be pushed of it."""
        ...

    def update_state(self) -> None:
        """Derive the state anew."""
        ...

    def status(self) -> CameraStatus:
        """Return how the camera is doing."""
        ...


class PushLoop:
    """Publishes what is new about every camera, on one steady beat."""

    def __init__(
        self,
        cameras: Callable[[], Sequence[PushedCamera]],
        watched: tuple[str, ...],
        classes: tuple[str, ...],
        rules: Callable[[], Sequence[AlertRule]],
        publish: Publish,
        stop: threading.Event,
    ) -> None:
        """Prepare.

        Args:
            cameras: returns the cameras of now; called on every beat.
            watched: the expressions of the indicator.
            classes: of the model.
            rules: returns the alert rules of now; called on every beat.
            publish: sends a message to every subscriber.
            stop: ends the loop.
        """
        self._cameras, self._rules = cameras, rules
        self._watched, self._classes = watched, classes
        self._publish, self._stop = publish, stop
        self._has_news = threading.Event()
        self._published: dict[tuple[str, str], CameraMessage | LimitsMessage] = {}

    def hurry(self) -> None:
        """Publish what changed, or see the stop, at once; from any thread."""
        self._has_news.set()

    def run(self) -> None:
        """Publish until stopped."""
        while True:
            is_early = self._has_news.wait(PUSH_INTERVAL_S)
            self._has_news.clear()
            if self._stop.is_set():
                return
            self.step(time.monotonic(), with_counts=not is_early)

    def step(self, now_s: float, *, with_counts: bool = True) -> None:
        """Look at every camera once.

        Args:
            now_s: monotonic time.
            with_counts: whether counts may be published, too; they have a beat to keep.
        """
        cameras, scale = self._cameras(), Scale(self._watched, tuple(self._rules()))
        names = {camera.name for camera in cameras}
        self._published = {key: sent for key, sent in self._published.items() if key[0] in names}
        for camera in cameras:
            try:
                camera.update_state()
                self._publish_change(camera.status().as_message())
                self._publish_change(self._limits(camera.name, scale))
            except Exception:
                # A subscriber that fails must not end the push to all others.
                logger.exception("a push failed; the next one follows")
            try:
                if with_counts and (counts := camera.feed.step(camera.status(), scale, now_s)):
                    self._publish(counts)
            except Exception:
                logger.exception("a push failed; the next one follows")

    def _limits(self, camera: str, scale: Scale) -> LimitsMessage:
        limits = camera_limits(scale.rules, camera, scale.watched, self._classes)
        return LimitsMessage(camera, limits)

    def _publish_change(self, message: CameraMessage | LimitsMessage) -> None:
        key = message.camera, message.event
        if message != self._published.get(key):
            self._publish(message)
            self._published[key] = message
