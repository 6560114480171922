"""Where the records of pictures go: a JSON list, JSON lines or a table."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, Protocol, Self, TextIO

from webapp.core.errors import OutputError
from webapp.core.indicator import UNCERTAIN
from webapp.disk.exports import JsonListText
from webapp.files.video_records import TextFile, writing_stream

MOST_FACES_SHOWN = 4
WIDEST_NAME = 60


class RecordSink(Protocol):
    """Takes records one by one; what was taken is complete after `with`, however that ends."""

    def __enter__(self) -> Self:
        """Open."""
        ...

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        """Complete."""
        ...

    def add(self, record: dict[str, Any]) -> None:
        """Take the record of a picture."""
        ...


class JsonList:
    """A file that holds a list; it takes its name when it is complete."""

    def __init__(self, target: Path) -> None:
        self._target, self._list = target, JsonListText()

    def __enter__(self) -> Self:
        """Open the file; raises OutputError."""
        self._file = TextFile(self._target)
        return self

    def add(self, record: dict[str, Any]) -> None:
        """Write a record; raises OutputError."""
        self._file.write(self._list.add(record))

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        """End the list, which an interruption leaves shorter but valid; raises OutputError."""
        try:
            if not isinstance(error, OutputError):
                self._file.write(self._list.end())
                self._file.finish()
        finally:
            self._file.discard()


class JsonLines:
    """A stream that gets one record a line, at once."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def add(self, record: dict[str, Any]) -> None:
        """Write a record; raises OutputError."""
        with writing_stream():
            self._stream.write(json.dumps(record) + "\n")
            self._stream.flush()

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        """End; the stream is not ours to close."""


class Table:
    """A table for people, shown at the end, when the widest name is known."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._rows: list[tuple[str, int, str]] = []
        self._counts: Counter[str] = Counter()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def add(self, record: dict[str, Any]) -> None:
        """Note a row."""
        faces = record["faces"]
        shown = [
            UNCERTAIN if face[UNCERTAIN] else f"{face['emotion']} {face['confidence']:.0%}"
            for face in faces[:MOST_FACES_SHOWN]
        ]
        if len(faces) > len(shown):
            shown.append(f"{len(faces) - len(shown)} more")
        self._rows.append((record["path"], len(faces), ", ".join(shown)))
        self._counts.update(UNCERTAIN if face[UNCERTAIN] else face["emotion"] for face in faces)

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        """Show the rows and the sums; raises OutputError."""
        if not self._rows:
            return
        width = min(WIDEST_NAME, max(len("picture"), *(len(name) for name, _, _ in self._rows)))
        rows = [f"{name:{width}}  {count:5}  {faces}".rstrip() for name, count, faces in self._rows]
        sums = f"{counted(len(self._rows), 'picture')}, {counted(self._counts.total(), 'face')}"
        each = ", ".join(f"{count} {name}" for name, count in self._counts.most_common())
        sums = f"{sums}: {each}" if each else sums
        with writing_stream():
            for line in (f"{'picture':{width}}  faces  expressions", *rows, sums):
                self._stream.write(printable(line, self._stream) + "\n")
            self._stream.flush()


def counted(count: int, noun: str) -> str:
    """Return `1 face`, `2 faces`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def printable(text: str, stream: TextIO) -> str:
    """Return a line without what a terminal would obey or `stream` cannot encode."""
    shown = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
    # A stream in memory has no encoding.
    encoding = stream.encoding or "utf-8"
    return shown.encode(encoding, "replace").decode(encoding)
