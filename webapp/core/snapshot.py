"""The outcome of analysing one frame, and how a camera is doing."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import numpy as np

from webapp.core.faces import Faces

CameraState = Literal["live", "connecting", "offline", "paused", "demo"]
SourceKind = Literal["demo", "camera", "file", "url"]


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

    def as_event(self) -> dict[str, Any]:
        """Return the payload of the Socket.IO event `camera`."""
        return {"camera": self.name, "state": self.state, "since": self.since.isoformat()}


@dataclass(frozen=True)
class Readiness:
    """Whether the server can do its work: one claim per part, with a reason where false."""

    parts: dict[str, bool]
    reasons: dict[str, str] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        """True when every part is."""
        return all(self.parts.values())
