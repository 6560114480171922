"""Writes what was read in each frame, one by one: as JSON or as a table."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TextIO

from webapp.core.analysed import AnalysedFrame
from webapp.core.errors import OutputError
from webapp.disk.exports import JsonListText, csv_line
from webapp.files.records import FACE_COLUMNS, AnalysedPicture, face_cells
from webapp.files.video_part import PartFile

STDOUT = Path("-")
FRAME_COLUMNS = ("frame", "time_s", *FACE_COLUMNS)


@dataclass(frozen=True)
class VideoFrame:
    """One analysed frame of a video, and the video's path."""

    path: str
    analysed: AnalysedFrame

    def record(self) -> dict[str, Any]:
        """Return {path, frame, time_s, width, height, faces} for JSON."""
        frame = self.analysed.frame
        height, width = frame.image_bgr.shape[:2]
        picture = AnalysedPicture(width, height, self.analysed.faces, self.analysed.predictions)
        time_s = round(frame.captured_at_s, 3)
        return {**picture.record(self.path), "frame": frame.number, "time_s": time_s}

    def csv_lines(self) -> str:
        """Return a line per face, below `FRAME_COLUMNS` and the classes."""
        record, classes = self.record(), self.analysed.predictions.classes
        faces = zip(self.analysed.track_ids.tolist(), record["faces"], strict=True)
        leading = (record["frame"], record["time_s"])
        return "".join(csv_line([*leading, *face_cells(*face, classes)]) for face in faces)


class VideoOutput(Protocol):
    """Takes frames in order; ends in `finish`, or in `discard` after an error."""

    def write(self, video_frame: VideoFrame) -> None:
        """Take the next frame; raises OutputError."""
        ...

    def check_room(self) -> None:
        """Raise OutputError while there is still room to end properly."""
        ...

    def finish(self) -> None:
        """Complete it, however many frames came; raises OutputError."""
        ...

    def discard(self) -> None:
        """Remove what is not complete; may be called at any time."""
        ...


class TextFile:
    """The file that a writer of text fills."""

    def __init__(self, target: Path) -> None:
        """Open it; raises OutputError."""
        self._part = PartFile(target)
        with self._part.writing():
            self._text: TextIO = self._part.part.open("w", encoding="utf-8", newline="")

    def write(self, text: str) -> None:
        """Add some text; raises OutputError."""
        with self._part.writing():
            self._text.write(text)

    def check_room(self) -> None:
        """See `VideoOutput`."""
        self._part.check_room()

    def finish(self) -> None:
        """Complete it; raises OutputError."""
        with self._part.writing():
            self._text.close()
        self._part.keep()

    def discard(self) -> None:
        """Remove it unless it is complete."""
        # What is left in its buffer is not wanted any more.
        with suppress(OSError):
            self._text.close()
        self._part.discard()


@contextmanager
def writing_stream() -> Iterator[None]:
    """Turn what the system says about a failed print into an OutputError, but for a closed pipe."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(
            f"standard output cannot be written ({error.strerror}). Send it elsewhere."
        ) from error


class StandardOutput:
    """The same for a program that reads; when it has read enough, BrokenPipeError ends the run."""

    def write(self, text: str) -> None:
        """Print some text; raises OutputError."""
        with writing_stream():
            sys.stdout.write(text)

    def check_room(self) -> None:
        """There is no disk to fill."""

    def finish(self) -> None:
        """Hand over what is left; raises OutputError."""
        with writing_stream():
            sys.stdout.flush()

    def discard(self) -> None:
        """What was printed stays."""


class TextOutput:
    """What records and rows have in common: the text that takes them."""

    def __init__(self, target: Path) -> None:
        """Open `target`, or standard output for `-`; raises OutputError."""
        self._file = StandardOutput() if target == STDOUT else TextFile(target)

    def check_room(self) -> None:
        """See `VideoOutput`."""
        self._file.check_room()

    def finish(self) -> None:
        """See `VideoOutput`."""
        self._file.finish()

    def discard(self) -> None:
        """See `VideoOutput`."""
        self._file.discard()


class JsonRecords(TextOutput):
    """A list with a record per frame; JSON lines on standard output."""

    def __init__(self, target: Path) -> None:
        """See `TextOutput`."""
        super().__init__(target)
        self._list = None if target == STDOUT else JsonListText()

    def write(self, video_frame: VideoFrame) -> None:
        """See `VideoOutput`."""
        record = video_frame.record()
        self._file.write(self._list.add(record) if self._list else f"{json.dumps(record)}\n")

    def finish(self) -> None:
        """See `VideoOutput`."""
        if self._list:
            self._file.write(self._list.end())
        super().finish()


class CsvRows(TextOutput):
    """A row per face and frame; a frame without faces leaves none."""

    def __init__(self, target: Path, classes: tuple[str, ...]) -> None:
        """Open `target` as `TextOutput` does, and write the header; raises OutputError."""
        super().__init__(target)
        self._file.write(csv_line([*FRAME_COLUMNS, *classes]))

    def write(self, video_frame: VideoFrame) -> None:
        """See `VideoOutput`."""
        self._file.write(video_frame.csv_lines())
