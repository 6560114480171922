"""What a camera reads, and when it counts as live, offline, still connecting or paused."""

from datetime import datetime
from enum import StrEnum

# Longer than any hiccup of a working camera, short enough that a page says offline within 5 s.
STALE_AFTER_S = 3.0


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


class PausedState:
    """Stays `paused`, whatever comes: a person switched the camera off."""

    state = CameraState.PAUSED

    def __init__(self, since: datetime) -> None:
        self.since = since

    def step(self, newest_frame_at_s: float | None, now_s: float, now: datetime) -> None:
        """Change nothing."""


class CameraStateMachine:
    """Derives the state from the age of the newest frame, and remembers since when."""

    def __init__(self, started_at_s: float, started_at: datetime, live_state: CameraState) -> None:
        """Start as `connecting`; `live_state` is what fresh frames mean: live or demo."""
        self._live_state = live_state
        self._started_at_s = started_at_s
        self.state = CameraState.CONNECTING
        self.since = started_at

    def step(self, newest_frame_at_s: float | None, now_s: float, now: datetime) -> None:
        """Update the state.

        Args:
            newest_frame_at_s: monotonic capture time of the newest frame, None before the first.
            now_s: monotonic time.
            now: the same instant, aware UTC.
        """
        since_s = self._started_at_s if newest_frame_at_s is None else newest_frame_at_s
        state = CameraState.CONNECTING if newest_frame_at_s is None else self._live_state
        if now_s - since_s > STALE_AFTER_S:
            state = CameraState.OFFLINE
        if state != self.state:
            self.state, self.since = state, now
