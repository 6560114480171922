"""The grammar of `CAMERAS` and `CAMERAS_FILE`: names, and what each camera reads."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from webapp.core.camera_state import SourceKind
from webapp.core.sources import check_source, source_kind

NAME = r"[A-Za-z0-9_-]{1,40}"
CAMERA_NAME = re.compile(NAME)
# Skips a source in double quotes as a whole, and finds the commas before a name or an end.
SEPARATOR = re.compile(rf'(?<==)"(?:[^"]|"")*"|(?P<comma>,)(?P<gap>\s*)(?=[,\s]*(?:{NAME}\s*=|$))')
# Within one source; addresses may hold more of such characters than names of files.
SECOND_CAMERA = re.compile(rf"[;|,\s]\s*{NAME}\s*=")
SECOND_URL = re.compile(rf"[;|,]\s*{NAME}\s*=\s*[a-z+]+://", re.IGNORECASE)
QUOTED = re.compile(r'"((?:[^"]|"")*)"')
LIST_FORM = (
    "name=source pairs separated by commas or line breaks (name of letters, digits, _ or -; "
    "source an index, a device, a file, a URL or demo), such as door=0,hall=rtsp://camera/stream"
)


@dataclass(frozen=True)
class CameraSource:
    """A camera's name and what it reads: an index, a device, a file, a URL or `demo`."""

    name: str
    source: str

    def __repr__(self) -> str:
        """Leave the source out: a URL may carry credentials."""
        return f"CameraSource({self.name!r})"


def parse_cameras(text: str) -> tuple[CameraSource, ...]:
    """Parse `name=source,name=source`; line breaks separate, too, and blanks around are nothing.

    A source in double quotes may hold anything; a double quote in it is doubled.

    Raises:
        ValueError: says what was expected and where. A source is never repeated in the message,
            because it may carry credentials.
    """
    if text.strip() == "demo":
        return (CameraSource("demo", "demo"),)
    return _differing(
        _parse_camera(entry, f"at character {start + 1}") for start, entry in _entries(text)
    )


def parse_camera_lines(text: str) -> tuple[CameraSource, ...]:
    """Parse a file with a camera in each line; lines that begin with # and empty ones are nothing.

    Raises:
        ValueError: says what was expected and in which line.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    return _differing(
        _parse_camera(line.rstrip(" ,"), f"in line {number}")
        for number, line in lines
        if line and not line.startswith("#")
    )


def _entries(text: str) -> Iterator[tuple[int, str]]:
    """Yield where each entry starts, and the entry; raises ValueError where none can be told."""
    start_of_line = 0
    for line in text.splitlines(keepends=True):
        start = 0
        for found in SEPARATOR.finditer(line):
            if found["comma"]:
                entry, rest = line[start : found.start()], line[found.end() :]
                _check_separation(entry, found["gap"], rest, start_of_line + found.start())
                yield start_of_line + start, entry
                start = found.end()
        yield start_of_line + start, line[start:]
        start_of_line += len(line)


def _check_separation(entry: str, gap: str, rest: str, comma_at: int) -> None:
    """Refuse a comma that may separate two cameras or belong to an address."""
    source = entry.partition("=")[2].strip()
    next_source = rest.partition("=")[2].strip()
    is_open_address = source_kind(source) == SourceKind.URL and re.search(r"[?;#]", source)
    is_plain = source_kind(next_source.split(",")[0]) in (SourceKind.CAMERA, SourceKind.FILE)
    if is_open_address and next_source and not gap and is_plain:
        raise ValueError(
            f"a comma at character {comma_at + 1} that either separates two cameras (put a blank "
            "behind it) or belongs to the address before it (put that into double quotes, or "
            "write a camera in each line of CAMERAS_FILE)"
        )


def _parse_camera(entry: str, place: str) -> CameraSource | None:
    if not entry.strip():
        return None
    name, equals, source = (part.strip() for part in entry.partition("="))
    if quoted := QUOTED.fullmatch(source):
        source = quoted[1].replace('""', '"')
    if not equals or not source or not CAMERA_NAME.fullmatch(name):
        raise ValueError(f"{LIST_FORM}; there is none {place}")
    try:
        if not quoted:
            _check_alone(source)
        check_source(source)
    except ValueError as error:
        raise ValueError(f"{error}, as the source of {name} {place}") from error
    return CameraSource(name, source)


def _check_alone(source: str) -> None:
    """Refuse two cameras that something else separates than a comma or a line break."""
    is_url = source_kind(source) == SourceKind.URL
    if (SECOND_URL if is_url else SECOND_CAMERA).search(source):
        raise ValueError(
            "one source alone (commas or line breaks separate cameras; in CAMERAS_FILE each has "
            "its line; a source that holds such characters stands in double quotes)"
        )


def _differing(cameras: Iterator[CameraSource | None]) -> tuple[CameraSource, ...]:
    found = tuple(camera for camera in cameras if camera)
    names = [camera.name for camera in found]
    if not found:
        raise ValueError(f"{LIST_FORM}; there is none")
    if len(set(names)) < len(names):
        raise ValueError(f"camera names that differ, got {', '.join(names)}")
    return found
