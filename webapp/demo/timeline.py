"""The demo clip's timeline: who shows which expression from when to when, and where."""

import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from webapp.core.demo_scene import DemoScene
from webapp.demo import TIMELINE

LONGEST_S = 75.0


@dataclass(frozen=True)
class Shown:
    """One expression held without change; between two of these the face morphs."""

    expression: str
    from_s: float
    until_s: float

    def __post_init__(self) -> None:
        if not self.from_s < self.until_s:
            raise ValueError(f"{self}: expected from_s before until_s")


@dataclass(frozen=True)
class Person:
    """One composite person.

    Attributes:
        centre_xy: rest position of the face's middle, in pixels.
        face_px: side of the square that frames the face as FER-2013 does.
        shows: in order of time; from 0 to the clip's end, where the first comes again.
    """

    name: str
    centre_xy: tuple[float, float]
    face_px: int
    shows: tuple[Shown, ...]

    def __post_init__(self) -> None:
        for earlier, later in pairwise(self.shows):
            if not earlier.until_s < later.from_s:
                raise ValueError(f"{self.name}: expected a morph between {earlier} and {later}")
        if self.shows[0].from_s != 0 or self.shows[0].expression != self.shows[-1].expression:
            raise ValueError(f"{self.name}: expected a loop from 0 s that ends as it begins")

    def truth_at(self, time_s: float) -> str | None:
        """Return the expression held at a time within the clip, None during a morph."""
        for shown in self.shows:
            if shown.from_s <= time_s < shown.until_s:
                return shown.expression
        return None

    def mix_at(self, time_s: float) -> tuple[str, str, float]:
        """Return the expression left, the one approached, and how far that is, in [0, 1]."""
        for shown in self.shows:
            if shown.from_s <= time_s < shown.until_s:
                return shown.expression, shown.expression, 0.0
        for left, next_ in pairwise(self.shows):
            if left.until_s <= time_s < next_.from_s:
                share = (time_s - left.until_s) / (next_.from_s - left.until_s)
                return left.expression, next_.expression, share
        raise ValueError(f"{self.name}: nothing is shown at {time_s} s")


@dataclass(frozen=True)
class Timeline:
    """What the whole clip shows.

    Attributes:
        size_wh: of the picture, in pixels.
        rate_fps: frames per second.
    """

    duration_s: float
    rate_fps: float
    size_wh: tuple[int, int]
    people: tuple[Person, ...]

    def __post_init__(self) -> None:
        if not 0 < self.duration_s <= LONGEST_S:
            raise ValueError(f"expected at most {LONGEST_S} s, got {self.duration_s}")
        for person in self.people:
            if person.shows[-1].until_s != self.duration_s:
                raise ValueError(f"{person.name}: expected to end at {self.duration_s} s")

    @property
    def frame_count(self) -> int:
        """Number of frames in one loop."""
        return round(self.duration_s * self.rate_fps)

    def truth_at(self, time_s: float) -> dict[str, str | None]:
        """Return what everybody shows, by name; None while a face morphs.

        Args:
            time_s: since the clip's start; it loops.
        """
        within_s = time_s % self.duration_s
        return {person.name: person.truth_at(within_s) for person in self.people}


def read_timeline(path: Path = TIMELINE) -> Timeline:
    """Read a timeline's JSON.

    Raises:
        ValueError: the times do not form a loop of at most `LONGEST_S`.
    """
    raw = json.loads(path.read_text())
    people = tuple(_person(entry) for entry in raw["people"])
    width, height = raw["size_wh"]
    return Timeline(raw["duration_s"], raw["rate_fps"], (width, height), people)


def longest_scene(timeline: Timeline, watched: Collection[str]) -> DemoScene | None:
    """Return when most people show the same watched expression at once, the longest of these."""
    shown = Counter(
        each for person in timeline.people for each in person.shows if each.expression in watched
    )
    together = [(count, each.until_s - each.from_s, each) for each, count in shown.items()]
    if not together:
        return None
    count, _, each = max(together, key=lambda entry: entry[:2])
    return DemoScene(
        timeline.duration_s,
        each.from_s,
        each.until_s,
        each.expression,
        count,
        len(timeline.people),
    )


def _person(entry: dict) -> Person:
    x, y = entry["centre_xy"]
    shows = tuple(Shown(*row) for row in entry["shows"])
    return Person(entry["name"], (x, y), entry["face_px"], shows)
