"""Hand-written stand-ins for cameras, detectors, models and renderers."""

import threading
from collections.abc import Callable

import numpy as np

from tests.patience import PATIENCE_S
from tests.people import resting_at_zero
from webapp.core.analysed import AnalysedFrame, Predictions
from webapp.core.errors import SourceError
from webapp.core.faces import Faces
from webapp.core.frame import Frame
from webapp.core.picture_quality import FULL, PictureQuality

CLASSES: tuple[str, ...] = ("angry", "happy")
BLACK = np.zeros((8, 8, 3), np.uint8)
READABLE_CROP = np.random.default_rng(0).integers(0, 256, (1, 48, 48), np.uint8)


class FakeSource:
    """Gives a picture whenever it is read, until it is broken."""

    frame_interval_s: float | None = 0.002

    def __init__(self) -> None:
        self.is_broken = threading.Event()
        self.is_closed = threading.Event()

    def read(self) -> np.ndarray:
        if self.is_broken.is_set():
            raise SourceError("the fake camera was pulled out.")
        return BLACK

    def close(self) -> None:
        self.is_closed.set()


class BlockingSource(FakeSource):
    """Gives no picture until it is released, as a device that hangs does."""

    frame_interval_s: float | None = None

    def __init__(self) -> None:
        super().__init__()
        self.is_reading, self.release = threading.Event(), threading.Event()

    def read(self) -> np.ndarray:
        self.is_reading.set()
        assert self.release.wait(PATIENCE_S)
        return super().read()


class FakeOpener:
    """Opens fake sources; refuses while `is_gone`."""

    def __init__(self) -> None:
        self.is_gone = threading.Event()
        self.refused = threading.Event()
        self.opened: list[FakeSource] = []

    def __call__(self) -> FakeSource:
        if self.is_gone.is_set():
            self.refused.set()
            raise SourceError("the fake camera is not there.")
        self.opened.append(FakeSource())
        return self.opened[-1]


class FakeDetector:
    """Finds as many faces as it was made for, side by side."""

    name = "fake"

    def __init__(self, face_count: int = 2) -> None:
        self.face_count = face_count
        self.fails = False
        self.calls = 0

    def detect(self, image_bgr: np.ndarray, width_px: int | None = None) -> Faces:
        self.calls += 1
        if self.fails:
            raise RuntimeError("a frame the detector cannot take")
        lefts = 100.0 * np.arange(self.face_count)
        return Faces.from_boxes(
            np.stack([lefts, lefts * 0, lefts + 50, lefts * 0 + 50], axis=1).reshape(-1, 4)
        )


class FakeClassifier:
    """Reads everybody as mostly angry; counts its calls."""

    classes = CLASSES
    uncertain_below = 0.4
    calm = np.zeros(2)

    def __init__(self) -> None:
        self.batches: list[int] = []

    def classify(self, crops: np.ndarray) -> np.ndarray:
        self.batches.append(len(crops))
        return np.tile(np.array([0.8, 0.2], np.float32), (len(crops), 1))


class FakeRenderer:
    """Writes into the picture what was asked to be drawn."""

    def __init__(self) -> None:
        self.rendered = 0

    def render(self, analysed: AnalysedFrame, quality: PictureQuality = FULL) -> bytes:
        self.rendered += 1
        of = "" if quality == FULL else f" at {quality.width_px}"
        return f"frame {analysed.frame.number} faces {len(analysed.faces)}{of}".encode()

    def not_analysed(self, frame: Frame, quality: PictureQuality = FULL) -> bytes:
        self.rendered += 1
        return b"not analysed"

    def no_signal(self, newest: Frame | None) -> bytes:
        self.rendered += 1
        return b"no signal"

    def paused(self) -> bytes:
        return b"paused"


class FakeThread(threading.Thread):
    """Runs nothing; notes for how long it is waited for."""

    def __init__(self, name: str, run: Callable[[], None]) -> None:
        super().__init__(target=run, name=name)
        self.waits_s: list[float | None] = []

    def join(self, timeout: float | None = None) -> None:
        self.waits_s.append(timeout)


class FakeThreads:
    """Notes the loops that are to run, and runs none."""

    def __init__(self) -> None:
        self.made: list[FakeThread] = []

    def __call__(self, name: str, run: Callable[[], None]) -> FakeThread:
        self.made.append(FakeThread(name, run))
        return self.made[-1]

    @property
    def names(self) -> list[str]:
        return [thread.name for thread in self.made]


def crop(image_bgr: np.ndarray, faces: Faces) -> np.ndarray:
    return np.tile(READABLE_CROP, (len(faces), 1, 1))


def analysed_frame(frame: Frame, face_count: int = 0, indicator: float = 0.0) -> AnalysedFrame:
    """Analyse a frame as `FakeDetector` and `FakeClassifier` would."""
    faces = FakeDetector(face_count).detect(frame.image_bgr)
    probabilities = np.tile(np.array([0.8, 0.2], np.float32), (face_count, 1))
    predictions = Predictions.of(probabilities, CLASSES, FakeClassifier.uncertain_below)
    people = resting_at_zero(probabilities, CLASSES)
    return AnalysedFrame(frame, faces, predictions, np.arange(face_count), people, indicator)
