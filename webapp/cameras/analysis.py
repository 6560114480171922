"""The loop that turns the newest frame into a snapshot: detect, track, classify, smooth."""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from webapp.cameras.latest import Latest
from webapp.core.errors import EvenkeelError
from webapp.core.faces import Faces
from webapp.core.frame import Frame
from webapp.core.indicator import expression_counts, indicator, uncertain_rows
from webapp.core.ports import Classifier, Cropper, Detector
from webapp.core.rates import Durations, RateMeter
from webapp.core.smoothing import ProbabilitySmoother
from webapp.core.snapshot import Snapshot
from webapp.core.tracking import IouTracker

logger = logging.getLogger(__name__)
# Finding faces costs more than reading them: at most about 20 times a second.
DETECT_INTERVAL_S = 0.045


@dataclass(frozen=True)
class Reader:
    """What reads faces in a picture: the parts and the expressions to watch."""

    detector: Detector
    crop: Cropper
    classifier: Classifier
    alert_emotions: tuple[str, ...]


class FrameAnalyser:
    """Analyses one camera's frames in their order."""

    def __init__(self, camera: str, reader: Reader, durations: Durations) -> None:
        self._camera, self._reader, self._durations = camera, reader, durations
        self._tracker = IouTracker()
        self._smoother = ProbabilitySmoother()
        self._faces = Faces.empty()
        self._detected_at_s = -math.inf

    def step(self, frame: Frame) -> Snapshot:
        """Find every face of the frame and read each in one batched call."""
        reader, faces = self._reader, self._find(frame)
        with self._timed("crop"):
            crops = reader.crop(frame.image_bgr, faces)
        with self._timed("classify"):
            readings = reader.classifier.classify(crops)
        return self._snapshot(frame, faces, readings)

    def _find(self, frame: Frame) -> Faces:
        # Between two detections a face hardly moves; its expression is read in every frame.
        if frame.captured_at_s - self._detected_at_s >= DETECT_INTERVAL_S:
            with self._timed("detect"):
                self._faces = self._reader.detector.detect(frame.image_bgr)
            self._detected_at_s = frame.captured_at_s
        return self._faces

    def _snapshot(self, frame: Frame, faces: Faces, readings: np.ndarray) -> Snapshot:
        classifier, now_s = self._reader.classifier, frame.captured_at_s
        track_ids = self._tracker.step(faces.boxes_xyxy, now_s)
        probabilities = self._smoother.step(track_ids, readings, now_s)
        uncertain = uncertain_rows(probabilities, classifier.uncertain_below)
        return Snapshot(
            camera=self._camera,
            at=datetime.now(UTC) - timedelta(seconds=time.monotonic() - now_s),
            captured_at_s=now_s,
            frame_number=frame.number,
            faces=faces,
            track_ids=track_ids,
            probabilities=probabilities,
            uncertain=uncertain,
            classes=classifier.classes,
            counts=expression_counts(probabilities, uncertain, classifier.classes),
            indicator=indicator(probabilities, classifier.classes, self._reader.alert_emotions),
        )

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        started_at_s = time.perf_counter()
        yield
        self._durations.note(stage, time.perf_counter() - started_at_s)


class AnalysisLoop:
    """Analyses the newest frame again and again; frames that came meanwhile are skipped."""

    def __init__(
        self,
        camera: str,
        build_reader: Callable[[], Reader],
        frames: Latest[Frame],
        snapshots: Latest[Snapshot],
        stop: threading.Event,
    ) -> None:
        """Prepare; detector and model are loaded in `run`.

        Args:
            build_reader: loads detector and model (seconds); called once, in the loop's thread.
        """
        self.rate = RateMeter()
        self.durations = Durations()
        self.reason = ""
        self.is_loaded = False
        self._camera, self._build_reader = camera, build_reader
        self._frames, self._snapshots, self._stop = frames, snapshots, stop

    def run(self) -> None:
        """Load, then analyse until stopped."""
        try:
            reader = self._build_reader()
        except EvenkeelError as error:
            self.reason = str(error)
            raise
        analyser = FrameAnalyser(self._camera, reader, self.durations)
        self.is_loaded = True
        version = 0
        while not self._stop.is_set():
            version = self._analyse_newer(analyser, version)

    def _analyse_newer(self, analyser: FrameAnalyser, version: int) -> int:
        # Ends with each frame, so that no picture outlives `Latest.clear` in a variable of `run`.
        newest = self._frames.wait_newer(version, timeout_s=1.0)
        if newest is None:
            return version
        self._step(analyser, newest.value)
        return newest.version

    def _step(self, analyser: FrameAnalyser, frame: Frame) -> None:
        try:
            snapshot = analyser.step(frame)
        except Exception as error:
            # One frame that OpenCV or the network cannot take must not end the analysis.
            self._note(f"analysis failed: {type(error).__name__}")
            return
        self.reason = ""
        self.rate.step(time.monotonic())
        self._snapshots.put(snapshot, snapshot.captured_at_s)

    def _note(self, reason: str) -> None:
        if reason != self.reason:
            logger.exception("camera %s: %s", self._camera, reason)
        self.reason = reason
