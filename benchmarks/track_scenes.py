"""Scripted faces for the benchmark of tracks, as boxes: who sits, turns, walks past, takes a seat.

A face moves as its script says and wanders a little, as those of the clips do; the detector adds
jitter, misses single faces and stretches of them, and sees nothing behind somebody who is nearer.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

# Who a found face is, where it is none.
NOBODY = -1
SIZE_WH = (1280, 720)
DURATION_S, LONG_S = 16.0, 28.0
TURNED_S = 5.0
# Of somebody who leaves or comes so much is seen between the seat and turning away.
WALK_SEEN_S = (0.5, 2.5)
# In the clips a face moves 1 % of its width from frame to frame, and 4 to 19 % within a second.
JITTER, WANDER, WANDER_S = 0.01, 0.1, 1.0
MISSED, MISSED_IN_MOTION = 0.02, 0.1
GAPS_A_SECOND, GAP_S = 0.05, (0.2, 0.7)
HEIGHT_OF_WIDTH = 1.3


@dataclass(frozen=True)
class Face:
    """One person's face over T moments.

    Attributes:
        centres_xy: (T, 2) px.
        widths: (T,) px; the wider face is the nearer one.
        is_shown: (T,) whether it is turned to the camera.
    """

    centres_xy: np.ndarray
    widths: np.ndarray
    is_shown: np.ndarray

    def moved(self, by_widths_xy: np.ndarray) -> "Face":
        """Return it moved by so many of its widths at each moment, (T, 2)."""
        return replace(self, centres_xy=self.centres_xy + self.widths[:, None] * by_widths_xy)

    def hidden(self, moments: np.ndarray) -> "Face":
        """Return it not shown at the moments of a mask (T,)."""
        return replace(self, is_shown=self.is_shown & ~moments)


@dataclass(frozen=True)
class Detections:
    """What a detector finds in one frame.

    Attributes:
        boxes_xyxy: (N, 4) float32; N may be 0.
        people: (N,) whose face each is, counted from 0; `NOBODY` for none.
    """

    boxes_xyxy: np.ndarray
    people: np.ndarray


Script = Callable[[np.ndarray, np.random.Generator], list[Face]]


def scripts() -> dict[str, Script]:
    """Return every kind of scene by name."""
    return {
        "turn of 5 s": lambda t, r: _turn(t, r, TURNED_S),
        "passed in front of": _passed,
        "walkers cross": _crossing,
        "exchange, both seen": lambda t, r: _exchange(t, r, (True, True)),
        "exchange, leaver unseen": lambda t, r: _exchange(t, r, (False, True)),
        "exchange, newcomer unseen": lambda t, r: _exchange(t, r, (True, False)),
        "exchange, neither seen": lambda t, r: _exchange(t, r, (False, False)),
    }


def memory_scripts() -> dict[str, Script]:
    """Return the scenes of `LONG_S` that tell how long a place is worth remembering."""
    return {
        "turns survived": lambda t, r: _turn(t, r, r.uniform(2, 20)),
        "exchanges told apart, neither seen": lambda t, r: _exchange(
            t, r, (False, False), r.uniform(3, 20)
        ),
        "exchanges told apart, leaver unseen": lambda t, r: _exchange(
            t, r, (False, True), r.uniform(3, 20)
        ),
    }


def play(script: Script, fps: float, seed: int, lasting_s: float = DURATION_S) -> list[Detections]:
    """Return what a detector finds in a scene, frame by frame."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(0, lasting_s, 1 / fps)
    faces = [_wandering(face, fps, rng) for face in script(times_s, rng)]
    found = np.stack([_found(face, fps, rng) for face in faces], axis=1) & ~_covered(faces)
    boxes = np.stack([_boxes(face, rng) for face in faces], axis=1)
    return [_shuffled(boxes[row], found[row], rng) for row in range(len(times_s))]


def _shuffled(boxes: np.ndarray, found: np.ndarray, rng: np.random.Generator) -> Detections:
    people = rng.permutation(np.flatnonzero(found))
    return Detections(boxes[people].astype(np.float32), people)


def _seated(times_s: np.ndarray, rng: np.random.Generator) -> list[Face]:
    """Seat three people side by side."""
    width, shown = rng.uniform(50, 110), np.ones(len(times_s), bool)
    lefts = SIZE_WH[0] / 2 + width * rng.uniform(1.8, 3.5) * np.arange(-1, 2)
    centres = [(left, SIZE_WH[1] / 2 + width * rng.uniform(-0.4, 0.4)) for left in lefts]
    widths = width * rng.uniform(0.85, 1.15, 3)
    return [
        Face(np.tile(centre, (len(times_s), 1)), np.full(len(times_s), wide), shown)
        for centre, wide in zip(centres, widths, strict=True)
    ]


def _turn(times_s: np.ndarray, rng: np.random.Generator, turned_s: float) -> list[Face]:
    """One of three turns away or looks down."""
    first, *others = _seated(times_s, rng)
    from_s = rng.uniform(2, 2.5)
    return [*others, _turned(first, times_s, (from_s, from_s + turned_s), rng)]


def _turned(
    face: Face, times_s: np.ndarray, away_s: tuple[float, float], rng: np.random.Generator
) -> Face:
    """Let a face vanish and come back: at once, sideways with the head, or down."""
    lasts_s = rng.uniform(0.3, 0.8)
    sideways = np.array([rng.choice([-1, 1]) * rng.uniform(0.1, 0.4), 0.0])
    down = np.array([0.0, rng.uniform(0.2, 0.9)])
    travel = (np.zeros(2), sideways, down)[rng.integers(3)]
    gone = _eased((times_s - away_s[0]) / lasts_s + 1)
    back = 1 - _eased((times_s - away_s[1]) / lasts_s)
    part = np.where(times_s < away_s[0], gone, back)
    after = (times_s >= away_s[0])[:, None] * rng.normal(0, 0.12, 2)
    moved = face.moved(part[:, None] * travel + after)
    # The box of a face that looks aside or down is smaller.
    moved = replace(moved, widths=moved.widths * (1 - part * rng.uniform(0, 0.2)))
    return moved.hidden((times_s >= away_s[0]) & (times_s < away_s[1]))


def _passed(times_s: np.ndarray, rng: np.random.Generator) -> list[Face]:
    """Somebody nearer walks past three who sit."""
    seated = _seated(times_s, rng)
    width = seated[0].widths[0] * rng.uniform(1.15, 1.8)
    return [*seated, _walker(times_s, rng, width, rng.choice([-1, 1]))]


def _crossing(times_s: np.ndarray, rng: np.random.Generator) -> list[Face]:
    """Two people walk past each other, one behind the other."""
    width = rng.uniform(50, 110)
    first = _walker(times_s, rng, width, 1)
    return [first, _walker(times_s, rng, width * rng.uniform(0.6, 0.95), -1)]


def _walker(times_s: np.ndarray, rng: np.random.Generator, width: float, way: int) -> Face:
    speed, middle_s = way * rng.uniform(3, 9) * width, rng.uniform(5, 6)
    lefts = SIZE_WH[0] / 2 + speed * (times_s - middle_s)
    tops = np.full(len(times_s), SIZE_WH[1] / 2 - rng.uniform(0, 0.8) * width)
    face = Face(np.stack([lefts, tops], axis=1), np.full(len(times_s), width), tops > 0)
    return _in_view(face)


def _in_view(face: Face) -> Face:
    lefts = face.centres_xy[:, 0]
    return face.hidden((lefts < 0) | (lefts > SIZE_WH[0]))


def _exchange(
    times_s: np.ndarray,
    rng: np.random.Generator,
    is_seen: tuple[bool, bool],
    empty_s: float | None = None,
) -> list[Face]:
    """One of three leaves, another person takes the seat.

    Who is not seen turns away in the seat first, or sits down before the face turns to the camera.

    Args:
        is_seen: whether the leaver is seen going, and the newcomer coming.
        empty_s: how long no face is in the seat.
    """
    seat, *others = _seated(times_s, rng)
    leaves_s = rng.uniform(3, 4)
    sits_s = leaves_s + (empty_s or rng.uniform(3, 8))
    other_seat = replace(seat, widths=seat.widths * rng.normal(1, 0.1))
    other_seat = other_seat.moved(np.tile(rng.normal(0, 0.15, 2), (len(times_s), 1)))
    leaver = _turned(seat, times_s, (leaves_s, np.inf), rng)
    comer = _turned(other_seat, times_s, (0, sits_s), rng)
    if is_seen[0]:
        rose_s = leaves_s - rng.uniform(*WALK_SEEN_S)
        leaver = _away(seat, times_s - rose_s, rng).hidden(times_s >= leaves_s)
    if is_seen[1]:
        settled_s = sits_s + rng.uniform(*WALK_SEEN_S)
        comer = _away(other_seat, settled_s - times_s, rng).hidden(times_s < sits_s)
    return [*others, leaver, comer]


def _away(face: Face, walked_s: np.ndarray, rng: np.random.Generator) -> Face:
    """Let a face rise from its seat and walk off, from the moments on where `walked_s` is 0."""
    rises_s, rise, speed = rng.uniform(0.8, 1.4), rng.uniform(2, 3.5), rng.uniform(4, 8)
    since_s = np.maximum(0, walked_s - 0.7 * rises_s)
    aside = rng.choice([-1, 1]) * speed * since_s**2 / (since_s + 0.4)
    up = -rise * _eased(walked_s / rises_s)
    return _in_view(face.moved(np.stack([aside, up], axis=1)))


def _eased(part: np.ndarray) -> np.ndarray:
    part = np.clip(part, 0, 1)
    return part * part * (3 - 2 * part)


def _wandering(face: Face, fps: float, rng: np.random.Generator) -> Face:
    keep = np.exp(-1 / fps / WANDER_S)
    steps = rng.normal(0, np.sqrt(1 - keep**2), (len(face.widths), 3))
    path = np.zeros_like(steps)
    path[0] = rng.normal(size=3)
    for row in range(1, len(steps)):
        path[row] = keep * path[row - 1] + steps[row]
    moved = face.moved(WANDER * path[:, :2])
    return replace(moved, widths=moved.widths * (1 + 0.03 * path[:, 2]))


def _found(face: Face, fps: float, rng: np.random.Generator) -> np.ndarray:
    """Return the moments (T,) at which the detector would find a face that nobody covers."""
    speed = np.linalg.norm(np.diff(face.centres_xy, axis=0, prepend=face.centres_xy[:1]), axis=1)
    is_moving = speed * fps > 2 * face.widths
    missed = rng.random(len(speed)) < np.where(is_moving, MISSED_IN_MOTION, MISSED)
    for start in np.flatnonzero(rng.random(len(speed)) < GAPS_A_SECOND / fps):
        missed[start : start + round(rng.uniform(*GAP_S) * fps)] = True
    return face.is_shown & ~missed


def _covered(faces: list[Face]) -> np.ndarray:
    """Return which faces (T, P) are behind the head or shoulders of somebody nearer."""
    centres = np.stack([face.centres_xy for face in faces], axis=1)
    widths = np.stack([face.widths for face in faces], axis=1)
    shown = np.stack([face.is_shown for face in faces], axis=1)
    aside = np.abs(centres[:, :, None, 0] - centres[:, None, :, 0]) < 0.9 * widths[:, None, :]
    below = centres[:, :, None, 1] > centres[:, None, :, 1] - 0.6 * widths[:, None, :]
    nearer = widths[:, None, :] > widths[:, :, None]
    return (aside & below & nearer & shown[:, None, :]).any(axis=2)


def _boxes(face: Face, rng: np.random.Generator) -> np.ndarray:
    count = len(face.widths)
    centres = face.centres_xy + face.widths[:, None] * rng.normal(0, JITTER, (count, 2))
    widths = face.widths * (1 + rng.normal(0, JITTER, count))
    halves = np.stack([widths, widths * HEIGHT_OF_WIDTH], axis=1) / 2
    return np.concatenate([centres - halves, centres + halves], axis=1)
