"""The cameras that one user may watch; the others are as if they were not there."""

from collections.abc import Iterator
from datetime import datetime

from webapp.core.access import Actor, Permission, may
from webapp.core.camera_status import CameraStatus, Readiness
from webapp.core.messages import CountsMessage, RecentPoint
from webapp.core.ports import LiveRuntime


class VisibleRuntime:
    """Implements `core.ports.LiveRuntime` over another; a hidden camera raises KeyError."""

    def __init__(self, runtime: LiveRuntime, actor: Actor) -> None:
        self._runtime, self._actor = runtime, actor
        self.classes, self.alert_emotions = runtime.classes, runtime.alert_emotions

    def cameras(self) -> list[CameraStatus]:
        """Return the status of every camera that may be watched."""
        statuses = self._runtime.cameras()
        return [s for s in statuses if may(self._actor, Permission.WATCH, s.name)]

    def newest_counts(self, camera: str) -> CountsMessage | None:
        """See `LiveRuntime`."""
        return self._runtime.newest_counts(self._visible(camera))

    def recent(self, camera: str) -> list[RecentPoint]:
        """See `LiveRuntime`."""
        return self._runtime.recent(self._visible(camera))

    def stream(self, camera: str) -> Iterator[bytes]:
        """See `LiveRuntime`."""
        return self._runtime.stream(self._visible(camera))

    def snapshot_jpeg(self, camera: str) -> bytes:
        """See `LiveRuntime`."""
        return self._runtime.snapshot_jpeg(self._visible(camera))

    def change_source(self, camera: str, source: str) -> None:
        """See `LiveRuntime`."""
        self._runtime.change_source(self._visible(camera), source)

    def pause(self, camera: str, since: datetime) -> None:
        """See `LiveRuntime`."""
        self._runtime.pause(self._visible(camera), since)

    def resume(self, camera: str) -> None:
        """See `LiveRuntime`."""
        self._runtime.resume(self._visible(camera))

    def readiness(self) -> Readiness:
        """Report on the server as a whole, which is nobody's secret."""
        return self._runtime.readiness()

    def request_stop(self) -> None:
        """See `LiveRuntime`."""
        self._runtime.request_stop()

    def _visible(self, camera: str) -> str:
        if not may(self._actor, Permission.WATCH, camera):
            raise KeyError(camera)
        return camera
