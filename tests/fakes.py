"""Hand-written stand-ins that implement the ports."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import cv2
import numpy as np

from webapp.core.alert_rules import AlertRule
from webapp.core.errors import EvenkeelError, SourceError, ViewerLimitError
from webapp.core.snapshot import CameraStatus, Readiness

CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
STARTED_AT = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


class FakeStream:
    """One viewer's pictures; counts as a viewer until closed."""

    def __init__(self, runtime: "FakeRuntime") -> None:
        self._runtime = runtime
        self._number = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._runtime.stopped.wait(self._runtime.frame_interval_s):
            raise StopIteration
        self._number += 1
        return picture(self._number)

    def close(self) -> None:
        """Give the viewer's place back; closing twice counts once."""
        if self in self._runtime.open_streams:
            self._runtime.open_streams.remove(self)


class FakeRuntime:
    """Cameras whose state and readings a test sets."""

    classes: tuple[str, ...] = CLASSES
    alert_emotions: tuple[str, ...] = ("angry", "fear")

    def __init__(self, *, max_viewers: int = 2, frame_interval_s: float = 0.0) -> None:
        self.statuses = [
            CameraStatus("demo", "demo", STARTED_AT, "demo", analysis_fps=24.5, stream_fps=30.0),
            CameraStatus("door", "offline", STARTED_AT, "url", reason="The source is silent."),
        ]
        self.counts: dict[str, dict[str, Any]] = {"demo": counts_payload("demo")}
        self.points: dict[str, list[dict[str, Any]]] = {"demo": recent_points()}
        self.ready = Readiness({"camera": True, "model": True})
        self.sources: list[tuple[str, str]] = []
        self.refusal = ""
        self.open_streams: list[FakeStream] = []
        self.stopped = threading.Event()
        self.frame_interval_s = frame_interval_s
        self._max_viewers = max_viewers

    def cameras(self) -> list[CameraStatus]:
        """Return the statuses a test set."""
        return [replace(status, viewers=len(self.open_streams)) for status in self.statuses]

    def newest_counts(self, camera: str) -> dict[str, Any] | None:
        """Return the payload a test set."""
        self._status(camera)
        return self.counts.get(camera)

    def recent(self, camera: str) -> list[dict[str, Any]]:
        """Return the points a test set."""
        self._status(camera)
        return self.points.get(camera, [])

    def stream(self, camera: str) -> FakeStream:
        """Take a viewer's place."""
        self._status(camera)
        if len(self.open_streams) >= self._max_viewers:
            raise ViewerLimitError(f"All {self._max_viewers} places are taken; try again later.")
        stream = FakeStream(self)
        self.open_streams.append(stream)
        return stream

    def snapshot_jpeg(self, camera: str) -> bytes:
        """Return a picture."""
        self._status(camera)
        return picture(0)

    def change_source(self, camera: str, source: str) -> None:
        """Note the source, or refuse as a test set."""
        self._status(camera)
        if self.refusal:
            raise SourceError(self.refusal)
        self.sources.append((camera, source))

    def pause(self, camera: str, since: datetime) -> None:
        """Switch a camera off, as the runtime does; again changes nothing."""
        if self._status(camera).state != "paused":
            self._replace(replace(self._status(camera), state="paused", since=since, reason=""))

    def resume(self, camera: str) -> None:
        """Let a paused camera connect."""
        if self._status(camera).state == "paused":
            now = datetime.now(UTC)
            self._replace(replace(self._status(camera), state="connecting", since=now))

    def readiness(self) -> Readiness:
        """Return what a test set."""
        return self.ready

    def request_stop(self) -> None:
        """End every stream."""
        self.stopped.set()

    def _replace(self, status: CameraStatus) -> None:
        row = [known.name for known in self.statuses].index(status.name)
        self.statuses[row] = status

    def _status(self, camera: str) -> CameraStatus:
        return {status.name: status for status in self.statuses}[camera]


def picture(number: int) -> bytes:
    """Return a JPEG, 480x270, that shows its number."""
    image = np.full((270, 480, 3), 60 + number % 3 * 20, np.uint8)
    cv2.putText(image, str(number), (190, 150), cv2.FONT_HERSHEY_SIMPLEX, 2, (255, 255, 255), 3)
    return cv2.imencode(".jpg", image)[1].tobytes()


def counts_payload(camera: str, indicator: float = 37.5) -> dict[str, Any]:
    """Return a `counts` event of four faces."""
    counts = dict.fromkeys((*CLASSES, "uncertain"), 0) | {"neutral": 2, "angry": 1, "happy": 1}
    return {
        "camera": camera,
        "at": datetime.now(UTC).isoformat(),
        "faces": 4,
        "counts": counts,
        "indicator": indicator,
        "analysis_fps": 24.5,
        "stream_fps": 30.0,
    }


def recent_points() -> list[dict[str, Any]]:
    """Return five minutes of readings, one a second, that end at 14:05 UTC."""
    return [
        {
            "at": (STARTED_AT + timedelta(seconds=second)).isoformat(),
            "faces": 4,
            "indicator": round(30 + 20 * float(np.sin(second / 25)), 1),
        }
        for second in range(301)
    ]


class FakeDesk:
    """The alerts of now as a test sets them; notes what it is asked to do."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.first_rules: list[AlertRule] = []
        self.reread = 0
        self.tested: list[str] = []
        self.refusal = ""
        self.cause = ""

    def live(self) -> list[dict[str, Any]]:
        """Return the events a test set, newest first."""
        return sorted(self.events, key=lambda event: event["since"], reverse=True)

    def rules_changed(self) -> None:
        """Count the wishes."""
        self.reread += 1

    def targets(self) -> list[dict[str, str]]:
        """Return one receiver."""
        return [{"key": "0123", "label": "ntfy://ntfy.example"}]

    def send_test(self, key: str) -> None:
        """Note the wish, or refuse as a test set."""
        self.tested.append(key)
        if self.refusal:
            raise EvenkeelError(self.refusal)

    def trouble(self) -> str:
        """Return what a test set."""
        return self.cause


def alert_event(alert_id: str = "a1", state: str = "firing", **changes: Any) -> dict[str, Any]:
    """Return an `alert` event about anger at the door that began a minute ago."""
    return {
        "id": alert_id,
        "camera": "door",
        "rule": "Anger lasts",
        "rule_id": 1,
        "kind": "expression",
        "expressions": ["angry", "fear"],
        "state": state,
        "since": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(),
        "value": 62.4,
        "peak": 62.4,
        "reason": "",
    } | changes
