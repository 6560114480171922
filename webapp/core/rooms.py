"""Rooms: cameras whose pictures come from the browsers of those who join, each with a tile."""

import math
import re
from dataclasses import dataclass

ROOM = re.compile(r"browser(?:\s+(?P<most>\d{1,3}))?(?P<counts>\s+counts)?", re.IGNORECASE)
DEFAULT_PARTICIPANTS, MOST_PARTICIPANTS = 25, 50
ROOM_FORM = f"browser, or browser with how many may join (1 to {MOST_PARTICIPANTS}) and counts"
# Large enough that a face is read as well as the share of the picture lets it.
TILE_SIZES_WH = ((4, (640, 360)), (9, (480, 270)), (MOST_PARTICIPANTS, (320, 180)))


@dataclass(frozen=True)
class Room:
    """A room, as the source of its camera says.

    Attributes:
        most: participants at once.
        counts_only: no picture leaves it, only what is counted.
    """

    most: int = DEFAULT_PARTICIPANTS
    counts_only: bool = False

    @property
    def columns(self) -> int:
        """How many tiles stand side by side; the same however many are there, so none moves."""
        return math.ceil(math.sqrt(self.most))

    @property
    def tile_wh(self) -> tuple[int, int]:
        """Width and height of a tile in pixels."""
        return next(size for most, size in TILE_SIZES_WH if self.most <= most)

    @property
    def width_px(self) -> int:
        """How wide the picture of all tiles is."""
        return self.columns * self.tile_wh[0]

    def tile_xy(self, place: int) -> tuple[int, int]:
        """Return where the tile of a place begins, in pixels; places count from 0."""
        width, height = self.tile_wh
        return place % self.columns * width, place // self.columns * height

    def place_at(self, x: float, y: float) -> int:
        """Return the place whose tile a point of the picture lies in."""
        width, height = self.tile_wh
        return int(y // height) * self.columns + int(x // width)


def is_room(source: str) -> bool:
    """Return whether a source of `CAMERAS` is meant as a room."""
    return source.lower() == "browser" or source.lower().startswith("browser ")


def parse_room(source: str) -> Room:
    """Read a room such as `browser 25 counts`.

    Raises:
        ValueError: says what was expected.
    """
    found = ROOM.fullmatch(source)
    most = int(found["most"] or DEFAULT_PARTICIPANTS) if found else 0
    if not found or not 1 <= most <= MOST_PARTICIPANTS:
        raise ValueError(ROOM_FORM)
    return Room(most, bool(found["counts"]))


class Places:
    """Gives each participant of a room a place of their own, the first that is free."""

    # What was read in a place of somebody who left must not reach who comes next.
    KEPT_FREE_S = 5.0

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: dict[str, int] = {}
        self._left_at_s: dict[int, float] = {}

    def of(self, participant: str) -> int | None:
        """Return somebody's place, None for who has none."""
        return self._taken.get(participant)

    def enter(self, participant: str, now_s: float) -> bool:
        """Give somebody a place; False when none is free."""
        if participant in self._taken:
            return True
        taken = set(self._taken.values())
        free = (place for place in range(self._most) if place not in taken)
        place = next((each for each in free if self._is_free(each, now_s)), None)
        if place is None:
            return False
        self._taken[participant] = place
        return True

    def leave(self, participant: str, now_s: float) -> None:
        """Take somebody's place back."""
        place = self._taken.pop(participant, None)
        if place is not None:
            self._left_at_s[place] = now_s

    def participants(self) -> dict[int, str]:
        """Return who is there, by place."""
        return {place: participant for participant, place in self._taken.items()}

    def _is_free(self, place: int, now_s: float) -> bool:
        return now_s - self._left_at_s.get(place, -math.inf) >= self.KEPT_FREE_S


@dataclass(frozen=True)
class Fit:
    """How a picture lies within its tile: shrunk or enlarged as a whole, in the middle.

    Attributes:
        scale: pixels of the tile for each of the picture.
        left: where the picture begins in the tile, in pixels.
        top: likewise.
    """

    scale: float
    left: int
    top: int
    width: int
    height: int


def fit_into(width: int, height: int, tile_wh: tuple[int, int]) -> Fit:
    """Return how a picture of a size lies within a tile."""
    scale = min(tile_wh[0] / width, tile_wh[1] / height)
    shown_wh = max(1, round(scale * width)), max(1, round(scale * height))
    left, top = ((tile_wh[axis] - shown_wh[axis]) // 2 for axis in (0, 1))
    return Fit(scale, left, top, *shown_wh)
