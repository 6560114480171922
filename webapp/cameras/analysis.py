"""The loop that analyses the newest frame: detect, track, classify, smooth, follow the crew."""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from webapp.bus.latest import Latest
from webapp.core.analysed import AnalysedFrame, Predictions
from webapp.core.crew import Crew
from webapp.core.errors import EvenkeelError
from webapp.core.faces import Faces
from webapp.core.frame import Frame
from webapp.core.indicator import indicator
from webapp.core.ports import Classifier, Cropper, Detector
from webapp.core.quality import Quality, ReadableFaces
from webapp.core.rates import Durations, RateMeter
from webapp.core.smoothing import ProbabilitySmoother
from webapp.core.tracking import FaceTracker

logger = logging.getLogger(__name__)
# Finding faces costs more than classifying them: at most about 20 times a second.
DETECT_INTERVAL_S = 0.045


@dataclass(frozen=True)
class FaceModels:
    """The parts that analyse a picture, and the expressions that the indicator counts."""

    detector: Detector
    crop: Cropper
    classifier: Classifier
    alert_emotions: tuple[str, ...]


class FrameAnalyser:
    """Analyses one camera's frames in their order."""

    def __init__(self, models: FaceModels, durations: Durations) -> None:
        self._models, self._durations = models, durations
        classifier = models.classifier
        self._tracker = FaceTracker()
        self._readable = ReadableFaces()
        self._smoother = ProbabilitySmoother()
        self._crew = Crew(classifier.classes, classifier.calm, self._tracker.memory_s)
        self._faces, self._track_ids = Faces.empty(), np.zeros(0, np.int64)
        self._detected_at_s = -math.inf

    def step(self, frame: Frame) -> AnalysedFrame:
        """Find every face of the frame; classify those seen well enough in one batched call."""
        classifier, now_s = self._models.classifier, frame.captured_at_s
        # Between two detections a face hardly moves; its expression is read in every frame.
        if now_s - self._detected_at_s >= DETECT_INTERVAL_S:
            with self._timed("detect"):
                found = self._models.detector.detect(frame.image_bgr)
            self._detected_at_s = now_s
            # Only now: the same boxes once more would look like faces that stopped.
            track_ids = self._tracker.step(found.boxes_xyxy, now_s, found.is_sure())
            followed = track_ids > 0
            self._faces, self._track_ids = found.take(followed), track_ids[followed]
        faces, track_ids = self._faces, self._track_ids
        with self._timed("crop"):
            crops = self._models.crop(frame.image_bgr, faces)
            quality = Quality.of(faces, crops)
        # The others have kept their tracks: whoever turns back is the same person.
        readable = self._readable.step(track_ids, quality)
        unread, faces, track_ids = faces.take(~readable), faces.take(readable), track_ids[readable]
        with self._timed("classify"):
            newest = classifier.classify(crops[readable])
        smoothed = self._smoother.step(track_ids, newest, now_s)
        predictions = Predictions.of(smoothed, classifier.classes, classifier.uncertain_below)
        people = self._crew.step(track_ids, newest, quality.take(readable), now_s)
        value = indicator(people.risen(self._models.alert_emotions))
        return AnalysedFrame(frame, faces, predictions, track_ids, people, value, unread)

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        started_at_s = time.perf_counter()
        yield
        self._durations.note(stage, time.perf_counter() - started_at_s)


class AnalysisLoop:
    """Analyses the newest frame again and again; frames that came meanwhile are skipped.

    Attributes:
        reason: why nothing is analysed now; "" while all is well.
        is_loaded: whether detector and classifier are ready.
        skipped: frames that were captured and never analysed.
    """

    def __init__(
        self,
        camera: str,
        load_models: Callable[[], FaceModels],
        frames: Latest[Frame],
        analysed: Latest[AnalysedFrame],
        stop: threading.Event,
    ) -> None:
        """Prepare; detector and classifier are loaded in `run`.

        Args:
            load_models: takes seconds; called once, in the loop's thread.
        """
        self.rate = RateMeter()
        self.durations = Durations()
        self.reason, self.is_loaded, self.skipped = "", False, 0
        self._camera, self._load_models = camera, load_models
        self._frames, self._analysed, self._stop = frames, analysed, stop

    def run(self) -> None:
        """Load, then analyse until stopped."""
        try:
            models = self._load_models()
        except EvenkeelError as error:
            self.reason = str(error)
            raise
        analyser = FrameAnalyser(models, self.durations)
        self.is_loaded = True
        version = 0
        while not self._stop.is_set():
            version = self._analyse_newer(analyser, version)

    def _analyse_newer(self, analyser: FrameAnalyser, version: int) -> int:
        # Ends with each frame, so that no picture outlives `Latest.clear` in a variable of `run`.
        newest = self._frames.wait_newer(version, timeout_s=1.0)
        if newest is None:
            return version
        if version:
            self.skipped += newest.version - version - 1
        try:
            analysed = analyser.step(newest.value)
        except Exception as error:
            # One frame that OpenCV or the network cannot take must not end the analysis.
            reason = f"analysis failed: {type(error).__name__}"
            if reason != self.reason:
                logger.exception("camera %s: %s", self._camera, reason)
            self.reason = reason
            return newest.version
        self.reason = ""
        self.rate.step(time.monotonic())
        self._analysed.put(analysed, analysed.captured_at_s)
        return newest.version
