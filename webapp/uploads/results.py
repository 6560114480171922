"""What was read in a file, kept for a while, and the files a user may take home."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from webapp.disk.exports import JsonListText, csv_line
from webapp.files.records import FACE_COLUMNS, face_cells
from webapp.files.video_records import FRAME_COLUMNS, VideoFrame
from webapp.files.video_summary import VideoSummary
from webapp.uploads.memory_file import MemoryFile

Record = dict[str, Any]


@dataclass(frozen=True)
class PictureResult:
    """The faces of a picture; implements `core.ports.AnalysisResult`."""

    record: Record
    classes: tuple[str, ...]
    picture_jpeg: bytes

    def as_json(self) -> dict[str, Any]:
        """Return the record and the order of the classes."""
        return {"record": self.record, "classes": list(self.classes)}

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
    """The faces of a video, told as a whole; implements `core.ports.AnalysisResult`."""

    files: "VideoFiles"
    summary: VideoSummary
    picture_jpeg: bytes

    def as_json(self) -> dict[str, Any]:
        """Return {classes, summary, points: columns}; the records are in the exports."""
        return {
            "classes": list(self.summary.names),
            "summary": _summary_as_json(self.summary),
            "points": _points_as_json(self.summary),
        }

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


def _summary_as_json(summary: VideoSummary) -> dict[str, Any]:
    trial, longest = summary.trial, summary.watched.longest
    return {
        "pictures": summary.frames,
        "duration_s": round(summary.ended_s, 3),
        "faces_mean": round(summary.faces / max(1, summary.frames), 3),
        "faces_max": summary.most_faces,
        "face_seconds": {name: round(s, 3) for name, s in summary.times.seconds.items()},
        "watched": list(trial.rule.expressions),
        "longest": asdict(longest) if longest else None,
        "highest": {"indicator": round(trial.highest, 1), "at_s": trial.highest_at_s},
        "alert": {
            "is_judged": trial.is_judged,
            "enter": trial.rule.limits.enter,
            "hold_s": trial.rule.limits.hold_s,
            "firings": [asdict(firing) for firing in trial.firings],
        },
    }


def _points_as_json(summary: VideoSummary) -> dict[str, Any]:
    points = summary.series.points()
    return {
        "at_s": points.at_s.round(2).tolist(),
        "counts": dict(zip(points.names, points.counts.T.round(3).tolist(), strict=True)),
        "indicator": [None if np.isnan(i) else round(float(i), 1) for i in points.indicator],
    }
