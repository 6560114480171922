"""What a process that holds cameras does of the work of all."""

import json
from dataclasses import asdict, dataclass


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
# Tells a camera process its cameras of the start; no setting.
CAMERAS_VARIABLE = "EVENKEEL_CAMERAS"


def write_share(share: CameraShare) -> str:
    """Return a share as an argument; `read_share` reads it."""
    return json.dumps(asdict(share))


def read_share(text: str) -> CameraShare:
    """Read what `write_share` wrote."""
    return CameraShare(**json.loads(text))
