"""Which cameras a process has."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class CameraShare:
    """Which of the server's cameras a process has.

    Attributes:
        others: names of those that other processes have.
        is_first: whether it also does what is done once: sends messages, deletes what is too old,
            and closes the alerts of cameras that nobody has any more.
        cores: how many frames it analyses at once.
    """

    others: frozenset[str] = frozenset()
    is_first: bool = True
    cores: int | None = None


ALL_CAMERAS = CameraShare()


def write_share(share: CameraShare) -> str:
    """Return a share as an argument; `read_share` reads it."""
    return json.dumps(asdict(share) | {"others": sorted(share.others)})


def read_share(text: str) -> CameraShare:
    """Read what `write_share` wrote."""
    said = json.loads(text)
    return CameraShare(**said | {"others": frozenset(said["others"])})
