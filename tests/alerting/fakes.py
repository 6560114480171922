"""Cameras, a database that can be away, and a transport that can refuse."""

from contextlib import contextmanager
from datetime import UTC, datetime

import numpy as np

from tests.people import risen
from webapp.core.analysed import AnalysedFrame, Predictions
from webapp.core.camera_state import CameraState, SourceKind
from webapp.core.camera_status import CameraStatus, CameraView
from webapp.core.errors import EvenkeelError, StorageError
from webapp.core.faces import Faces
from webapp.core.frame import Frame

CLASSES = ("angry", "neutral")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def analysed(angry: float) -> AnalysedFrame:
    """Return a frame with one face that has risen so much in anger."""
    return AnalysedFrame(
        frame=Frame(np.zeros((60, 60, 3), np.uint8), 0.0, 1, NOW),
        faces=Faces.from_boxes(np.array([[0.0, 0.0, 50.0, 50.0]])),
        predictions=Predictions.of(np.array([[angry, 1 - angry]], np.float32), CLASSES, 0.5),
        track_ids=np.zeros(1, np.int64),
        people=risen((angry,), CLASSES),
        indicator=100 * angry,
    )


class FakeCamera:
    """Shows what a test lets it see."""

    def __init__(self, name: str = "door") -> None:
        self.name, self.state, self.revision = name, CameraState.LIVE, 1
        self.analysed: AnalysedFrame | None = None

    def view(self) -> CameraView:
        status = CameraStatus(self.name, self.state, NOW, SourceKind.CAMERA)
        return CameraView(status, self.revision, self.analysed if self.state.has_frames else None)

    def sees(self, angry: float | None) -> None:
        """See a face so angry, or nothing that could be read."""
        self.analysed = None if angry is None else analysed(angry)


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

    def send(self, target, title, body, fields) -> None:
        if self.refusal:
            raise self.refusal
        self.sent.append((target.label, title, body))

    def close(self) -> None:
        """Nothing is kept."""


class Refused(EvenkeelError):
    """As `transport.DeliveryError`."""
