"""Counts how often people lose their track, or get another one's: the tracker, and plain overlap.

python -m benchmarks.tracks [--clips DIR] [--trials N] [--choose] [--json FILE]

Scripted scenes are boxes made at 5, 15 and 30 frames a second; with `--clips` real clips, too. The
figures come from scenes that were set aside; `--choose` measures how long to remember a place, on
the other half.
"""

import argparse
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Protocol

import numpy as np

from benchmarks.clips import table
from benchmarks.track_clips import CLIPS
from benchmarks.track_scenes import (
    LONG_S,
    NOBODY,
    Detections,
    Script,
    memory_scripts,
    play,
    scripts,
)
from webapp.config import Settings
from webapp.core.tracking import FaceTracker
from webapp.vision.detector import build_detector

RATES_FPS = (5, 15, 30)
MEMORIES_S = (1, 3, 5, 8, 12, 20)
REAL_S = 60.0


class Tracker(Protocol):
    """What both rules do."""

    def step(self, boxes_xyxy: np.ndarray, now_s: float) -> np.ndarray:
        """See `FaceTracker`."""
        ...


class OverlapTracker:
    """The rule before: whoever overlaps by a quarter with a face of the last second is the same."""

    def __init__(self) -> None:
        self._tracks: dict[int, tuple[np.ndarray, float]] = {}
        self._next_id = 1

    def step(self, boxes_xyxy: np.ndarray, now_s: float) -> np.ndarray:
        """See `FaceTracker`."""
        self._tracks = {i: t for i, t in self._tracks.items() if now_s - t[1] <= 1.0}
        ids = np.zeros(len(boxes_xyxy), np.int64)
        known = list(self._tracks)
        overlaps = _overlaps(boxes_xyxy, [self._tracks[track_id][0] for track_id in known])
        while overlaps.size and overlaps.max() >= 0.25:
            face, track = np.unravel_index(overlaps.argmax(), overlaps.shape)
            ids[face] = known[track]
            overlaps[face, :] = overlaps[:, track] = 0
        new = np.flatnonzero(ids == 0)
        ids[new] = np.arange(self._next_id, self._next_id + len(new))
        self._next_id += len(new)
        self._tracks |= {i: (b, now_s) for i, b in zip(ids.tolist(), boxes_xyxy, strict=True)}
        return ids


def _overlaps(boxes_a: np.ndarray, boxes_b: list[np.ndarray]) -> np.ndarray:
    a, b = boxes_a[:, None], np.array(boxes_b).reshape(1, -1, 4)
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = np.clip(sides, 0, None).prod(axis=2)
    areas = [(boxes[..., 2:] - boxes[..., :2]).prod(axis=2) for boxes in (a, b)]
    return shared / (areas[0] + areas[1] - shared)


@dataclass(frozen=True)
class Count:
    """How the numbers of some people changed.

    Attributes:
        fragments: times that somebody in view before got a new number.
        switches: times that somebody got a number that had been another one's.
        people_s: seconds that were watched, times the people.
    """

    fragments: int = 0
    switches: int = 0
    people_s: float = 0.0

    def fragments_a_minute(self) -> str:
        """Return the fragments per person and minute."""
        return f"{60 * self.fragments / self.people_s:.2f}"


def count(tracker: Tracker, seen: Iterable[Detections], fps: float) -> Count:
    """Follow everybody through the frames."""
    owners: dict[int, int] = {}
    now: dict[int, int] = {}
    fragments = switches = number = 0
    for number, found in enumerate(seen, start=1):
        track_ids = tracker.step(found.boxes_xyxy, 1000 + number / fps)
        for person, track_id in zip(found.people.tolist(), track_ids.tolist(), strict=True):
            is_anothers = owners.setdefault(track_id, person) != person
            is_changed = person != NOBODY and now.get(person) != track_id
            switches += is_changed and is_anothers
            fragments += is_changed and not is_anothers and person in now
            now[person] = track_id
    return Count(fragments, switches, len(now.keys() - {NOBODY}) * number / fps)


def total(counts: list[Count]) -> Count:
    """Return the sum."""
    return Count(
        sum(each.fragments for each in counts),
        sum(each.switches for each in counts),
        sum(each.people_s for each in counts),
    )


RULES: dict[str, Callable[[], Tracker]] = {"overlap": OverlapTracker, "ours": FaceTracker}


def main() -> None:
    """Print a table of the scripted scenes, one of memories, one of the clips."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, help="folder with the clips of track_clips.py")
    parser.add_argument("--trials", type=int, default=100, help="scenes of a kind and frame rate")
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    tables = {"scenes": scene_rows(options.trials)}
    if options.choose:
        tables["memory"] = memory_rows(options.trials)
    if options.clips:
        tables["clips"] = clip_rows(options.clips)
    for rows in tables.values():
        print(f"{table(rows)}\n")
    if options.json:
        options.json.write_text(json.dumps(tables, indent=1) + "\n")


def scene_rows(trials: int, is_set_aside: bool = True) -> list[dict[str, object]]:
    """Play every kind of scene; a row for each and each rule."""
    counted: dict[tuple[str, str], list[list[Count]]] = {}
    for name, script in scripts().items():
        for fps in RATES_FPS:
            scenes = [play(script, fps, seed) for seed in seeds(trials, is_set_aside)]
            for rule, start in RULES.items():
                counts = [count(start(), scene, fps) for scene in scenes]
                counted.setdefault((name, rule), []).append(counts)
    return [_scene_row(*key, counts) for key, counts in counted.items()]


def seeds(trials: int, is_set_aside: bool) -> range:
    """Return the odd seeds, set aside, or the even ones."""
    return range(int(is_set_aside), 2 * trials, 2)


def _scene_row(name: str, rule: str, counts: list[list[Count]]) -> dict[str, object]:
    everything = total([each for of_rate in counts for each in of_rate])
    shares = zip(RATES_FPS, counts, strict=True)
    return {
        "scenes": name,
        "rule": rule,
        **{f"right at {fps} fps": f"{_share_right(name, of_rate):.0%}" for fps, of_rate in shares},
        "fragments per person and minute": everything.fragments_a_minute(),
        "switches": everything.switches,
    }


def _share_right(name: str, counts: list[Count]) -> float:
    """Return the share of turns that kept the number, of other scenes those without a switch."""
    right = [not (c.switches or ("turn" in name and c.fragments)) for c in counts]
    return sum(right) / len(right)


def memory_rows(trials: int) -> list[dict[str, object]]:
    """Return what each memory's length gains and loses, at 5 frames a second."""
    scenes = {name: _long_scenes(script, trials) for name, script in memory_scripts().items()}
    return [
        {"memory": f"{memory_s} s"}
        | {
            name: f"{_share_right(name, [count(FaceTracker(memory_s), s, 5) for s in played]):.0%}"
            for name, played in scenes.items()
        }
        for memory_s in MEMORIES_S
    ]


def _long_scenes(script: Script, trials: int) -> list[list[Detections]]:
    return [play(script, 5, seed, LONG_S) for seed in seeds(trials, is_set_aside=False)]


def clip_rows(folder: Path) -> list[dict[str, object]]:
    """Loop every clip for `REAL_S` at several frame rates; a row for each and each rule."""
    settings = Settings()
    detector = build_detector(settings.detector, settings.detect_width, settings.min_face_px)
    rows = []
    for clip in CLIPS:
        shots = clip.shots(folder, detector)
        for every, (rule, start) in product(clip.every, RULES.items()):
            fps = clip.fps / every
            counted = count(start(), clip.loop(shots, REAL_S, every), fps)
            rows.append(
                {
                    "clip": clip.name,
                    "frames a second": f"{fps:.3g}",
                    "rule": rule,
                    "fragments per person and minute": counted.fragments_a_minute(),
                    "switches": counted.switches,
                }
            )
    return rows


if __name__ == "__main__":
    main()
