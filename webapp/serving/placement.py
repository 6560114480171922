"""Which process holds which camera, kept for a web process that is started anew.

The processes that hold cameras outlive it: a camera that moved would end its alerts and raise them
once more.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from webapp.bus.camera_peer import CameraPeer
from webapp.disk.atomic import replace_files
from webapp.serving.child import PLACEMENT_FILE


@dataclass(frozen=True)
class Placement:
    """The processes and their cameras.

    Attributes:
        holds_rooms: of each process, whether it is for rooms alone.
        cameras: number of the process that holds each camera, by name.
    """

    holds_rooms: Sequence[bool] = (False,)
    cameras: Mapping[str, int] = field(default_factory=dict)


def placement_of(peers: Sequence[CameraPeer]) -> Placement:
    """Return where the cameras are now."""
    cameras = {name: number for number, peer in enumerate(peers) for name in peer.cameras}
    return Placement([peer.holds_rooms for peer in peers], cameras)


def write_placement(folder: Path, placement: Placement) -> None:
    """Keep it as long as the server runs."""
    kept = {"holds_rooms": list(placement.holds_rooms), "cameras": dict(placement.cameras)}
    replace_files({folder / PLACEMENT_FILE: json.dumps(kept).encode()})


def read_placement(folder: Path) -> Placement:
    """Return what was kept; one process without cameras where nothing was."""
    try:
        kept = json.loads((folder / PLACEMENT_FILE).read_bytes())
        return Placement(kept["holds_rooms"], kept["cameras"])
    except (OSError, ValueError, KeyError):
        return Placement()
