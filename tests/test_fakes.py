"""Every fake implements its port: `make lint` fails here when one does not; nothing runs."""

from tests.cameras.fakes import (
    BlockingSource,
    FakeClassifier,
    FakeDetector,
    FakeOpener,
    FakeRenderer,
    FakeSource,
    crop,
)
from tests.fakes import FakeLiveAlerts, FakeRooms, FakeRuntime
from webapp.core.ports import (
    Classifier,
    Cropper,
    Detector,
    LiveAlerts,
    LiveRooms,
    LiveRuntime,
    PictureRenderer,
    PictureSource,
)

SOURCES: list[PictureSource] = [FakeSource(), BlockingSource(), FakeOpener()()]
DETECTOR: Detector = FakeDetector()
CROPPER: Cropper = crop
CLASSIFIER: Classifier = FakeClassifier()
RENDERER: PictureRenderer = FakeRenderer()
RUNTIME: LiveRuntime = FakeRuntime()
ROOMS: LiveRooms = FakeRooms()
ALERTS: LiveAlerts = FakeLiveAlerts()
