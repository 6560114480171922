"""What a camera reads, and when it counts as live, offline, still connecting or paused."""

from datetime import datetime
from enum import StrEnum

from webapp.core.frame import STALE_AFTER_S, Frame


class CameraState(StrEnum):
    """What may be said of a camera now."""

    LIVE = "live"
    CONNECTING = "connecting"
    OFFLINE = "offline"
    PAUSED = "paused"
    DEMO = "demo"

    @property
    def has_frames(self) -> bool:
        """True while frames come."""
        return self in (CameraState.LIVE, CameraState.DEMO)


class SourceKind(StrEnum):
    """What a camera reads."""

    DEMO = "demo"
    CAMERA = "camera"
    FILE = "file"
    URL = "url"
    BROWSER = "browser"


class PausedState:
    """Stays `paused`, whatever comes: a person switched the camera off, or it has no purpose."""

    state = CameraState.PAUSED

    def __init__(self, since: datetime) -> None:
        self.since = since

    def step(self, newest: Frame | None, now_s: float, now: datetime) -> None:
        """Change nothing."""


class CameraStateMachine:
    """Derives the state from the age of the newest frame, and remembers since when."""

    def __init__(self, started_at_s: float, started_at: datetime, live_state: CameraState) -> None:
        """Start as `connecting`; `live_state` is what fresh frames mean: live or demo."""
        self._live_state = live_state
        self._started_at_s = started_at_s
        self.state = CameraState.CONNECTING
        self.since = started_at

    def step(self, newest: Frame | None, now_s: float, now: datetime) -> None:
        """Update the state.

        Args:
            newest: frame, None before the first.
            now_s: monotonic time.
            now: the same instant, aware UTC.
        """
        state = CameraState.CONNECTING if newest is None else self._live_state
        is_late = now_s - self._started_at_s > STALE_AFTER_S
        if newest.is_stale(now_s) if newest else is_late:
            state = CameraState.OFFLINE
        if state != self.state:
            self.state, self.since = state, now
