"""The loop that analyses the newest frame: detect, track, classify, smooth, follow the crew."""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from queue import SimpleQueue

import numpy as np

from webapp.bus.latest import Latest
from webapp.core.analysed import AnalysedFrame, Predictions
from webapp.core.crew import Crew
from webapp.core.delays import DelayMeter
from webapp.core.detection_pace import DetectionPace
from webapp.core.errors import EvenkeelError
from webapp.core.faces import Faces
from webapp.core.frame import Frame
from webapp.core.group_floor import SILENT_S, GroupFloor, Member
from webapp.core.hiding import HiddenAreas
from webapp.core.indicator import indicator
from webapp.core.ports import Classifier, Cropper, Detector
from webapp.core.quality import Quality, ReadableFaces
from webapp.core.rates import Durations, RateMeter
from webapp.core.smoothing import ProbabilitySmoother
from webapp.core.tracking import FaceTracker

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FaceModels:
    """The parts that analyse a picture, and the expressions that the indicator counts."""

    detector: Detector
    crop: Cropper
    classifier: Classifier
    alert_emotions: tuple[str, ...]

    @contextmanager
    def lent(self) -> Iterator["FaceModels"]:
        """Lend these; for one camera that needs to ask nobody."""
        yield self


class SharedModels:
    """Lends several equal sets of models to many cameras, first come, first served.

    More frames at once than there are cores would only wait for each other, and for Python's lock.
    """

    def __init__(self, sets: Sequence[FaceModels] = ()) -> None:
        self._changing = threading.Lock()
        self._free = list(sets)
        self._waiting: deque[SimpleQueue[FaceModels]] = deque()

    def add(self, models: FaceModels) -> None:
        """Lend one more set from now on."""
        self._give_back(models)

    @contextmanager
    def lent(self) -> Iterator[FaceModels]:
        """Wait for a set that nobody uses."""
        models = self._take()
        try:
            yield models
        finally:
            self._give_back(models)

    def _take(self) -> FaceModels:
        with self._changing:
            if self._free:
                return self._free.pop()
            place: SimpleQueue[FaceModels] = SimpleQueue()
            self._waiting.append(place)
        return place.get()

    def _give_back(self, models: FaceModels) -> None:
        # Straight to who waits longest: a camera with its next frame ready would overtake the rest.
        with self._changing:
            if self._waiting:
                self._waiting.popleft().put(models)
            else:
                self._free.append(models)


@dataclass(frozen=True)
class AnalysisPlan:
    """How one camera's frames are analysed.

    Attributes:
        detect_width: see `Detector.detect`.
        hides_faces: whether somebody is shown pictures without faces: then they are looked for in
            every frame, and every one that may be is kept in mind.
        min_group: with fewer people nothing is said, see `core.group_floor`.
    """

    detect_width: int | None = None
    hides_faces: bool = False
    min_group: int = 1


AS_IT_COMES = AnalysisPlan()


class FrameAnalyser:
    """Analyses one camera's frames in their order."""

    def __init__(
        self,
        models: FaceModels,
        durations: Durations,
        plan: AnalysisPlan = AS_IT_COMES,
        speaks_from_s: float = -math.inf,
    ) -> None:
        """Start with nobody; `speaks_from_s` see `GroupFloor`."""
        self._models, self._durations, self._detect_width = models, durations, plan.detect_width
        classifier, floor = models.classifier, plan.min_group
        self._hidden: HiddenAreas | None = None
        self._hidden_xyxy: np.ndarray | None = None
        self.hide_faces(plan.hides_faces)
        classes, watched = classifier.classes, models.alert_emotions
        gate = GroupFloor(floor, classes, watched, speaks_from_s=speaks_from_s)
        self._floor = gate if floor > 1 else None
        self._tracker = FaceTracker()
        self._readable = ReadableFaces()
        self._smoother = ProbabilitySmoother()
        self._crew = Crew(classifier.classes, classifier.calm, self._tracker.memory_s)
        self._faces, self._track_ids = Faces.empty(), np.zeros(0, np.int64)
        self._pace = DetectionPace()

    def hide_faces(self, hides: bool) -> None:
        """Keep in mind where faces are from the next frame on, or do not."""
        if not hides:
            self._hidden = self._hidden_xyxy = None
        elif self._hidden is None:
            self._hidden = HiddenAreas()

    def step(
        self, frame: Frame, models: FaceModels | None = None, skipped: int = 0
    ) -> AnalysedFrame:
        """Find every face of the frame; classify those seen well enough in one batched call.

        Args:
            models: lent for this frame, equal to those of the start, which are used by default.
            skipped: frames since the last one that were captured and never analysed.
        """
        models, now_s = models or self._models, frame.captured_at_s
        classifier = models.classifier
        # Between two detections a face hardly moves; its expression is read in every frame.
        if self._pace.step(skipped, now_s) or self._hidden:
            with self._timed("detect"):
                found = models.detector.detect(frame.image_bgr, self._detect_width)
            if self._hidden:
                self._hidden_xyxy = self._hidden.step(found.boxes_xyxy, now_s)
            # Only now: the same boxes once more would look like faces that stopped.
            track_ids = self._tracker.step(found.boxes_xyxy, now_s, found.is_sure())
            self._pace.detected(self._tracker.fastest(), now_s)
            followed = track_ids > 0
            self._faces, self._track_ids = found.take(followed), track_ids[followed]
        faces, track_ids = self._faces, self._track_ids
        with self._timed("crop"):
            crops = models.crop(frame.image_bgr, faces)
            quality = Quality.of(faces, crops)
        # The others have kept their tracks: whoever turns back is the same person.
        readable = self._readable.step(track_ids, quality)
        unread, faces, track_ids = faces.take(~readable), faces.take(readable), track_ids[readable]
        with self._timed("classify"):
            newest = classifier.classify(crops[readable])
        smoothed = self._smoother.step(track_ids, newest, now_s)
        predictions = Predictions.of(smoothed, classifier.classes, classifier.uncertain_below)
        people = self._crew.step(track_ids, newest, quality.take(readable), now_s)
        value = indicator(people.risen(models.alert_emotions))
        analysed = AnalysedFrame(
            frame, faces, predictions, track_ids, people, value, unread, self._hidden_xyxy
        )
        return self._released(analysed) if self._floor else analysed

    def _released(self, analysed: AnalysedFrame) -> AnalysedFrame:
        """Return the frame with what the group floor lets out."""
        assert self._floor is not None
        people, read, now_s = analysed.people, analysed.predictions, analysed.captured_at_s
        # The faces of this frame come last.
        first = len(people) - len(read)
        members = {
            int(track): Member(
                read.probabilities[row],
                bool(read.uncertain[row]),
                people.probabilities[first + row],
                people.rests[first + row],
                now_s,
            )
            for row, track in enumerate(analysed.track_ids)
        }
        faces = len(analysed.faces) + len(analysed.unread)
        released = self._floor.step(members, now_s, faces)
        return replace(analysed, released=released, told=self._floor.speaks_of())

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
        hides_faces: see `AnalysisPlan`; may be set at any time.
        skipped: frames that were captured and never analysed.
    """

    def __init__(
        self,
        camera: str,
        load_models: Callable[[], FaceModels | SharedModels],
        frames: Latest[Frame],
        analysed: Latest[AnalysedFrame],
        stop: threading.Event,
        plan: AnalysisPlan = AS_IT_COMES,
    ) -> None:
        """Prepare; detector and classifier are loaded in `run`.

        Args:
            load_models: takes seconds; called once, in the loop's thread.
            plan: how frames are analysed.
        """
        self.rate, self.delays = RateMeter(), DelayMeter()
        self.durations = Durations()
        self.reason, self.is_loaded, self.skipped = "", False, 0
        self._camera, self._load_models = camera, load_models
        self._frames, self._analysed, self._stop = frames, analysed, stop
        self._plan, self.hides_faces = plan, plan.hides_faces

    def run(self) -> None:
        """Load, then analyse until stopped."""
        try:
            models = self._load_models()
        except EvenkeelError as error:
            self.reason = str(error)
            raise
        # Until a moment ago this camera may have spoken, set up otherwise or in another process.
        speaks_from_s = time.monotonic() + SILENT_S
        with models.lent() as lent:
            analyser = FrameAnalyser(lent, self.durations, self._plan, speaks_from_s)
        self.is_loaded = True
        version = 0
        while not self._stop.is_set():
            if self._frames.wait_newer(version, timeout_s=1.0) is None:
                continue
            with models.lent() as lent:
                version = self._analyse_newest(analyser, lent, version)

    def _analyse_newest(self, analyser: FrameAnalyser, models: FaceModels, version: int) -> int:
        # Ends with each frame, so that no picture outlives `Latest.clear` in a variable of `run`.
        # Others may have been served first: newer frames came, or a pause cleared them.
        newest = self._frames.wait_newer(version, timeout_s=0.0)
        if newest is None:
            return version
        skipped = newest.version - version - 1 if version else 0
        self.skipped += skipped
        try:
            analyser.hide_faces(self.hides_faces)
            analysed = analyser.step(newest.value, models, skipped)
        except Exception as error:
            # One frame that OpenCV or the network cannot take must not end the analysis.
            reason = f"analysis failed: {type(error).__name__}"
            if reason != self.reason:
                logger.exception("camera %s: %s", self._camera, reason)
            self.reason = reason
            return newest.version
        self.reason = ""
        now_s = time.monotonic()
        self.rate.step(now_s)
        self.delays.note(now_s - analysed.captured_at_s)
        self._analysed.put(analysed, analysed.captured_at_s)
        return newest.version
