"""How one picture or one video is analysed, a short step at a time."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from webapp.bus.memory_file import MemoryFile
from webapp.cameras.analysis import AnalysisPlan, FaceModels, FrameAnalyser
from webapp.core.alert_rules import AlertRule
from webapp.core.analysed import AnalysedFrame
from webapp.core.errors import SourceError, TooLargeError
from webapp.core.frame import Frame
from webapp.core.jobs import FileKind, Progress
from webapp.core.privacy import EVERYTHING, Disclosure, Privacy, names_faces
from webapp.core.rates import Durations
from webapp.decoding.decoder import DecodedVideo, Decoder
from webapp.files.picture_analyser import PictureAnalyser
from webapp.files.video_records import VideoFrame
from webapp.files.video_summary import VideoSummary
from webapp.uploads.drawing import page_jpeg
from webapp.uploads.results import PictureResult, VideoFiles, VideoResult
from webapp.vision.safe_picture import drawn_frame, drawn_picture

TOO_FEW = "Of groups of fewer than {} people, and of single faces in them, nothing is told."
# Expressions last longer than a tenth of a second; more would only take longer.
ANALYSED_PER_S = 10.0
PREVIEW_INTERVAL_S = 1.0
# The first pictures say little about the rest.
FRAMES_BEFORE_GUESSING = 5


@dataclass(frozen=True)
class FilePlan:
    """What a file may hold, and the rule that is tried on it.

    Attributes:
        max_bytes: of the file as it is handed in.
        max_s: length of a video.
        rule: returns the one to try on a video, of kind "expression".
        disclosure: how much is disclosed of the people in it.
        searched_px: the width in which faces are looked for.
    """

    max_bytes: int
    max_s: float
    rule: Callable[[], AlertRule]
    disclosure: Disclosure = EVERYTHING
    searched_px: int = 640


class Task:
    """A file that is analysed, and what its owner may see of that."""

    def __init__(self, source: MemoryFile, name: str, plan: FilePlan) -> None:
        self.result: PictureResult | VideoResult | None = None
        self.preview_jpeg: bytes | None = None
        self.message = ""
        self._source, self._name, self._plan = source, name, plan
        shows, min_group = plan.disclosure.shows, plan.disclosure.min_group
        self._shows, self._min_group = shows, min_group
        self._names_faces = names_faces(shows, min_group)


class PictureTask(Task):
    """Analyses a picture, all in one step."""

    kind = FileKind.PICTURE

    def steps(self, models: FaceModels, decoder: Decoder) -> Iterator[Progress]:
        """Yield once, when all is done; raises PictureError."""
        image_bgr = decoder.picture(self._source.fileno(), self._name)
        analysed = PictureAnalyser(models).analyse(image_bgr)
        if len(analysed.faces) < self._min_group or not self._names_faces:
            nobody = np.zeros(len(analysed.faces), bool)
            analysed = analysed.take(nobody)
            self.message = TOO_FEW.format(self._min_group)
        faces, read, hidden_xyxy = analysed.faces, analysed.predictions, analysed.hidden_xyxy
        searched_px = self._plan.searched_px
        safe = drawn_picture(image_bgr, faces, read, self._shows, hidden_xyxy, searched_px)
        jpeg = page_jpeg(safe)
        record, classes = analysed.record(self._name), analysed.predictions.classes
        self.result = PictureResult(record, classes, jpeg)
        yield Progress(frames=1, share=1.0, remaining_s=0.0)


class VideoTask(Task):
    """Analyses a video, one of its pictures a step."""

    kind = FileKind.VIDEO

    def __init__(self, source: MemoryFile, name: str, plan: FilePlan) -> None:
        super().__init__(source, name, plan)
        self._highest, self._highest_jpeg = -1.0, b""
        self._preview_due_at_s = -math.inf

    def steps(self, models: FaceModels, decoder: Decoder) -> Iterator[Progress]:
        """Yield once when the video is found readable, then after every picture.

        Raises:
            SourceError: it holds no picture.
            TooLargeError: it is longer, or its pictures are larger, than allowed.
        """
        files = VideoFiles(models.classifier.classes)
        try:
            video = decoder.video(self._source.fileno(), self._name)
            self._check_length(video)
            yield from self._analyse(video, models, files)
        finally:
            if self.result is None:
                files.close()

    def _analyse(
        self, video: DecodedVideo, models: FaceModels, files: VideoFiles
    ) -> Iterator[Progress]:
        summary = VideoSummary(models.classifier.classes, self._plan.rule())
        plan = AnalysisPlan(None, self._plan.disclosure.hides_faces, self._min_group)
        analyser = FrameAnalyser(models, Durations(keep=1), plan)
        clock = _Clock(_duration_s(video), time.monotonic())
        every = max(1, round(video.rate_fps / ANALYSED_PER_S))
        for frame in self._frames(video, every):
            if clock.frames == 0:
                yield clock.start()
            analysed = analyser.step(frame)
            files.write(VideoFrame(self._name, self._told(analysed)))
            summary.step(analysed)
            self._keep_picture(analysed)
            yield clock.step(frame.captured_at_s, time.monotonic())
        if clock.frames == 0:
            raise SourceError("No picture of this video can be decoded. Convert it to MP4.")
        files.finish()
        summary.close(every / video.rate_fps, video.ended_s)
        self.message = self.message or video.complaint or video.remark
        self.result = VideoResult(files, summary, self._highest_jpeg)

    def _frames(self, video: DecodedVideo, every: int) -> Iterator[Frame]:
        """Yield the frames up to the limit: a header may promise a shorter video than there is."""
        for frame in video.frames(every):
            if frame.captured_at_s > self._plan.max_s:
                most_s = f"{self._plan.max_s:g} s"
                self.message = f"Only the first {most_s} were read (ANALYSE_MAX_SECONDS)."
                return
            yield frame

    def _keep_picture(self, analysed: AnalysedFrame) -> None:
        """Keep the picture of the highest indicator, and once a second the newest."""
        now_s = time.monotonic()
        # A picture without faces is better than none.
        height = analysed.figures.indicator if analysed.figures.faces else -0.5
        is_highest, is_due = height > self._highest, now_s >= self._preview_due_at_s
        if not is_highest and not is_due:
            return
        width_px = self._plan.searched_px if self._shows == Privacy.BLUR else None
        picture = drawn_frame(analysed, width_px, self._shows, names_faces=self._names_faces)
        jpeg = page_jpeg(picture)
        if is_highest:
            self._highest, self._highest_jpeg = height, jpeg
        if is_due:
            self.preview_jpeg, self._preview_due_at_s = jpeg, now_s + PREVIEW_INTERVAL_S

    def _told(self, analysed: AnalysedFrame) -> AnalysedFrame:
        """Return the frame with those faces alone of which each may be told."""
        told = analysed.is_told() if self._names_faces else np.zeros(len(analysed.faces), bool)
        if not told.all():
            self.message = self.message or TOO_FEW.format(self._min_group)
        return replace(
            analysed,
            faces=analysed.faces.take(told),
            predictions=analysed.predictions.take(told),
            track_ids=analysed.track_ids[told],
        )

    def _check_length(self, video: DecodedVideo) -> None:
        """Reject a video whose header says that it is too long, if the header is right.

        Many headers are wrong, and a short video must not be rejected for that. The packets are
        walked without being decoded, which takes little; where they have no times nothing is
        certain, and `_frames` stops at the limit.
        """
        duration_s, most_s = _duration_s(video), self._plan.max_s
        if duration_s and duration_s > most_s and video.has_packets_beyond(most_s):
            raise TooLargeError(
                f"The video lasts {duration_s:,.0f} s; at most {most_s:g} s are read. "
                "Cut it, or have ANALYSE_MAX_SECONDS raised."
            )


class _Clock:
    """Computes how far a video has come and how long the rest will take."""

    def __init__(self, duration_s: float | None, started_at_s: float) -> None:
        self.duration_s, self.frames = duration_s, 0
        self._started_at_s = started_at_s

    def start(self) -> Progress:
        return Progress(duration_s=self.duration_s, share=0.0 if self.duration_s else None)

    def step(self, time_s: float, now_s: float) -> Progress:
        self.frames += 1
        share = min(1.0, time_s / self.duration_s) if self.duration_s else None
        remaining_s = None
        if share and self.frames > FRAMES_BEFORE_GUESSING:
            remaining_s = (now_s - self._started_at_s) * (1 / share - 1)
        return Progress(self.frames, time_s, self.duration_s, share, remaining_s)


def _duration_s(video: DecodedVideo) -> float | None:
    return video.frame_count / video.rate_fps if video.frame_count else None


TASKS: dict[FileKind, type[PictureTask] | type[VideoTask]] = {
    FileKind.PICTURE: PictureTask,
    FileKind.VIDEO: VideoTask,
}
