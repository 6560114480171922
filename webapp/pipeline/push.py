"""The loop that tells the browsers: counts as they change, camera states when they change."""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from webapp.core.snapshot import CameraStatus, Snapshot
from webapp.pipeline.latest import Latest

logger = logging.getLogger(__name__)
# At most twice a second, at least every two seconds, says the contract of `counts`.
PUSH_INTERVAL_S = 0.5
RECENT_S = 300.0

Publish = Callable[[str, dict[str, Any]], None]


class CountsFeed:
    """Turns one camera's snapshots into `counts` payloads and keeps the last five minutes."""

    def __init__(self, snapshots: Latest[Snapshot], since_s: float = -math.inf) -> None:
        """Feed on snapshots captured after `since_s` (monotonic)."""
        self._snapshots = snapshots
        self._since_s = since_s
        self._version = 0
        self._recent: deque[tuple[float, dict[str, Any]]] = deque()
        self.newest: dict[str, Any] | None = None

    def step(self, status: CameraStatus, now_s: float) -> dict[str, Any] | None:
        """Return the payload of a snapshot not yet told, or None."""
        newest = self._snapshots.newest()
        if newest is None or newest.version == self._version:
            return None
        self._version = newest.version
        if newest.value.captured_at_s <= self._since_s:
            return None
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


def counts_payload(snapshot: Snapshot, status: CameraStatus) -> dict[str, Any]:
    """Build the payload of the Socket.IO event `counts`."""
    return {
        "camera": snapshot.camera,
        "at": snapshot.at.isoformat(),
        "faces": len(snapshot.faces),
        "counts": snapshot.counts,
        "indicator": round(snapshot.indicator, 1),
        "analysis_fps": round(status.analysis_fps, 1),
        "stream_fps": round(status.stream_fps, 1),
    }


class PushedCamera(Protocol):
    """What the push loop needs of a camera."""

    feed: CountsFeed

    def update_state(self) -> bool:
        """Derive the state anew; returns whether it changed."""
        ...

    def status(self) -> CameraStatus:
        """Return the status to tell."""
        ...


class PushLoop:
    """Publishes what is new for every camera, on one steady beat."""

    def __init__(
        self,
        cameras: Sequence[PushedCamera],
        publish: Publish,
        stop: threading.Event,
    ) -> None:
        self._cameras, self._publish, self._stop = cameras, publish, stop

    def run(self) -> None:
        """Publish until stopped."""
        while not self._stop.wait(PUSH_INTERVAL_S):
            for camera in self._cameras:
                self._guarded_step(camera)

    def _guarded_step(self, camera: PushedCamera) -> None:
        try:
            self._step(camera)
        except Exception:
            # A client that leaves while it is written to must not end the push for all others.
            logger.exception("a push failed; the next one follows")

    def _step(self, camera: PushedCamera) -> None:
        if camera.update_state():
            self._publish("camera", camera.status().as_event())
        payload = camera.feed.step(camera.status(), time.monotonic())
        if payload:
            self._publish("counts", payload)
