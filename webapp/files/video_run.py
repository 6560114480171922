"""The run of the command `video`: analyses frame after frame and hands each to the outputs."""

import math
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from webapp.cameras.analysis import FaceModels, FrameAnalyser
from webapp.core.alert_rules import AlertRule
from webapp.core.durations import clock
from webapp.core.errors import OutputError, SourceError
from webapp.core.frame import Frame
from webapp.core.rates import Durations, RateMeter
from webapp.core.sources import source_kind
from webapp.files.record_sinks import printable
from webapp.files.stop_signals import StopRequest, stop_signals
from webapp.files.video_outputs import VideoOutputs, check_targets
from webapp.files.video_records import (
    STDOUT,
    CsvRows,
    JsonRecords,
    VideoFrame,
    VideoOutput,
    writing_stream,
)
from webapp.files.video_source import VideoFile, VideoSource, open_video
from webapp.files.video_summary import VideoSummary
from webapp.files.video_writer import AnnotatedVideo
from webapp.vision.backends import silenced_stderr, use_one_core


@dataclass(frozen=True)
class VideoOptions:
    """What to analyse and where the results go.

    Attributes:
        source: file, camera index, URL or `demo`.
        demo_clip: what `demo` stands for.
        max_pixels: most width times height of a camera's or stream's pictures; None: any.
        every: analyse every n-th frame.
        seconds: stop there, by the video's time; None: at its end.
        json_file, csv_file: one record a frame, one row a face; `STDOUT` for standard output.
        out: the annotated video.
        timeline: a picture of expressions over time, PNG.
    """

    source: str
    demo_clip: Path
    max_pixels: int | None = None
    every: int = 1
    seconds: float | None = None
    json_file: Path | None = None
    csv_file: Path | None = None
    out: Path | None = None
    timeline: Path | None = None

    @property
    def targets(self) -> list[Path]:
        """Every file that is asked for."""
        wanted = (self.json_file, self.csv_file, self.out, self.timeline)
        return [target for target in wanted if target]


def run_video(
    options: VideoOptions,
    load_models: Callable[[], FaceModels],
    rule: AlertRule,
    open_file: Callable[[Path], VideoSource] = VideoFile.at,
) -> int:
    """Analyse a video, write the results that are asked for, and print a summary.

    Args:
        load_models: loads detector and model; called once, when the video is open.
        rule: tried on the video.
        open_file: opens a video file; by default it is decoded in this process.

    Returns:
        The exit status: 130 after Ctrl-C, 1 when the video or a result is not complete, else 0.

    Raises:
        SourceError: there is no video to read.
        TooLargeError: its pictures are larger than `open_file` allows.
        OutputError: a result cannot be written there.
        DetectorError, ModelError: see `load_models`.
    """
    _check(options)
    use_one_core()
    with stop_signals() as stop:
        opened = open_video(options.source, options.demo_clip, open_file, options.max_pixels)
        with closing(opened) as video:
            with silenced_stderr():
                models = load_models()
            return _Run(options, video, models, rule).run(stop)


class _Run:
    def __init__(
        self, options: VideoOptions, video: VideoSource, models: FaceModels, rule: AlertRule
    ) -> None:
        self._options, self._video = options, video
        self._analyser = FrameAnalyser(models, Durations(keep=1))
        self._rate = RateMeter()
        self._summary = VideoSummary(models.classifier.classes, rule)
        self._interval_s = options.every / video.rate_fps
        self._end_s = math.inf if options.seconds is None else options.seconds
        self._outputs = VideoOutputs(self._openers(models.classifier.classes))

    def run(self, stop: StopRequest) -> int:
        """Analyse until the end or a request to stop, complete the outputs, print the summary."""
        try:
            self._analyse(stop)
        except BaseException:
            self._outputs.discard()
            raise
        if not self._summary.frames:
            self._outputs.discard()
            click.echo("evenkeel: stopped before the first picture; nothing was written.", err=True)
            return stop.exit_code if stop else 1
        self._summary.close(self._interval_s, min(self._video.ended_s, self._end_s))
        if stop and any(target != STDOUT for target in self._options.targets):
            # An encoder may hold many pictures back.
            click.echo("evenkeel: stopping; completing the files may take a while.", err=True)
        self._outputs.finish()
        return self._report(stop)

    def _openers(self, classes: tuple[str, ...]) -> list[Callable[[], VideoOutput]]:
        options, openers = self._options, list[Callable[[], VideoOutput]]()
        if options.json_file:
            openers.append(partial(JsonRecords, options.json_file))
        if options.csv_file:
            openers.append(partial(CsvRows, options.csv_file, classes))
        if options.out:
            openers.append(partial(AnnotatedVideo, options.out, self._interval_s))
        if options.timeline:
            # Matplotlib takes a second to load, and a server may do without it.
            from webapp.files.timeline_picture import TimelinePicture

            openers.append(partial(TimelinePicture, options.timeline, self._summary))
        return openers

    def _analyse(self, stop: StopRequest) -> None:
        def is_over(time_s: float) -> bool:
            return time_s >= self._end_s or bool(stop) or bool(self._outputs.complaints)

        with click.progressbar(
            self._video.frames(self._options.every, is_over),
            length=self._frames_to_come(),
            label="Reading",
            show_pos=True,
            item_show_func=self._progress,
            file=sys.stderr,
            hidden=not sys.stderr.isatty(),
        ) as frames:
            for frame in frames:
                analysed = self._analyser.step(frame)
                self._summary.step(analysed)
                self._outputs.write(VideoFrame(self._video.name, analysed))
                now_s = time.monotonic()
                self._rate.step(now_s)
                self._outputs.check_room(now_s)

    def _frames_to_come(self) -> int | None:
        """Return how many frames will be analysed; None where that is not known."""
        frames, seconds = self._video.frame_count, self._options.seconds
        limits = [frames] if frames else []
        if seconds is not None:
            limits.append(max(1, round(seconds * self._video.rate_fps)))
        return -(-min(limits) // self._options.every) if limits else None

    def _progress(self, frame: Frame | None) -> str | None:
        if frame is None:
            return None
        rate = self._rate.per_second(time.monotonic())
        return f"at {clock(frame.captured_at_s)}, {rate:.1f} a second"

    def _report(self, stop: StopRequest) -> int:
        """Print the summary, then what went wrong; return the exit status."""
        # Records on standard output are for a program, which a summary would upset.
        stream = sys.stderr if STDOUT in self._options.targets else sys.stdout
        with writing_stream():
            for line in (f"{self._video.name}:", *self._summary.lines()):
                click.echo(printable(line, stream), stream)
        if self._video.remark:
            click.echo(f"evenkeel: {printable(self._video.remark, sys.stderr)}", err=True)
        complaints = [*self._outputs.complaints, self._video.complaint]
        if stop:
            complaints.append("stopped before the end; the results so far are complete files.")
        for complaint in filter(None, complaints):
            click.echo(f"evenkeel: {printable(complaint, sys.stderr)}", err=True)
        return stop.exit_code if stop else int(any(complaints))


def _check(options: VideoOptions) -> None:
    kind = source_kind(options.source)
    if kind in ("camera", "url") and options.seconds is None:
        raise SourceError("a camera or stream has no end; say how long to read it: --seconds N.")
    if options.targets.count(STDOUT) > 1:
        raise OutputError("only one result can go to standard output. Name a file for the other.")
    if options.seconds is not None and not math.isfinite(options.seconds):
        raise SourceError(f"--seconds: expected a number of seconds, got {options.seconds}.")
    source = options.demo_clip if kind == "demo" else Path(options.source)
    check_targets(source, options.targets)
