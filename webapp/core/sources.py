"""What the text of a camera's source says it is."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from webapp.core.camera_state import SourceKind
from webapp.core.rooms import is_room, parse_room

DEVICE = re.compile(r"(?P<address>[0-9]{1,4}|/dev/\S+)(?:\s+(?P<wishes>.*))?", re.DOTALL)
URL_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
SIZE = re.compile(r"(?P<width>[1-9][0-9]{1,4})x(?P<height>[1-9][0-9]{1,4})")
RATE = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{1,3})?")
PIXEL_FORMAT = re.compile(r"[A-Za-z0-9]{4}")
WISHED_SIZE = re.compile(r"\s[0-9]{2,5}x[0-9]{2,5}(?:@\S*)?(?:\s|$)")
PORT = re.compile(r"[0-9]{0,5}")


@dataclass(frozen=True)
class Device:
    """A camera of this machine, and what is asked of it.

    Attributes:
        address: its number, or the path of its device file.
        size_wh: wanted, in pixels; None: as it comes.
        fps: wanted pictures a second; None: as it comes.
        pixel_format: wanted, four letters as V4L2 names it, such as `MJPG`; None: as it comes.
    """

    address: str
    size_wh: tuple[int, int] | None = None
    fps: float | None = None
    pixel_format: str | None = None


def source_kind(source: str) -> SourceKind:
    """Return the kind of a source of `CAMERAS`."""
    if source == "demo":
        return SourceKind.DEMO
    if is_room(source):
        return SourceKind.BROWSER
    if DEVICE.fullmatch(source):
        return SourceKind.CAMERA
    return SourceKind.URL if URL_SCHEME.match(source) else SourceKind.FILE


def place_of(source: str) -> str:
    """Return what tells places apart: a source without sizes, rates, user names and passwords."""
    kind = source_kind(source)
    if kind == SourceKind.BROWSER:
        return "browser"
    if kind == SourceKind.CAMERA:
        return source.split()[0]
    if kind != SourceKind.URL:
        return source
    scheme, _, rest = source.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def parse_device(source: str) -> Device:
    """Parse a device and what is asked of it, such as `0 1280x720@30 mjpg`.

    Raises:
        ValueError: says what was expected.
    """
    found = DEVICE.fullmatch(source)
    if not found:
        raise ValueError("a camera's number or a path below /dev/")
    size_wh, fps, pixel_format = None, None, None
    for wish in (found["wishes"] or "").split():
        size, at, rate = wish.partition("@")
        if pixel_format is None and PIXEL_FORMAT.fullmatch(wish) and not SIZE.fullmatch(wish):
            pixel_format = wish.upper()
        elif (size_wh, fps) == (None, None) and _is_size_and_rate(size, at, rate):
            size_wh, fps = _size_wh(size), float(rate) if rate else None
        else:
            raise ValueError(
                "after a device at most its size and rate and its pixel format, such as "
                "1280x720@30 mjpg (begin the name of a file with ./ instead)"
            )
    return Device(found["address"], size_wh, fps, pixel_format)


def check_source(source: str) -> None:
    """Check that a source of `CAMERAS` can be meant.

    Raises:
        ValueError: says what was expected. It never repeats a URL, which may carry credentials.
    """
    if any(ord(character) < 32 for character in source):
        raise ValueError("a source without control characters")
    kind = source_kind(source)
    if kind == SourceKind.BROWSER:
        parse_room(source)
    elif kind == SourceKind.CAMERA:
        parse_device(source)
    elif kind == SourceKind.URL:
        _check_url(source)
    elif WISHED_SIZE.search(source):
        raise ValueError("a size after a device alone; a file or stream has its own")
    elif "@" in source or ":/" in source:
        raise ValueError(
            "an index, a device, a file name without @, a URL with its scheme (rtsp://…, "
            "http://…) or demo"
        )


def _is_size_and_rate(size: str, at: str, rate: str) -> bool:
    is_size = bool(SIZE.fullmatch(size)) or (size == "" and at != "")
    return is_size and (bool(RATE.fullmatch(rate)) if at else True)


def _size_wh(text: str) -> tuple[int, int] | None:
    found = SIZE.fullmatch(text)
    return (int(found["width"]), int(found["height"])) if found else None


def _check_url(url: str) -> None:
    if any(character.isspace() for character in url):
        raise ValueError(
            "a URL without blanks (write %20; a size is asked of devices alone, not of URLs)"
        )
    try:
        has_host = bool(urlsplit(url).hostname)
    except ValueError:
        has_host = False
    if not has_host and not url.lower().startswith("file:"):
        raise ValueError("a URL with a host, an IPv6 address in brackets")
    _, _, rest = url.partition("://")
    # What FFmpeg and browsers take for user, host and port ends at the first of / ? #.
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    port = authority.rpartition("@")[2].rpartition("]")[2].partition(":")[2]
    behind = rest.removeprefix(authority)
    if not PORT.fullmatch(port) or (behind[:1] in ("?", "#") and "@" in behind):
        raise ValueError(
            "a URL whose port is a number; in a user name or password write / as %2F, ? as %3F, "
            "# as %23, @ as %40, : as %3A and % as %25"
        )
