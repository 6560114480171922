"""What a decoder and the process that asks it say to each other, as JSON of numbers and words.

A decoder may be in the hands of the file that it reads: nothing it says is executed or believed
beyond what `from_bytes` checks.
"""

import json
from dataclasses import asdict, dataclass, fields
from typing import get_args

from webapp.core.errors import MessageError, PictureError, SourceError, TooLargeError

# A path with its letters escaped, and the sentence around it.
MOST_BYTES = 64 * 1024
MOST_NUMBER = 2**53
ERRORS = {error.__name__: error for error in (PictureError, SourceError, TooLargeError)}


@dataclass(frozen=True)
class StartDecoder:
    """Asks for a decoder; comes with its end of a socket and with its page."""

    most_bytes: int


@dataclass(frozen=True)
class Started:
    """Answers it; comes with the process as a descriptor, which no other takes over as its id."""


@dataclass(frozen=True)
class DecodePicture:
    """Asks for a picture; comes with the file. The answer is `Decoded`."""

    name: str
    max_pixels: int


@dataclass(frozen=True)
class OpenVideo:
    """Opens a video; comes with the file. The answer is `Opened`."""

    name: str
    max_pixels: int


@dataclass(frozen=True)
class LookBeyond:
    """Asks whether the video has packets later than a time; the answer is `Beyond`."""

    time_s: float


@dataclass(frozen=True)
class ReadFrames:
    """Asks for every n-th frame: `Passed` for each, `FrameDecoded` for these, `Ended` at last."""

    every: int


@dataclass(frozen=True)
class GoOn:
    """Says that the frame on the page was taken off it."""


@dataclass(frozen=True)
class Decoded:
    """The page holds a picture, (height, width, 3) uint8 BGR."""

    height: int
    width: int


@dataclass(frozen=True)
class Opened:
    """What is known of a video before it is read; see `VideoSource`."""

    rate_fps: float
    frame_count: int | None
    remark: str


@dataclass(frozen=True)
class Beyond:
    """Whether there are packets later than asked."""

    is_beyond: bool


@dataclass(frozen=True)
class Passed:
    """The video has come to a frame of this time."""

    time_s: float


@dataclass(frozen=True)
class FrameDecoded:
    """The page holds a frame, (height, width, 3) uint8 BGR."""

    height: int
    width: int
    time_s: float
    number: int


@dataclass(frozen=True)
class Ended:
    """The video is over; see `VideoSource`."""

    ended_s: float
    complaint: str


@dataclass(frozen=True)
class Refused:
    """The file cannot be read.

    Attributes:
        error: a key of `ERRORS`.
    """

    error: str
    text: str


@dataclass(frozen=True)
class OutOfMemory:
    """The file needs more memory than the decoder may have."""


Wire = (
    StartDecoder
    | Started
    | DecodePicture
    | OpenVideo
    | LookBeyond
    | ReadFrames
    | GoOn
    | Decoded
    | Opened
    | Beyond
    | Passed
    | FrameDecoded
    | Ended
    | Refused
    | OutOfMemory
)
KINDS: dict[str, type[Wire]] = {kind.__name__: kind for kind in get_args(Wire)}


def to_bytes(message: Wire) -> bytes:
    """Write a message; `from_bytes` reads it."""
    return json.dumps({"is": type(message).__name__} | asdict(message)).encode()


def from_bytes(data: bytes) -> Wire:
    """Read a message.

    Raises:
        MessageError: it is none, lacks a value, or has one of another type or without end.
    """
    try:
        values = json.loads(data)
        kind = KINDS[values.pop("is")]
        wanted = {field.name: field.type for field in fields(kind)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise MessageError(f"expected a message of a decoder, got {data[:80]!r}.") from error
    if values.keys() != wanted.keys() or not all(
        isinstance(value, wanted[name]) and _is_plain(value, wanted[name])  # type: ignore[arg-type]
        for name, value in values.items()
    ):
        raise MessageError(f"expected {wanted} in {kind.__name__}, got {data[:80]!r}.")
    return kind(**values)


def _is_plain(value: object, wanted: object) -> bool:
    """Return whether a truth stands only where one is wanted, and sums can bear a number."""
    if isinstance(value, bool):
        return wanted is bool
    return not isinstance(value, int | float) or abs(value) <= MOST_NUMBER
