"""Scripted crews for the alert benchmark: who shows what, when, and what should come of it.

The faces are those of the demo clip, which belong to nobody: each seat shows one of its people,
perhaps mirrored, at a moment of the clip where that person shows the wanted expression.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np

from benchmarks.clips import frames
from webapp.demo import CLIP
from webapp.demo.timeline import Person

RATE_FPS = 5
CLIP_FPS = 15
SEAT_HALF_PX = 112
WALL_BGR = (118, 122, 126)
DURATION_S = 60
# The truth: at least this share of the people in view, for at least so long, is worth an alert.
TRUE_SHARE = 0.45
TRUE_S = 20.0
WATCHED = ("angry", "fear")


@dataclass(frozen=True)
class Act:
    """One seat shows one expression for a while; a seat without an act is empty."""

    seat: int
    expression: str
    from_s: float
    until_s: float


@dataclass(frozen=True)
class Scene:
    """A minute with a crew.

    Attributes:
        noise: standard deviation of the camera's noise, grey levels.
        light: exponent of the exposure; above 1 is darker.
        hands: (seat, from_s, until_s) with something before the mouth.
        is_set_aside: not used when defaults are chosen.
    """

    name: str
    acts: tuple[Act, ...]
    noise: float = 3.0
    light: float = 1.0
    hands: tuple[tuple[int, float, float], ...] = ()
    is_set_aside: bool = False
    seed: int = 0

    def true_share(self, time_s: float) -> float:
        """Return the share of the people in view who show a watched expression, by script."""
        shown = [a.expression for a in self.acts if a.from_s <= time_s < a.until_s]
        return sum(name in WATCHED for name in shown) / max(1, len(shown))

    def true_starts_s(self) -> list[float]:
        """Return when each stretch worth an alert begins."""
        times = np.arange(0, DURATION_S, 0.5)
        held = np.array([self.true_share(time_s) >= TRUE_SHARE for time_s in times])
        edges = np.flatnonzero(np.diff(held, prepend=False, append=False))
        stretches = zip(edges[::2], edges[1::2], strict=True)
        return [float(times[a]) for a, b in stretches if (b - a) / 2 >= TRUE_S]


def crew(*expressions: str, until_s: float = DURATION_S) -> tuple[Act, ...]:
    """Seat people who keep one expression."""
    return tuple(Act(seat, name, 0.0, until_s) for seat, name in enumerate(expressions))


def spell(seat: int, expression: str, from_s: float, until_s: float) -> tuple[Act, ...]:
    """Let a neutral person show an expression for a while."""
    return (
        Act(seat, "neutral", 0.0, from_s),
        Act(seat, expression, from_s, until_s),
        Act(seat, "neutral", until_s, DURATION_S),
    )


def _grimaces(seat: int, expression: str, lasting_s: float, rng: np.random.Generator) -> list[Act]:
    acts, time_s = [], 0.0
    while time_s < DURATION_S:
        calm_until_s = time_s + rng.uniform(8, 12)
        acts.append(Act(seat, "neutral", time_s, calm_until_s))
        time_s = calm_until_s + lasting_s
        acts.append(Act(seat, expression, calm_until_s, time_s))
    return acts


Script = Callable[[np.random.Generator], Scene]


def scripts() -> dict[str, Script]:
    """Return every script by name; each is played twice, differently, once set aside."""
    return {
        "two of four angry": lambda r: _spells(r, {0: "angry", 1: "angry"}, ("neutral", "neutral")),
        "one alone angry": lambda r: _spells(r, {0: "angry"}, ()),
        "one of two afraid": lambda r: _spells(r, {0: "fear"}, ("neutral",)),
        "all three angry": lambda r: _spells(r, {0: "angry", 1: "angry", 2: "angry"}, ()),
        "angry in the dark": lambda r: _spells(
            r, {0: "angry", 1: "angry"}, ("neutral",), light=1.8, noise=7.0
        ),
        "angry, hands before faces": lambda r: _with_hands(
            _spells(r, {0: "angry", 1: "angry"}, ("neutral", "happy")), r
        ),
        "angry and afraid": lambda r: _spells(r, {0: "angry", 1: "fear"}, ("neutral", "sad")),
        "angry, one leaves": _one_leaves,
        "calm": lambda r: Scene("", crew("neutral", "neutral", "happy", "neutral")),
        "sad": lambda r: Scene("", crew("sad", "sad", "neutral")),
        "cheerful": lambda r: Scene("", crew("happy", "happy", "surprise", "neutral")),
        "surprised": lambda r: Scene("", crew("surprise", "surprise", "neutral")),
        "calm in the dark": lambda r: Scene("", crew("neutral", "neutral"), light=1.8, noise=7.0),
        "calm, hands before faces": lambda r: _with_hands(
            Scene("", crew("neutral", "neutral", "happy")), r
        ),
        "all grimace for five seconds": lambda r: _all_grimace(r, 5.0),
        "one of four grimaces again and again": lambda r: Scene(
            "",
            (*_grimaces(0, "angry", 8.0, r), *_from_seat(1, "neutral", "neutral", "happy")),
        ),
        "coming and going": _coming_and_going,
        "alone and calm": lambda r: Scene("", crew("neutral")),
    }


def scenes() -> list[Scene]:
    """Return all scenes: every script once to choose by, once set aside."""
    return [
        _varied(name, script, seed=2 * place + is_set_aside, is_set_aside=is_set_aside)
        for is_set_aside in (False, True)
        for place, (name, script) in enumerate(scripts().items())
    ]


def _varied(name: str, script: Script, seed: int, is_set_aside: bool) -> Scene:
    rng = np.random.default_rng(seed)
    scene = script(rng)
    return Scene(
        name=name,
        acts=scene.acts,
        noise=scene.noise + rng.uniform(0, 3),
        light=scene.light * rng.uniform(0.85, 1.2),
        hands=scene.hands,
        is_set_aside=is_set_aside,
        seed=seed,
    )


def _from_seat(first: int, *expressions: str) -> tuple[Act, ...]:
    return tuple(
        Act(seat, name, 0.0, DURATION_S) for seat, name in enumerate(expressions, start=first)
    )


def _spells(
    rng: np.random.Generator, angry: dict[int, str], others: tuple[str, ...], **look: float
) -> Scene:
    start_s, lasting_s = rng.uniform(8, 14), rng.uniform(28, 36)
    acts = [
        act
        for seat, name in angry.items()
        for act in spell(seat, name, start_s, start_s + lasting_s)
    ]
    return Scene("", (*acts, *_from_seat(len(angry), *others)), **look)


def _one_leaves(rng: np.random.Generator) -> Scene:
    leaves_s = rng.uniform(22, 28)
    return Scene(
        "",
        (
            *spell(0, "angry", 8.0, 44.0),
            *spell(1, "angry", 8.0, 44.0),
            Act(2, "neutral", 0.0, leaves_s),
            Act(3, "neutral", leaves_s + 3, DURATION_S),
        ),
    )


def _all_grimace(rng: np.random.Generator, lasting_s: float) -> Scene:
    return Scene("", tuple(a for s in range(3) for a in _grimaces(s, "angry", lasting_s, rng)))


def _coming_and_going(rng: np.random.Generator) -> Scene:
    acts = []
    for seat in range(4):
        comes_s = rng.uniform(0, 20)
        acts.append(Act(seat, rng.choice(["neutral", "happy"]), comes_s, comes_s + 25))
    return Scene("", tuple(acts))


def _with_hands(scene: Scene, rng: np.random.Generator) -> Scene:
    hands = tuple((int(rng.integers(0, 2)), start, start + 2.0) for start in (12.0, 20.0, 28.0))
    return Scene(scene.name, scene.acts, scene.noise, scene.light, hands)


@dataclass
class Stage:
    """Renders scenes from the people of the demo clip."""

    people: tuple[Person, ...]
    _frames: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._frames = list(frames(CLIP, every=CLIP_FPS // RATE_FPS))

    def play(self, scene: Scene) -> Iterator[np.ndarray]:
        """Yield the frames of a scene, (540, 960, 3) uint8 BGR, `RATE_FPS` a second."""
        rng = np.random.default_rng(scene.seed)
        cast = {act: self._actor(act, rng) for act in scene.acts}
        for number in range(DURATION_S * RATE_FPS):
            yield self._picture(scene, cast, number / RATE_FPS, rng)

    def _actor(self, act: Act, rng: np.random.Generator) -> tuple[Person, float, float, bool]:
        """Cast somebody who shows the expression in the clip: who, from and until when, mirrored.

        One person keeps a seat where the clip allows it.
        """
        able = [
            (person, shown)
            for person in self.people
            for shown in person.shows
            if shown.expression == act.expression and shown.until_s - shown.from_s >= 3
        ]
        person, shown = able[(act.seat + int(rng.integers(0, 2))) % len(able)]
        return person, shown.from_s + 0.5, shown.until_s - 0.5, bool(act.seat % 2)

    def _picture(
        self, scene: Scene, cast: dict, time_s: float, rng: np.random.Generator
    ) -> np.ndarray:
        picture = np.full_like(self._frames[0], WALL_BGR)
        for act in scene.acts:
            if act.from_s <= time_s < act.until_s:
                self._seat(picture, act, cast[act], time_s)
        for seat, from_s, until_s in scene.hands:
            if from_s <= time_s < until_s:
                left = 240 * seat + 40
                cv2.rectangle(picture, (left, 290), (left + 160, 340), (90, 120, 160), -1)
        exposures = 255.0 * (np.arange(256) / 255.0) ** scene.light
        return np.clip(
            exposures[picture] + rng.normal(0, scene.noise, picture.shape), 0, 255
        ).astype(np.uint8)

    def _seat(self, picture: np.ndarray, act: Act, cast: tuple, time_s: float) -> None:
        person, from_s, until_s, is_mirrored = cast
        source_s = from_s + (time_s - act.from_s) % (until_s - from_s)
        frame = self._frames[min(int(source_s * RATE_FPS), len(self._frames) - 1)]
        centre = int(person.centre_xy[0])
        column = frame[:, max(0, centre - SEAT_HALF_PX) : centre + SEAT_HALF_PX]
        column = column[:, ::-1] if is_mirrored else column
        left = 240 * act.seat + 8
        picture[:, left : left + column.shape[1]] = column
