"""Hand-written stand-ins that implement the ports."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import cv2
import numpy as np

from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Phase
from webapp.core.bands import Band
from webapp.core.camera_setup import CameraSetup
from webapp.core.camera_state import CameraState, SourceKind
from webapp.core.camera_status import CameraStatus, Readiness
from webapp.core.camera_trial import CameraTrial
from webapp.core.errors import (
    BusyError,
    EvenkeelError,
    ReceiverError,
    SourceError,
    ViewerLimitError,
)
from webapp.core.messages import AlertMessage, CountsMessage, Receiver, RecentPoint
from webapp.core.picture_quality import FULL, PictureQuality

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
            CameraStatus(
                "demo", CameraState.DEMO, STARTED_AT, SourceKind.DEMO, "", 24.5, stream_fps=30.0
            ),
            CameraStatus(
                "door", CameraState.OFFLINE, STARTED_AT, SourceKind.URL, "The source is silent."
            ),
        ]
        self.counts: dict[str, CountsMessage] = {"demo": counts_message("demo")}
        self.points: dict[str, list[RecentPoint]] = {"demo": recent_points()}
        self.ready = Readiness({"camera": True, "model": True})
        self.setups: list[CameraSetup] = []
        self.tried: list[str] = []
        self.refusal = ""
        self.open_streams: list[FakeStream] = []
        self.qualities: list[PictureQuality] = []
        self.stopped = threading.Event()
        self.frame_interval_s = frame_interval_s
        self._max_viewers = max_viewers

    def cameras(self) -> list[CameraStatus]:
        """Return the statuses a test set."""
        return [replace(status, viewers=len(self.open_streams)) for status in self.statuses]

    def newest_counts(self, camera: str) -> CountsMessage | None:
        """Return the message a test set."""
        self._status(camera)
        return self.counts.get(camera)

    def recent(self, camera: str) -> list[RecentPoint]:
        """Return the points a test set."""
        self._status(camera)
        return self.points.get(camera, [])

    def stream(self, camera: str, quality: PictureQuality = FULL) -> FakeStream:
        """Take a viewer's place."""
        self.qualities.append(quality)
        self._status(camera)
        if len(self.open_streams) >= self._max_viewers:
            raise ViewerLimitError(f"All {self._max_viewers} places are taken; try again later.")
        stream = FakeStream(self)
        self.open_streams.append(stream)
        return stream

    def snapshot_jpeg(self, camera: str, quality: PictureQuality = FULL) -> bytes:
        """Return a picture."""
        self.qualities.append(quality)
        self._status(camera)
        return picture(0)

    def glance_jpeg(self, camera: str, quality: PictureQuality) -> bytes | None:
        """Return a picture of a camera that gives some."""
        self.qualities.append(quality)
        return picture(0) if self._status(camera).state.has_frames else None

    def set_cameras(self, setups: Sequence[CameraSetup]) -> None:
        """Have a status for each, in this order."""
        known = {status.name: status for status in self.statuses}
        connecting = CameraState.CONNECTING
        new = {s.name: CameraStatus(s.name, connecting, STARTED_AT, s.kind) for s in setups}
        statuses = new | {name: known[name] for name in new.keys() & known.keys()}
        self.setups = list(setups)
        self.statuses = [replace(statuses[s.name], title=s.title) for s in setups]

    def try_source(self, source: str, worker: str = "") -> CameraTrial:
        """Note the source and give a picture, or refuse as a test set."""
        self.tried.append(f"{source} on {worker}" if worker else source)
        if self.refusal:
            raise SourceError(self.refusal)
        return CameraTrial(picture(0), 480, 270, 12.5)

    def pause(self, camera: str, since: datetime) -> None:
        """Switch a camera off, as the runtime does; again changes nothing."""
        if self._status(camera).state != CameraState.PAUSED:
            self._replace(
                replace(self._status(camera), state=CameraState.PAUSED, since=since, reason="")
            )

    def resume(self, camera: str) -> None:
        """Let a paused camera connect."""
        if self._status(camera).state == CameraState.PAUSED:
            now = datetime.now(UTC)
            self._replace(replace(self._status(camera), state=CameraState.CONNECTING, since=now))

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


class FakeRooms:
    """Notes what participants send."""

    def __init__(self) -> None:
        self.pictures: list[tuple[str, str, bytes, tuple[int, int]]] = []
        self.left: list[tuple[str, str]] = []

    def put_picture(
        self, camera: str, participant: str, picture: bytes, size_wh: tuple[int, int]
    ) -> None:
        """Note a picture."""
        self.pictures.append((camera, participant, picture, size_wh))

    def leave(self, camera: str, participant: str) -> None:
        """Note who left."""
        self.left.append((camera, participant))


def picture(number: int) -> bytes:
    """Return a JPEG, 480x270, that shows its number."""
    image = np.full((270, 480, 3), 60 + number % 3 * 20, np.uint8)
    cv2.putText(image, str(number), (190, 150), cv2.FONT_HERSHEY_SIMPLEX, 2, (255, 255, 255), 3)
    return cv2.imencode(".jpg", image)[1].tobytes()


def counts_message(camera: str, indicator: float = 37.5) -> CountsMessage:
    """Return a reading of four faces, one of them risen."""
    counts = dict.fromkeys((*CLASSES, "uncertain"), 0) | {"neutral": 2, "angry": 1, "happy": 1}
    return CountsMessage(
        camera, datetime.now(UTC), 4, counts, indicator, 24.5, 30.0, rising=1, band=Band.RAISED
    )


def recent_points() -> list[RecentPoint]:
    """Return five minutes of readings, one a second, that end at 14:05 UTC."""
    return [
        RecentPoint(
            STARTED_AT + timedelta(seconds=second),
            4,
            round(30 + 20 * float(np.sin(second / 25)), 1),
        )
        for second in range(301)
    ]


class FakeLiveAlerts:
    """The alerts of now as a test sets them; notes what it is asked to do."""

    def __init__(self) -> None:
        self.messages: list[AlertMessage] = []
        self.first_rules: list[AlertRule] = []
        self.watched_rules: list[AlertRule] = []
        self.reread = 0
        self.tested: list[str] = []
        self.played: list[str] = []
        self.refusal = ""
        self.cause = ""
        self.dropped = 0

    def live(self) -> list[AlertMessage]:
        """Return the messages a test set, newest first."""
        return sorted(self.messages, key=lambda alert: alert.since, reverse=True)

    def rules(self) -> list[AlertRule]:
        """Return the rules a test set."""
        return self.watched_rules

    def rules_changed(self) -> None:
        """Count the requests."""
        self.reread += 1

    def receivers(self) -> list[Receiver]:
        """Return one receiver."""
        return [Receiver("0123", "ntfy://ntfy.example")]

    def label_of(self, url: str) -> str:
        """Return kind and host, or refuse as a test set."""
        if self.refusal:
            raise ReceiverError(self.refusal)
        kind, _, rest = url.partition("://")
        return f"{kind}://{rest.partition('@')[2].partition('/')[0] or rest.partition('/')[0]}"

    def send_test(self, key: str) -> None:
        """Note the request, or refuse as a test set."""
        self.tested.append(key)
        if self.refusal:
            raise EvenkeelError(self.refusal)

    def play_test(self, camera: str) -> str:
        """Note the request, or be away as a test set."""
        if self.refusal:
            raise BusyError(self.refusal)
        self.played.append(camera)
        return f"played-{len(self.played)}"

    def trouble(self) -> str:
        """Return what a test set."""
        return self.cause

    def dropped_rows(self) -> int:
        """Return what a test set."""
        return self.dropped


def alert_message(alert_id: str = "a1", state: str = "firing", **changes: Any) -> AlertMessage:
    """Return an alert about anger at the door that began a minute ago."""
    alert = AlertMessage(
        id=alert_id,
        camera="door",
        rule="Anger lasts",
        rule_id=1,
        kind=RuleKind.EXPRESSION,
        expressions=("angry", "fear"),
        state=Phase(state),
        since=datetime.now(UTC) - timedelta(minutes=1),
        value=62.4,
        peak=62.4,
    )
    return replace(alert, **changes)
