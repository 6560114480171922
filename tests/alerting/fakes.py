"""Cameras, a database that can be away, and a transport that can refuse."""

from contextlib import contextmanager
from datetime import UTC, datetime

import numpy as np

from webapp.core.camera_state import CameraState, SourceKind
from webapp.core.errors import EvenkeelError, StorageError
from webapp.core.faces import Faces
from webapp.core.snapshot import CameraStatus, CameraView, Snapshot

CLASSES = ("angry", "neutral")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def analysed(angry: float, camera: str = "door") -> Snapshot:
    """Return a frame with one face that is so angry."""
    is_angry = angry > 0.5
    return Snapshot(
        camera=camera,
        at=NOW,
        captured_at_s=0.0,
        frame_number=1,
        faces=Faces.from_boxes(np.array([[0.0, 0.0, 50.0, 50.0]])),
        track_ids=np.zeros(1, np.int64),
        probabilities=np.array([[angry, 1 - angry]], np.float32),
        uncertain=np.zeros(1, bool),
        classes=CLASSES,
        counts={"angry": int(is_angry), "neutral": int(not is_angry), "uncertain": 0},
        indicator=100 * angry,
    )


class FakeCamera:
    """Shows what a test lets it see."""

    def __init__(self, name: str = "door") -> None:
        self.name, self.state, self.revision = name, CameraState.LIVE, 1
        self.analysed: Snapshot | None = None

    def view(self) -> CameraView:
        status = CameraStatus(self.name, self.state, NOW, SourceKind.CAMERA)
        return CameraView(status, self.revision, self.analysed if self.state.has_frames else None)

    def sees(self, angry: float | None) -> None:
        """See a face so angry, or nothing that could be read."""
        self.analysed = None if angry is None else analysed(angry, self.name)


class ShakyDatabase:
    """A real database behind a switch."""

    def __init__(self, database) -> None:
        self._database = database
        self.is_away = False

    @contextmanager
    def session(self):
        if self.is_away:
            raise StorageError("The database is locked.")
        with self._database.session() as session:
            yield session


class FakeTransport:
    """Remembers what it was given; refuses on demand."""

    def __init__(self) -> None:
        self.sent = []
        self.refusal: Exception | None = None

    def send(self, target, title, body) -> None:
        if self.refusal:
            raise self.refusal
        self.sent.append((target.label, title, body))


class Refused(EvenkeelError):
    """As `transport.DeliveryError`."""
