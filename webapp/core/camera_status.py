"""How a camera is doing, and whether the server can work."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from webapp.core.analysed import AnalysedFrame
from webapp.core.camera_state import CameraState, SourceKind
from webapp.core.delays import NO_DELAYS, Delays
from webapp.core.messages import CameraMessage
from webapp.core.privacy import EVERYTHING, Disclosure


@dataclass(frozen=True)
class CameraStatus:
    """What the dashboard shows of one camera.

    Attributes:
        since: when it entered `state`, aware UTC.
        reason: why it is offline or not analysed, without credentials; on pages also why it is
            paused; "" otherwise.
        skipped_frames: captured and never analysed, since the start.
        is_reduced: whether viewers see smaller, coarser and fewer pictures, since the machine is
            short of time.
        title: what people call it; "" where it is called by its name.
        disclosure: how much is disclosed of the people before it.
        capture_fps: pictures that it gives, used or not.
        reconnects: how often it came back after it had failed, since the start.
        analysis_delays: from capture to what was read off the frame.
        stream_delays: from capture to the encoded picture, while anybody watches.
    """

    name: str
    state: CameraState
    since: datetime
    source_kind: SourceKind
    reason: str = ""
    analysis_fps: float = 0.0
    stream_fps: float = 0.0
    viewers: int = 0
    skipped_frames: int = 0
    is_reduced: bool = False
    title: str = ""
    disclosure: Disclosure = EVERYTHING
    capture_fps: float = 0.0
    reconnects: int = 0
    analysis_delays: Delays = NO_DELAYS
    stream_delays: Delays = NO_DELAYS

    @property
    def label(self) -> str:
        """What a page calls it."""
        return self.title or self.name

    def without_signal(self, since: datetime, reason: str) -> "CameraStatus":
        """Return it as offline: nothing comes from it any more."""
        still = replace(self, capture_fps=0.0, analysis_fps=0.0, stream_fps=0.0)
        return replace(still, state=CameraState.OFFLINE, since=since, reason=reason)

    def as_message(self) -> CameraMessage:
        """Return what subscribers learn when the state changes."""
        return CameraMessage(self.name, self.state, self.since)


def camera_fault(statuses: Iterable[CameraStatus]) -> str:
    """Return which cameras should deliver and do not, and why; "" where all do."""
    offline = [s for s in statuses if not s.state.has_frames and s.state != CameraState.PAUSED]
    return "; ".join(f"{s.name}: {s.reason or s.state}" for s in offline)


@dataclass(frozen=True)
class CameraView:
    """A camera at one moment.

    Attributes:
        revision: of the camera; another one reads another source, whatever the name.
        analysed: the newest analysed frame; None when it is outdated or there is none.
    """

    status: CameraStatus
    revision: int
    analysed: AnalysedFrame | None


@dataclass(frozen=True)
class Readiness:
    """Whether the server can do its work: one claim per part, with a reason where false."""

    parts: Mapping[str, bool]
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        """True when every part is."""
        return all(self.parts.values())
