"""What a process that holds cameras does of the work of all."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from webapp.bus.json_codec import decode, encode
from webapp.bus.process_messages import SetCameras


@dataclass(frozen=True)
class CameraShare:
    """The part of a process.

    Attributes:
        is_first: whether it also does what is done once: sends messages, deletes what is too old,
            and closes the alerts of cameras that nobody has any more.
        cores: how many frames it analyses at once.
    """

    is_first: bool = True
    cores: int | None = None


ALL_CAMERAS = CameraShare()
# Tell a camera process its cameras of the start; no settings.
CAMERAS_VARIABLE = "EVENKEEL_CAMERAS"
# Linux takes no variable of 128 kB, which a dozen cameras with large masks need.
MOST_VARIABLE_CHARACTERS = 30_000


def write_cameras(cameras: SetCameras) -> Mapping[str, str]:
    """Return cameras as variables; `read_cameras` reads them."""
    text, most = encode(cameras).decode(), MOST_VARIABLE_CHARACTERS
    pieces = [text[start : start + most] for start in range(0, len(text), most)]
    named = {f"{CAMERAS_VARIABLE}_{number}": piece for number, piece in enumerate(pieces)}
    return {CAMERAS_VARIABLE: str(len(pieces)), **named}


def read_cameras(take: Callable[[str], str]) -> SetCameras:
    """Read what `write_cameras` wrote.

    Args:
        take: returns a variable.
    """
    numbers = range(int(take(CAMERAS_VARIABLE)))
    text = "".join(take(f"{CAMERAS_VARIABLE}_{number}") for number in numbers)
    message = decode(text.encode())
    assert isinstance(message, SetCameras)
    return message


def write_share(share: CameraShare) -> str:
    """Return a share as an argument; `read_share` reads it."""
    return json.dumps(asdict(share))


def read_share(text: str) -> CameraShare:
    """Read what `write_share` wrote."""
    return CameraShare(**json.loads(text))
