"""How often faces are read right by size, sharpness and turn, and which limits follow.

    python -m benchmarks.readable --faces DIR [--wild DIR] [--clips DIR] [--json FILE]

--faces  class folders of real 48x48 faces (`benchmarks.majority_faces` makes them)
--wild   class folders of whole pictures, for the way from detector to label
--clips  holds crew-3.mp4, whose three people must stay read

Every second face and picture is set aside: the limits in `webapp/core/quality.py` were chosen on
the others.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from benchmarks.clips import frames, table
from benchmarks.labelled import labelled_pictures, largest
from benchmarks.shown_faces import Disturbance, PlacedFace, shrunk_until
from webapp.cameras.analysis import FaceModels, FrameAnalyser
from webapp.config import Settings
from webapp.core.frame import Frame
from webapp.core.quality import READABLE, Quality, is_readable
from webapp.core.rates import Durations
from webapp.serving.models import load_models
from webapp.vision.backends import use_one_core

MOST_OF_A_CLASS = 100
SIZES_PX = (12, 16, 20, 25, 30, 40, 60, 80)
ALARMING, SHOWS_FROM = ("angry", "fear"), 0.45
DISTURBANCES = (
    *(Disturbance(size_px) for size_px in SIZES_PX),
    *(Disturbance(defocus=width) for width in (0.02, 0.03, 0.045, 0.06, 0.08, 0.11)),
    *(Disturbance(motion=length) for length in (0.06, 0.12, 0.18, 0.25, 0.35)),
    *(Disturbance(40, defocus=width) for width in (0.02, 0.045, 0.08)),
    *(Disturbance(noise=noise) for noise in (0.0, 8.0, 14.0)),
    *(Disturbance(size_px, noise=8.0) for size_px in (16, 20, 25, 30)),
)
UNDISTURBED = Disturbance(80)
WILD_HEIGHTS_PX = (22, 26, 30, 36, 60, 100)
SHRUNK_EVERY = 3
HEIGHT_EDGES_PX = (0, 12, 15, 18, 22, 26, 30, 40, 60, 1000)
SHARPNESS_EDGES = (0, 0.03, 0.06, 0.09, 0.12, 0.15, 0.2, 0.3, 0.5, 10)
TURN_EDGES_DEG = (0, 10, 20, 30, 40, 50, 60, 90.1)


@dataclass(frozen=True)
class Readings:
    """N faces that were read: what they show, what the network says, how well they are seen.

    Attributes:
        labels, read: (N,) class indices.
        is_alarming: (N,) bool, whether the face shows one of `ALARMING`.
        shows: (N,) bool, whether the network gives these half of what counts as risen, or more.
        is_set_aside: (N,) bool, not used when limits are chosen.
    """

    labels: np.ndarray
    read: np.ndarray
    is_alarming: np.ndarray
    shows: np.ndarray
    quality: Quality
    is_set_aside: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: np.ndarray) -> "Readings":
        """Return the given rows."""
        return Readings(
            *(each[rows] for each in (self.labels, self.read, self.is_alarming, self.shows)),
            self.quality.take(rows),
            self.is_set_aside[rows],
        )

    @property
    def accuracy(self) -> float:
        """How often the network is right; NaN of nobody."""
        return float((self.labels == self.read).mean()) if len(self) else float("nan")

    @property
    def alarms_seen(self) -> float:
        """How much of the alarming faces shows; NaN where there is none."""
        shown = self.shows[self.is_alarming]
        return float(shown.mean()) if len(shown) else float("nan")


def main() -> None:
    """Measure and print tables; write them as JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--wild", type=Path)
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    use_one_core()
    models = load_models(Settings())
    result = _print_all(measured(models, options))
    if options.json:
        result = {name: rows for name, rows in result.items()} | {"limits": vars(READABLE)}
        options.json.write_text(json.dumps(result, indent=1) + "\n")


def measured(
    models: FaceModels, options: argparse.Namespace
) -> Iterator[tuple[str, list[dict[str, object]]]]:
    """Yield the title and the rows of every table."""
    shown = read_shown(models, options.faces, MOST_OF_A_CLASS, DISTURBANCES)
    yield "faces of 48 pixels, as shown", [_as_row(d, each) for d, each in shown.items()]
    sizes = joined([shown[d] for d in DISTURBANCES if d in map(Disturbance, SIZES_PX)])
    yield "faces by height", by_bin(sizes, sizes.quality.heights_px, HEIGHT_EDGES_PX)
    blurs = joined([shown[d] for d in DISTURBANCES if d.defocus or d.motion or d == UNDISTURBED])
    yield "faces by sharpness", by_bin(blurs, blurs.quality.sharpness, SHARPNESS_EDGES)
    clear = read_shown(models, options.faces, None, (UNDISTURBED,))[UNDISTURBED]
    yield "all faces, undisturbed, by turn", by_bin(clear, clear.quality.turns_deg, TURN_EDGES_DEG)
    yield "all faces, undisturbed", by_readable(clear)
    yield "faces, all disturbances", by_readable(joined(list(shown.values())))
    if options.wild:
        small, whole = read_wild(models, options.wild)
        yield (
            "whole pictures, shrunk, by height found",
            by_bin(small, small.quality.heights_px, HEIGHT_EDGES_PX),
        )
        yield "whole pictures, by turn", by_bin(whole, whole.quality.turns_deg, TURN_EDGES_DEG)
        yield (
            "whole pictures, by sharpness",
            by_bin(whole, whole.quality.sharpness, SHARPNESS_EDGES),
        )
    if options.clips:
        yield "clips", [clip_row(models, path) for path in sorted(options.clips.glob("*.mp4"))]


def read_shown(
    models: FaceModels, folder: Path, most: int | None, disturbances: Sequence[Disturbance]
) -> dict[Disturbance, Readings]:
    """Read at most so many faces of each class under every disturbance."""
    placed: list[tuple[PlacedFace, int, bool]] = []
    labelled = labelled_pictures(folder, models.classifier.classes)
    for label in range(len(models.classifier.classes)):
        paths = [path for path, of in labelled if of == label]
        order = np.random.default_rng(0).permutation(len(paths))[:most]
        found = [PlacedFace.find(paths[row], models.detector) for row in order]
        kept = [face for face in found if face is not None]
        placed += [(face, label, bool(place % 2)) for place, face in enumerate(kept)]
    return {each: _read_placed(models, placed, each) for each in disturbances}


def _read_placed(
    models: FaceModels, placed: Sequence[tuple[PlacedFace, int, bool]], disturbance: Disturbance
) -> Readings:
    crops, qualities = [], []
    for seed, (face, _, _) in enumerate(placed):
        image_bgr, faces = face.show(disturbance, seed)
        crops.append(models.crop(image_bgr, faces))
        qualities.append(Quality.of(faces, crops[-1]))
    labels, aside = (np.array([each[place] for each in placed]) for place in (1, 2))
    return _readings(models, np.concatenate(crops), labels, Quality.joined(qualities), aside)


def _readings(
    models: FaceModels,
    crops: np.ndarray,
    labels: np.ndarray,
    quality: Quality,
    is_set_aside: np.ndarray,
) -> Readings:
    classes, probabilities = models.classifier.classes, models.classifier.classify(crops)
    alarming = [classes.index(name) for name in ALARMING]
    shows = probabilities[:, alarming].sum(axis=1) >= SHOWS_FROM
    is_alarming = np.isin(labels, alarming)
    return Readings(labels, probabilities.argmax(axis=1), is_alarming, shows, quality, is_set_aside)


def read_wild(models: FaceModels, folder: Path) -> tuple[Readings, Readings]:
    """Read whole pictures by the whole way: every third shrunk to small faces, and all as is."""
    small: list[Readings] = []
    whole: list[Readings] = []
    for place, (path, label) in enumerate(labelled_pictures(folder, models.classifier.classes)):
        image_bgr, is_set_aside = cv2.imread(str(path)), bool(place % 2)
        found = _read_largest(models, image_bgr, label, is_set_aside)
        whole.append(found)
        for shown_px in WILD_HEIGHTS_PX if len(found) and place % SHRUNK_EVERY == 0 else ():
            height_px = float(found.quality.heights_px[0])
            shown = shrunk_until(image_bgr, height_px, shown_px, place)
            small.append(_read_largest(models, shown, label, is_set_aside))
    return joined(small), joined(whole)


def _read_largest(
    models: FaceModels, image_bgr: np.ndarray, label: int, is_set_aside: bool
) -> Readings:
    faces = largest(models.detector.detect(image_bgr))
    crops = models.crop(image_bgr, faces)
    labels, aside = np.full(len(faces), label), np.full(len(faces), is_set_aside)
    return _readings(models, crops, labels, Quality.of(faces, crops), aside)


def joined(parts: Sequence[Readings]) -> Readings:
    """Return the readings of all parts, one after the other."""
    names = ("labels", "read", "is_alarming", "shows", "is_set_aside")
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Readings(**arrays, quality=Quality.joined([part.quality for part in parts]))


def by_bin(
    readings: Readings, values: np.ndarray, edges: Sequence[float]
) -> list[dict[str, object]]:
    """Return a row per bin of a measure (N,): how many faces, how often they are read right."""
    rows = []
    for low, high in pairwise(edges):
        rows.append(
            _half_row(f"{low:g} to {high:g}", readings.take((values >= low) & (values < high)))
        )
    return rows


def by_readable(readings: Readings) -> list[dict[str, object]]:
    """Return a row of the faces that are readable and one of the others."""
    readable = is_readable(readings.quality)
    return [
        _half_row("readable", readings.take(readable)),
        _half_row("not readable", readings.take(~readable)),
    ]


def _half_row(name: str, readings: Readings) -> dict[str, object]:
    row: dict[str, object] = {"faces": name}
    for words, aside in (("chosen by", False), ("set aside", True)):
        half = readings.take(readings.is_set_aside == aside)
        row |= {
            f"n, {words}": len(half),
            f"right, {words}": f"{half.accuracy:.1%}",
            f"alarms seen, {words}": f"{half.alarms_seen:.1%}",
        }
    return row


def _as_row(disturbance: Disturbance, readings: Readings) -> dict[str, object]:
    """Return how a disturbance does, on the half that is set aside."""
    half = readings.take(readings.is_set_aside)
    readable = is_readable(half.quality)
    commonest = np.bincount(half.labels).max() / len(half)
    return {
        "px": disturbance.size_px,
        "defocus": disturbance.defocus,
        "motion": disturbance.motion,
        "noise": disturbance.noise,
        "n": len(half),
        "right": f"{half.accuracy:.1%}",
        "alarms seen": f"{half.alarms_seen:.1%}",
        "guessing": f"{commonest:.1%}",
        "not readable": f"{1 - readable.mean():.1%}",
        "right where readable": f"{half.take(readable).accuracy:.1%}",
        "too low": f"{(half.quality.heights_px < READABLE.least_height_px).mean():.1%}",
        "too blurred": f"{(half.quality.sharpness < READABLE.least_sharpness).mean():.1%}",
        "too turned": f"{(half.quality.turns_deg > READABLE.most_turn_deg).mean():.1%}",
    }


def clip_row(models: FaceModels, path: Path) -> dict[str, object]:
    """Return how many faces of a clip are read as live frames are, and how many only seen."""
    video = cv2.VideoCapture(str(path))
    rate_fps = video.get(cv2.CAP_PROP_FPS)
    video.release()
    analyser = FrameAnalyser(models, Durations())
    seen = [
        analyser.step(Frame(image, number / rate_fps, number))
        for number, image in enumerate(frames(path))
    ]
    read, unread = (
        sum(map(len, of)) for of in zip(*((a.faces, a.unread) for a in seen), strict=True)
    )
    return {
        "clip": path.name,
        "frames": len(seen),
        "faces read": read,
        "seen, not read": unread,
        "share read": f"{read / max(1, read + unread):.1%}",
    }


def _print_all(
    tables: Iterator[tuple[str, list[dict[str, object]]]],
) -> dict[str, object]:
    print(f"limits: {READABLE}\n")
    result: dict[str, object] = {}
    for title, rows in tables:
        result[title] = rows
        print(f"{title}\n{table(rows)}\n", flush=True)
    return result


if __name__ == "__main__":
    main()
