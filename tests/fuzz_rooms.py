"""What a participant of a room may send, damaged by the thousand: taken or dropped, in time.

python -m tests.fuzz_rooms [--cases 5000] [--seed 1]

Messages go the whole way from the limits to the picture of the room. Beside the one who sends them
sits somebody whose tile must stay as it is.
"""

import json
from functools import partial

import cv2
import numpy as np
from PIL import Image

from tests.damaged_files import Figures, damaged, main, run_cases
from tests.files.pictures import animation, encode
from webapp.cameras.rooms import RoomPictures
from webapp.core.room_limits import Judged, ParticipantLimits
from webapp.core.rooms import Room
from webapp.vision.participant_picture import decode_fitted

CASES = 5000
ROOM, TILE_WH = Room(4), (640, 360)


class Dropped(Exception):
    """A message was dropped, with a reason."""


def fuzz(cases: int, seed: int) -> Figures:
    """Send damaged messages; returns the figures of `run_cases`."""
    pictures, limits = RoomPictures(ROOM, decode_fitted), ParticipantLimits(0.0)
    return run_cases(partial(_send, pictures, limits), Dropped, damaged(files(), cases, seed))


def _send(pictures: RoomPictures, limits: ParticipantLimits, data: bytes, number: int) -> None:
    judged: Judged = limits.judge(data, float(number))
    json.dumps(judged.fault)
    pictures.put("neighbour", _white(), TILE_WH)
    if judged.size_wh:
        pictures.put("attacker", data, judged.size_wh)
    image = pictures.together()
    assert image.dtype == np.uint8 and image.shape[1:] == (ROOM.width_px, 3)
    assert (image[: TILE_WH[1], : TILE_WH[0]] == 255).all(), "the neighbour's picture changed"
    if judged.size_wh is None:
        assert judged.fault.startswith("The picture was dropped: ")
        raise Dropped(judged.fault)


def _white() -> bytes:
    return cv2.imencode(".jpg", np.full((36, 64, 3), 255, np.uint8))[1].tobytes()


def files() -> list[bytes]:
    """Return whole pictures of the formats that are taken, and of some that are not."""
    noise = np.random.default_rng(0).integers(0, 256, (180, 320, 3), np.uint8)
    image = Image.fromarray(noise)
    taken = [encode(image, kind) for kind in ("JPEG", "WEBP", "JPEG", "WEBP")]
    return [*taken, encode(image, "PNG"), animation("WEBP"), b'{"kind": "stop"}']


if __name__ == "__main__":
    main(__doc__, fuzz, CASES)
