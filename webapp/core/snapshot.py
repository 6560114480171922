"""The outcome of analysing one frame, and how a camera is doing."""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from webapp.core.camera_state import CameraState, SourceKind
from webapp.core.faces import Faces
from webapp.core.messages import CameraMessage


@dataclass(frozen=True)
class Snapshot:
    """Faces and expressions of one analysed frame.

    Attributes:
        at: when the frame was taken, aware UTC.
        captured_at_s: the same on the monotonic clock.
        frame_number: `Frame.number` of the analysed frame.
        faces: N faces, full-frame pixels.
        track_ids: (N,) int64, stable while a face stays in view.
        probabilities: (N, C) float32, smoothed per track, rows sum to 1.
        uncertain: (N,) bool, no class is probable enough to name.
        classes: C names in the model's output order.
        counts: faces per class by their most probable class, plus `uncertain`.
        indicator: 0-100.
    """

    camera: str
    at: datetime
    captured_at_s: float
    frame_number: int
    faces: Faces
    track_ids: np.ndarray
    probabilities: np.ndarray
    uncertain: np.ndarray
    classes: tuple[str, ...]
    counts: dict[str, int]
    indicator: float


@dataclass(frozen=True)
class CameraStatus:
    """What the dashboard tells of one camera.

    Attributes:
        since: when it entered `state`, aware UTC.
        reason: why it is offline, without credentials; "" otherwise.
    """

    name: str
    state: CameraState
    since: datetime
    source_kind: SourceKind
    reason: str = ""
    analysis_fps: float = 0.0
    stream_fps: float = 0.0
    viewers: int = 0

    def as_message(self) -> CameraMessage:
        """Return what subscribers learn when the state changes."""
        return CameraMessage(self.name, self.state, self.since)


@dataclass(frozen=True)
class CameraView:
    """A camera at one moment.

    Attributes:
        revision: of the camera; another one reads another source, whatever the name.
        analysed: the newest analysed frame; None when it is outdated or there is none.
    """

    status: CameraStatus
    revision: int
    analysed: Snapshot | None


@dataclass(frozen=True)
class Readiness:
    """Whether the server can do its work: one claim per part, with a reason where false."""

    parts: dict[str, bool]
    reasons: dict[str, str] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        """True when every part is."""
        return all(self.parts.values())
