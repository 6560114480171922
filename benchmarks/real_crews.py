"""Crews of real people for `benchmarks.alerts`: still faces in front of a camera that is none.

Every face keeps its seat and moves, ages and shrinks as a camera would show it: it sways and nods,
light changes, the picture is noisy and compressed. What does not change is the expression, so
whatever the indicator does within an act comes of the camera and of the network.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from webapp.config import Settings
from webapp.core.ports import Detector
from webapp.training.pictures import picture_paths
from webapp.vision.detector import build_detector

RATE_FPS = 2.0
CREW_S, MINUTE_S = 120.0, 60.0
ALARMING = ("angry", "fear")
CALM = ("neutral", "happy", "sad", "surprise")
CREW_SIZES = range(1, 7)
FACE_PX = (40.0, 120.0)
SEATS_XY = ((107, 120), (320, 360), (533, 120), (107, 360), (320, 120), (533, 360))
PICTURE_WH = (640, 480)
HALF_SEAT_PX = 106
WALL_GREY = 120
NOISE_PICTURES = 8
# Pictures of whole heads are cut by the detector's box; FER-2013's show little beyond the face.
MARGIN = 0.35


@dataclass(frozen=True)
class Act:
    """One seat shows one picture for a while, but not while another has the seat."""

    seat: int
    picture: Path
    from_s: float
    until_s: float
    away_s: tuple[float, float] = (0.0, 0.0)

    def is_on(self, now_s: float) -> bool:
        """Return whether the picture is shown."""
        is_away = self.away_s[0] <= now_s < self.away_s[1]
        return self.from_s <= now_s < self.until_s and not is_away


@dataclass(frozen=True)
class Play:
    """Some minutes with a crew.

    Attributes:
        kind: what is played: begins with "calm" or "alarmed".
        size: people in view.
        alarm_s: from when to when an alert is due; None where none is.
        is_set_aside: not used when defaults are chosen.
    """

    kind: str
    size: int
    acts: tuple[Act, ...]
    lasts_s: float
    alarm_s: tuple[float, float] | None
    is_set_aside: bool
    seed: int

    @property
    def is_calm_again(self) -> bool:
        """True where all are calm for a while after an alert was due."""
        return self.alarm_s is not None and self.alarm_s[1] < self.lasts_s

    def alarmed_seen(self, boxes_xyxy: np.ndarray, now_s: float) -> list[bool]:
        """Return for everybody who is alarmed now whether one of the boxes (N, 4) is theirs."""
        from_s, until_s = self.alarm_s or (0.0, 0.0)
        if not from_s <= now_s < until_s:
            return []
        middles_xy = (boxes_xyxy[:, :2] + boxes_xyxy[:, 2:]) / 2
        return [
            bool((np.abs(middles_xy - SEATS_XY[act.seat]) < HALF_SEAT_PX).all(axis=1).any())
            for act in self.acts
            if act.picture.parent.name in ALARMING and act.is_on(now_s)
        ]


@dataclass(frozen=True)
class Half:
    """The pictures of one half, by class, each a person of its own."""

    pictures: dict[str, list[Path]]
    is_set_aside: bool

    def draw(self, rng: np.random.Generator, classes: Sequence[str], count: int) -> list[Path]:
        """Draw pictures, each once, in the classes' shares of the set."""
        every = [path for name in classes for path in self.pictures.get(name, ())]
        return [every[place] for place in rng.permutation(len(every))[:count]]


def halves(folder: Path, detector: Detector) -> tuple[Half, Half]:
    """Split the pictures of class folders in two, the same way every time.

    Pictures without a face that the detector finds, large and undisturbed, are left out: what it
    misses is measured elsewhere, and nothing that comes after it can mend it.
    """
    parts: tuple[dict[str, list[Path]], dict[str, list[Path]]] = ({}, {})
    for name in (*ALARMING, *CALM):
        every = sorted(picture_paths(folder / name)) if (folder / name).is_dir() else []
        paths = [path for path in every if has_face(path, detector)]
        order = np.random.default_rng(0).permutation(len(paths))
        for part, rows in zip(parts, (order[::2], order[1::2]), strict=True):
            part[name] = [paths[row] for row in rows]
    return Half(parts[0], is_set_aside=False), Half(parts[1], is_set_aside=True)


def has_face(path: Path, detector: Detector) -> bool:
    """Return whether a detector finds anybody in a picture of a face."""
    image = np.clip(framed_portrait(path)[0], 0, 255).astype(np.uint8)
    return len(detector.detect(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR))) > 0


def all_crews(folder: Path, each: int) -> list[Play]:
    """Return the crews of both halves of a folder, see `crews`."""
    settings = Settings()
    detector = build_detector(settings.detector, settings.detect_width, settings.min_face_px)
    return [play for half in halves(folder, detector) for play in crews(half, each)]


def crews(half: Half, each: int) -> Iterator[Play]:
    """Yield, for every size, so many calm crews and half as many of each alarmed kind.

    Who is alarmed after a calm minute is calm again for a minute afterwards.
    """
    for size in CREW_SIZES:
        for number in range(each):
            yield _crew(half, "calm", size, number)
        for number in range(each // 2):
            yield _crew(half, "alarmed from the start", size, number)
            yield _crew(half, "alarmed after a calm minute", size, number)


def _crew(half: Half, kind: str, size: int, number: int) -> Play:
    seed = 1_000 * size + number + 100_000 * half.is_set_aside + 10_000 * len(kind)
    rng = np.random.default_rng(seed)
    calm = [
        Act(seat, picture, 0.0, CREW_S) for seat, picture in enumerate(half.draw(rng, CALM, size))
    ]
    if kind == "calm":
        return Play(kind, size, tuple(calm), CREW_S, None, half.is_set_aside, seed)
    is_calm_around = "after" in kind
    alarm_s = (MINUTE_S if is_calm_around else 0.0, CREW_S)
    lasts_s = CREW_S + MINUTE_S if is_calm_around else CREW_S
    risen = half.draw(rng, ALARMING, max(1, size // 2))
    acts = [Act(seat, picture, *alarm_s) for seat, picture in enumerate(risen)]
    if is_calm_around:
        acts += [replace(act, until_s=lasts_s, away_s=alarm_s) for act in calm[: len(risen)]]
    acts += [replace(act, until_s=lasts_s) for act in calm[len(risen) :]]
    return Play(kind, size, tuple(acts), lasts_s, alarm_s, half.is_set_aside, seed)


def person_plays(folder: Path) -> Iterator[Play]:
    """Yield three minutes per picture of each person: at rest, the picture, at rest again.

    Args:
        folder: holds a folder a person, with class folders in each.
    """
    for place, person in enumerate(sorted(path for path in folder.iterdir() if path.is_dir())):
        rest = sorted(picture_paths(person / "neutral"))
        for name in (*ALARMING, *CALM):
            for number, picture in enumerate(sorted(picture_paths(person / name))):
                others = [path for path in rest if path != picture]
                before, after = others[number % len(others)], others[(number + 1) % len(others)]
                middle_s = MINUTE_S, 2 * MINUTE_S
                acts = (
                    Act(0, before, 0.0, middle_s[0]),
                    Act(0, picture, *middle_s),
                    Act(0, after, middle_s[1], 3 * MINUTE_S),
                )
                alarm_s = middle_s if name in ALARMING else None
                seed = 7_000_000 + 1_000 * place + number
                yield Play(name, 1, acts, 3 * MINUTE_S, alarm_s, bool(place % 2), seed)


class Camera:
    """Shows plays as a camera would see them."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        height, width = PICTURE_WH[1], PICTURE_WH[0]
        self._noises = rng.normal(0, 1, (NOISE_PICTURES, height, width)).astype(np.float32)

    def show(self, play: Play) -> Iterator[np.ndarray]:
        """Yield the pictures of a play, (480, 640, 3) uint8 BGR, `RATE_FPS` a second."""
        rng = np.random.default_rng(play.seed)
        portraits = {act: framed_portrait(act.picture) for act in play.acts}
        moves = {act.seat: _Move.any(rng) for act in play.acts}
        noise, quality = rng.uniform(2, 8), int(rng.integers(40, 81))
        light, drift_s = 2 ** rng.uniform(-0.6, 0.6), rng.uniform(20, 60)
        for number in range(round(play.lasts_s * RATE_FPS)):
            now_s = number / RATE_FPS
            picture = np.full(PICTURE_WH[::-1], WALL_GREY, np.float32)
            for act in play.acts:
                if act.is_on(now_s):
                    moves[act.seat].paste(picture, portraits[act], SEATS_XY[act.seat], now_s)
            gamma = light * (1 + 0.15 * np.sin(2 * np.pi * now_s / drift_s))
            table = (255 * (np.arange(256) / 255) ** gamma).astype(np.float32)
            exposed = table[np.clip(picture, 0, 255).astype(np.uint8)]
            grain = self._noises[int(rng.integers(NOISE_PICTURES))]
            noisy = np.clip(exposed + noise * grain, 0, 255).astype(np.uint8)
            yield _compressed(cv2.cvtColor(noisy, cv2.COLOR_GRAY2BGR), quality)


@dataclass(frozen=True)
class _Move:
    """How one person sits: how large, and how far and fast they sway, lean and tilt."""

    size_px: float
    sway_px: float
    lean: float
    tilt_deg: float
    period_s: np.ndarray
    phase: np.ndarray

    @classmethod
    def any(cls, rng: np.random.Generator) -> "_Move":
        size_px = rng.uniform(*FACE_PX)
        return cls(
            size_px=size_px,
            sway_px=size_px * rng.uniform(0.02, 0.15),
            lean=rng.uniform(0.0, 0.08),
            tilt_deg=rng.uniform(0.0, 8.0),
            period_s=rng.uniform(3, 15, 4),
            phase=rng.uniform(0, 2 * np.pi, 4),
        )

    def paste(
        self,
        picture: np.ndarray,
        portrait: tuple[np.ndarray, np.ndarray, float],
        seat_xy: tuple[int, int],
        now_s: float,
    ) -> None:
        """Lay a portrait (its picture, its mask, its face's side in its pixels) over its seat."""
        image, mask, side_px = portrait
        x, y, lean, tilt = np.sin(2 * np.pi * now_s / self.period_s + self.phase)
        scale = self.size_px / side_px * (1 + self.lean * lean)
        middle = image.shape[1] / 2, image.shape[0] / 2
        matrix = cv2.getRotationMatrix2D(middle, self.tilt_deg * tilt, scale)
        half_px = min(HALF_SEAT_PX, int(1.1 * self.size_px) + 8)
        matrix[:, 2] += [
            half_px - middle[0] + self.sway_px * x,
            half_px - middle[1] + self.sway_px * y,
        ]
        size_wh = 2 * half_px, 2 * half_px
        flags = cv2.INTER_AREA if scale < 0.6 else cv2.INTER_LINEAR
        warped = cv2.warpAffine(
            image, matrix, size_wh, flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        cover = cv2.warpAffine(mask, matrix, size_wh, flags=cv2.INTER_LINEAR)
        top, left = seat_xy[1] - half_px, seat_xy[0] - half_px
        under = picture[top : top + 2 * half_px, left : left + 2 * half_px]
        under += cover * (warped - under)


def framed_portrait(path: Path) -> tuple[np.ndarray, np.ndarray, float]:
    """Return a picture with room around it, a mask with soft edges, and the side of its face."""
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    side_px = 160
    # A head and shoulders hold a face of about half their width; FER-2013's are the face itself.
    is_face = grey.shape[0] <= 64
    image = cv2.resize(grey, (side_px, side_px), interpolation=cv2.INTER_CUBIC)
    margin = int(MARGIN * side_px) if is_face else 0
    image = np.pad(image, margin, mode="edge").astype(np.float32)
    image = cv2.GaussianBlur(image, (0, 0), 1.0) if is_face else image
    mask = np.zeros_like(image)
    edge = max(4, margin // 2)
    mask[edge:-edge, edge:-edge] = 1
    mask = cv2.GaussianBlur(mask, (0, 0), edge / 2)
    return image, mask, float(side_px if is_face else side_px * 0.55)


def _compressed(picture: np.ndarray, quality: int) -> np.ndarray:
    encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))
