"""What was read in a file, kept for a while, and the files a user may take home."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from webapp.bus.memory_file import MemoryFile
from webapp.core.analysis_results import (
    FaceRecord,
    HighestValue,
    PictureAnalysis,
    PictureRecord,
    RuleFigures,
    VideoAnalysis,
    VideoFigures,
    VideoPoints,
)
from webapp.disk.exports import JsonListText, csv_line
from webapp.files.records import FACE_COLUMNS, face_cells
from webapp.files.video_records import FRAME_COLUMNS, VideoFrame
from webapp.files.video_summary import VideoSummary

Record = dict[str, Any]


@dataclass(frozen=True)
class PictureResult:
    """The faces of a picture; implements `core.ports.AnalysisResult`."""

    record: Record
    classes: tuple[str, ...]
    picture_jpeg: bytes

    def as_message(self) -> PictureAnalysis:
        """Return the record and the order of the classes."""
        faces = tuple(
            FaceRecord(**face | {"box_xyxy": tuple(face["box_xyxy"])})
            for face in self.record["faces"]
        )
        return PictureAnalysis(PictureRecord(**self.record | {"faces": faces}), self.classes)

    def export(self, form: str) -> Iterator[bytes]:
        """Yield the record as JSON, in a list as the command `image` gives it, or as CSV."""
        if form == "json":
            text = JsonListText()
            return iter([text.add(self.record).encode(), text.end().encode()])
        faces = enumerate(self.record["faces"], start=1)
        rows = [face_cells(number, face, self.classes) for number, face in faces]
        return (csv_line(row).encode() for row in ([*FACE_COLUMNS, *self.classes], *rows))

    def close(self) -> None:
        """There is nothing to give back."""


@dataclass(frozen=True)
class VideoResult:
    """The faces of a video as a whole; implements `core.ports.AnalysisResult`."""

    files: "VideoFiles"
    summary: VideoSummary
    picture_jpeg: bytes

    def as_message(self) -> VideoAnalysis:
        """Return figures and points; the records are in the exports."""
        return VideoAnalysis(self.summary.names, _figures(self.summary), _points(self.summary))

    def export(self, form: str) -> Iterator[bytes]:
        """Yield the records as JSON or CSV."""
        return (self.files.json if form == "json" else self.files.csv).chunks()

    def close(self) -> None:
        """Give the memory back."""
        self.files.close()


class VideoFiles:
    """The exports of a video, written as it is read, so that no record is kept twice."""

    def __init__(self, classes: tuple[str, ...]) -> None:
        self.json, self.csv = MemoryFile(), MemoryFile()
        self._list = JsonListText()
        self.csv.write(csv_line([*FRAME_COLUMNS, *classes]).encode())

    def write(self, video_frame: VideoFrame) -> None:
        """Add the next picture."""
        self.json.write(self._list.add(video_frame.record()).encode())
        self.csv.write(video_frame.csv_lines().encode())

    def finish(self) -> None:
        """End the list."""
        self.json.write(self._list.end().encode())

    def close(self) -> None:
        """Give the memory back."""
        self.json.close()
        self.csv.close()


def _figures(summary: VideoSummary) -> VideoFigures:
    trial = summary.trial
    limits = trial.rule.limits
    return VideoFigures(
        pictures=summary.frames,
        duration_s=round(summary.ended_s, 3),
        faces_mean=round(summary.faces / max(1, summary.frames), 3),
        faces_max=summary.most_faces,
        face_seconds={name: round(s, 3) for name, s in summary.times.seconds.items()},
        watched=trial.rule.expressions,
        longest=summary.watched.longest,
        highest=HighestValue(round(trial.highest, 1), trial.highest_at_s),
        alert=RuleFigures(trial.is_judged, limits.enter, limits.hold_s, tuple(trial.firings)),
    )


def _points(summary: VideoSummary) -> VideoPoints:
    points = summary.series.points()
    counts = points.counts.T.round(3).tolist()
    return VideoPoints(
        at_s=tuple(points.at_s.round(2).tolist()),
        counts={name: tuple(column) for name, column in zip(points.names, counts, strict=True)},
        indicator=tuple(None if np.isnan(i) else round(float(i), 1) for i in points.indicator),
    )
