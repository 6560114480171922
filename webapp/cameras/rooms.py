"""The rooms of a process: many browsers' pictures become one, and each learns what was read."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from webapp.cameras.camera import CameraPipeline
from webapp.core.analysed import AnalysedFrame
from webapp.core.camera_setup import CameraSetup
from webapp.core.errors import SourceError
from webapp.core.faces import Faces
from webapp.core.messages import Publish, RoomFace, RoomReadings
from webapp.core.rooms import Fit, Places, Room, fit_into, parse_room

DEFAULT_FPS = 5.0
# So long a room without new pictures shows its newest before it shows them once more.
STILL_INTERVAL_S = 1.0
# Older pictures stand for nobody any more.
SHOWN_FOR_S = 3.0
FORGOTTEN_AFTER_S = 30.0
LOOK_EVERY_S = 0.05
EMPTY_BGR = (44, 36, 32)
NOT_READ = "not read"
Decode = Callable[[bytes, tuple[int, int]], np.ndarray | None]


@dataclass
class Tile:
    """The newest picture of one participant.

    Attributes:
        image_bgr: decoded and fitted, once it was needed; None before, and when it is damaged.
    """

    encoded: bytes | None
    size_wh: tuple[int, int]
    came_at_s: float
    image_bgr: np.ndarray | None = None


class RoomPictures:
    """The newest pictures of a room; taken from one thread, put together in another."""

    def __init__(self, room: Room, decode: Decode) -> None:
        """Start empty.

        Args:
            decode: returns a picture (H, W, 3) uint8 BGR of the size asked for; None for what is
                none.
        """
        self.room, self._decode = room, decode
        self._changed = threading.Condition()
        self._places = Places(room.most)
        self._tiles: dict[str, Tile] = {}
        self._is_new, self._is_closed = False, False

    def put(self, participant: str, picture: bytes, size_wh: tuple[int, int]) -> bool:
        """Take somebody's newest picture; False while no place is free, or it is closed."""
        now_s = time.monotonic()
        with self._changed:
            if self._is_closed or not self._places.enter(participant, now_s):
                return False
            self._tiles[participant] = Tile(picture, size_wh, now_s)
            self._is_new = True
            self._changed.notify_all()
        return True

    def leave(self, participant: str) -> None:
        """Forget somebody and their picture."""
        with self._changed:
            self._tiles.pop(participant, None)
            self._places.leave(participant, time.monotonic())
            self._is_new = True
            self._changed.notify_all()

    def close(self) -> None:
        """Forget every picture, and take none any more."""
        with self._changed:
            self._is_closed = True
            self._tiles.clear()

    def wait_for_new(self, within_s: float) -> None:
        """Wait until somebody sent a picture or left, or for so long."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_new, within_s)
            self._is_new = False

    def participants(self) -> dict[int, str]:
        """Return who is there, by place."""
        with self._changed:
            return self._places.participants()

    def fit_of(self, participant: str) -> Fit | None:
        """Return how somebody's picture lies in its tile; None for who has none."""
        tile = self._tiles.get(participant)
        return fit_into(*tile.size_wh, self.room.tile_wh) if tile else None

    def together(self) -> np.ndarray:
        """Return all tiles as one picture (H, W, 3) uint8 BGR, those without a picture empty."""
        shown = self._shown()
        rows = max(shown, default=0) // self.room.columns + 1
        size_hw = rows * self.room.tile_wh[1], self.room.width_px
        image = np.empty((*size_hw, 3), np.uint8)
        image[:] = EMPTY_BGR
        for place, tile in shown.items():
            self._lay(image, place, tile)
        return image

    def _shown(self) -> dict[int, Tile]:
        now_s = time.monotonic()
        with self._changed:
            ages_s = {who: now_s - tile.came_at_s for who, tile in self._tiles.items()}
            for who in [who for who, age_s in ages_s.items() if age_s > FORGOTTEN_AFTER_S]:
                del self._tiles[who]
                self._places.leave(who, now_s)
            there = self._places.participants()
            return {
                place: self._tiles[who]
                for place, who in there.items()
                if ages_s.get(who, SHOWN_FOR_S) < SHOWN_FOR_S
            }

    def _lay(self, image: np.ndarray, place: int, tile: Tile) -> None:
        fit, (x, y) = fit_into(*tile.size_wh, self.room.tile_wh), self.room.tile_xy(place)
        if tile.encoded is not None:
            tile.image_bgr = self._decode(tile.encoded, (fit.width, fit.height))
            tile.encoded = None
        if tile.image_bgr is not None:
            left, top = x + fit.left, y + fit.top
            image[top : top + fit.height, left : left + fit.width] = tile.image_bgr


class RoomSource:
    """A room as a camera; nobody in it is no failure. Implements `core.ports.PictureSource`."""

    frame_interval_s: float | None = None

    def __init__(self, pictures: RoomPictures, fps: float) -> None:
        """Begin with what comes from now on."""
        self._pictures, self._interval_s = pictures, 1.0 / fps
        self._read_at_s = 0.0

    def read(self) -> np.ndarray:
        """Return all tiles as one picture, when its time has come and there is something new."""
        time.sleep(max(0.0, self._read_at_s + self._interval_s - time.monotonic()))
        self._pictures.wait_for_new(STILL_INTERVAL_S)
        self._read_at_s = time.monotonic()
        return self._pictures.together()

    def close(self) -> None:
        """Forget every picture."""
        self._pictures.close()


class RoomDesk:
    """All rooms of a process; implements `core.ports.LiveRooms`."""

    def __init__(self, decode: Decode) -> None:
        """Prepare.

        Args:
            decode: see `RoomPictures`.
        """
        self._decode = decode
        self._rooms: dict[str, RoomPictures] = {}

    def opener(self, setup: CameraSetup) -> Callable[[], RoomSource]:
        """Return what opens a room, which is this camera from now on; raises SourceError then."""

        def open_room() -> RoomSource:
            try:
                room = parse_room(setup.source or "")
            except ValueError as error:
                raise SourceError(f"expected {error}.") from error
            pictures = self._rooms[setup.name] = RoomPictures(room, self._decode)
            return RoomSource(pictures, setup.most_fps or DEFAULT_FPS)

        return open_room

    def put_picture(
        self, camera: str, participant: str, picture: bytes, size_wh: tuple[int, int]
    ) -> None:
        """Take a participant's newest picture; raises KeyError where there is no such room."""
        self._rooms[camera].put(participant, picture, size_wh)

    def leave(self, camera: str, participant: str) -> None:
        """Forget a participant; raises KeyError where there is no such room."""
        self._rooms[camera].leave(participant)

    def run(
        self,
        cameras: Callable[[], Sequence[CameraPipeline]],
        publish: Publish,
        stop: threading.Event,
    ) -> None:
        """Publish what was read in each room, until stopped."""
        seen: dict[str, int] = {}
        while not stop.wait(LOOK_EVERY_S):
            rooms = self._rooms
            for camera in cameras() if rooms else ():
                newest = camera.analysed.newest() if camera.name in rooms else None
                if newest and seen.get(camera.name) != newest.version:
                    seen[camera.name] = newest.version
                    fps = camera.analysis.rate.per_second(time.monotonic())
                    read = readings(rooms[camera.name], newest.value)
                    publish(RoomReadings(camera.name, read, fps))


def readings(pictures: RoomPictures, analysed: AnalysedFrame) -> Mapping[str, tuple[RoomFace, ...]]:
    """Return each participant's faces, in shares of their own picture."""
    there, predictions = pictures.participants(), analysed.predictions
    found: dict[str, list[RoomFace]] = {who: [] for who in there.values()}
    for row, box_xyxy in enumerate(analysed.faces.boxes_xyxy):
        best = int(predictions.probabilities[row].argmax())
        label = "uncertain" if predictions.uncertain[row] else predictions.classes[best]
        probability = float(predictions.probabilities[row, best])
        _note(found, pictures, there, box_xyxy, label, probability)
    for box_xyxy in (analysed.unread or Faces.empty()).boxes_xyxy:
        _note(found, pictures, there, box_xyxy, NOT_READ, 0.0)
    return {who: tuple(faces) for who, faces in found.items()}


def _note(
    found: dict[str, list[RoomFace]],
    pictures: RoomPictures,
    there: Mapping[int, str],
    box_xyxy: np.ndarray,
    label: str,
    probability: float,
) -> None:
    x0, y0, x1, y1 = (float(edge) for edge in box_xyxy)
    place = pictures.room.place_at((x0 + x1) / 2, (y0 + y1) / 2)
    who = there.get(place)
    fit = pictures.fit_of(who) if who else None
    if who is None or fit is None:
        return
    x, y = pictures.room.tile_xy(place)
    left, top = x + fit.left, y + fit.top
    shares = (
        (x0 - left) / fit.width,
        (y0 - top) / fit.height,
        (x1 - left) / fit.width,
        (y1 - top) / fit.height,
    )
    box = tuple(round(min(1.0, max(0.0, share)), 4) for share in shares)
    found[who].append(RoomFace(box, label, round(probability, 3)))
