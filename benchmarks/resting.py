"""Compares ways to learn what a face reads at rest, on real faces as a camera sees them.

python -m benchmarks.resting --faces DIR [--crews N] [--json FILE]

Every face of the half that chooses is watched for two minutes, then repeated: ten minutes of calm
faces, ten of alarmed ones, and five of a calm one followed by ten of an alarmed one. Of each way
the limit is the one that 97 of 100 calm faces stay below in their first minute. The table says
which share of faces is above it: calm ones after five minutes (false), alarmed ones in their first
and tenth minute, from the start and after a calm face (caught).
"""

import argparse
import json
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path

import numpy as np

from benchmarks.alert_watching import analysed_frames, camera
from benchmarks.clips import table
from benchmarks.real_crews import ALARMING, RATE_FPS, SEATS_XY, Play, all_crews
from webapp.core.resting import FALL_S, MOST_AT_REST, RISE_S

MINUTE = round(60 * RATE_FPS)
STEP_S = 1.0 / RATE_FPS
QUIET_SHARE = 0.97
# A face must be seen so often for its sequence to be worth comparing.
LEAST_SEEN = 0.7
BINS = 50
# Seconds of readings that the calm prior weighs, and after which old readings count for less.
PRIOR_S, DECAY_S = 60.0, 1200.0


@dataclass(frozen=True)
class Way:
    """A way to learn rests.

    Attributes:
        rests: takes (T, N) readings of N faces in T frames, and what calm faces read; returns
            (T, N) rests.
        on_logits: a rise is a difference of log odds.
    """

    rests: Callable[[np.ndarray, np.ndarray], np.ndarray]
    on_logits: bool = False


def main() -> None:
    """Watch the faces once, then try every way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--crews", type=int, default=20)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    calm, alarmed = sequences(options.faces, options.crews)
    print(f"{calm.shape[1]} calm faces, {alarmed.shape[1]} alarmed ones")
    rows = [row_of(name, way, calm, alarmed) for name, way in ways().items()]
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


def sequences(folder: Path, crews: int) -> tuple[np.ndarray, np.ndarray]:
    """Watch crews of six for two minutes.

    Returns:
        p(angry) + p(fear) of calm faces (T, N), and of alarmed ones (T, M).
    """
    plays = [
        play
        for play in all_crews(folder, crews)
        if play.size == len(SEATS_XY) and not play.is_set_aside and "after" not in play.kind
    ]
    with ProcessPoolExecutor(cpu_count(), get_context("spawn")) as pool:
        found = [sequence for of_play in pool.map(_read, plays) for sequence in of_play]
    calm, alarmed = ([s for s, is_alarmed in found if is_alarmed == wanted] for wanted in (0, 1))
    return np.stack(calm, axis=1), np.stack(alarmed, axis=1)


def _read(play: Play) -> list[tuple[np.ndarray, bool]]:
    """Return the readings of each face of a play that is seen, and whether it is alarmed."""
    readings = np.full((round(play.lasts_s * RATE_FPS), len(SEATS_XY)), np.nan)
    pictures = camera().show(play)
    for number, analysed in enumerate(analysed_frames(pictures, RATE_FPS)):
        boxes, read = analysed.faces.boxes_xyxy, analysed.predictions
        for box, row in zip(boxes, read.probabilities, strict=True):
            apart = np.array(SEATS_XY) - (box[:2] + box[2:]) / 2
            watched = sum(row[read.classes.index(name)] for name in ALARMING)
            readings[number, int((apart**2).sum(axis=1).argmin())] = watched
    found = []
    for act in play.acts:
        seen = readings[:, act.seat][np.isfinite(readings[:, act.seat])]
        if len(seen) >= LEAST_SEEN * len(readings):
            found.append((np.resize(seen, 2 * MINUTE), act.picture.parent.name in ALARMING))
    return found


def ways() -> dict[str, Way]:
    """Return what is compared, by name."""
    found = {"none": Way(lambda readings, calm: np.zeros_like(readings))}
    found["what calm faces read"] = Way(lambda readings, calm: np.full_like(readings, calm.mean()))
    for most in (MOST_AT_REST, 1.0):
        limit = f", up to {most:g}" if most < 1 else ", no limit"
        for on_logits in (False, True):
            scale = ", on logits" if on_logits else ""
            mean = partial(slow_mean, most=most, on_logits=on_logits)
            found[f"slow mean{scale}{limit}"] = Way(mean, on_logits)
            half = partial(by_distribution, most=most, on_logits=on_logits, quantile=None)
            found[f"mean of the calm half{scale}{limit}"] = Way(half, on_logits)
        quarter = partial(by_distribution, most=most, on_logits=False, quantile=0.25)
        found[f"lowest quarter{limit}"] = Way(quarter)
    return found


def slow_mean(readings: np.ndarray, calm: np.ndarray, most: float, on_logits: bool) -> np.ndarray:
    """Follow readings (T, N) as `core.resting` does: quicker downwards than upwards."""
    scale, back = (logit, expit) if on_logits else (np.asarray, np.asarray)
    level = np.full(readings.shape[1], scale(calm).mean())
    levels = np.empty_like(readings)
    shares = [1 - np.exp(-STEP_S / time_s) for time_s in (RISE_S, FALL_S)]
    for number, row in enumerate(readings):
        share = np.where(scale(row) > level, *shares) * (row <= most)
        level = level + share * (scale(row) - level)
        levels[number] = back(level)
    return levels


def by_distribution(
    readings: np.ndarray, calm: np.ndarray, most: float, on_logits: bool, quantile: float | None
) -> np.ndarray:
    """Keep how often each face (T, N) read what; returns a quantile, or the mean of the lower half.

    A quantile is the same on logits.
    """
    edges = np.linspace(0, 1, BINS + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    values = logit(middles) if on_logits else middles
    prior = np.histogram(calm, edges)[0] / calm.size * PRIOR_S
    seen, levels = np.zeros((readings.shape[1], BINS)), np.empty_like(readings)
    for number, row in enumerate(readings):
        seen *= np.exp(-STEP_S / DECAY_S)
        bins = np.minimum((row * BINS).astype(int), BINS - 1)
        seen[np.arange(len(row)), bins] += STEP_S * (row <= most)
        below = np.cumsum(seen + prior, axis=1)
        below /= below[:, -1:]
        if quantile is None:
            half = np.diff(np.minimum(below, 0.5), axis=1, prepend=0) / 0.5
            mean = half @ values
            levels[number] = expit(mean) if on_logits else mean
        else:
            levels[number] = middles[(below < quantile).sum(axis=1)]
    return levels


def row_of(name: str, way: Way, calm: np.ndarray, alarmed: np.ndarray) -> dict[str, object]:
    """Return what a way catches and what it raises for nothing."""
    long_calm, long_alarm = np.tile(calm, (5, 1)), np.tile(alarmed, (5, 1))
    before = np.tile(calm, (3, 1))[: 5 * MINUTE, np.arange(alarmed.shape[1]) % calm.shape[1]]
    turned = np.concatenate([before, long_alarm])

    def rises(readings: np.ndarray) -> np.ndarray:
        rest = np.minimum(way.rests(readings, calm), 0.99)
        if way.on_logits:
            return np.maximum(0, logit(readings) - logit(rest))
        return np.clip((readings - rest) / (1 - rest), 0, 1)

    at_rest, from_start, after_calm = rises(long_calm), rises(long_alarm), rises(turned)
    limit = np.quantile(_minute(at_rest, 0), QUIET_SHARE)
    shares = {
        "calm, minutes 6 to 10": at_rest[5 * MINUTE :].mean(axis=0),
        "alarmed, 1st minute": _minute(from_start, 0),
        "10th minute": _minute(from_start, 9),
        "after a calm face, 1st minute": _minute(after_calm, 5),
        "its 10th minute": _minute(after_calm, 14),
    }
    above = {column: f"{(values > limit).mean():.1%}" for column, values in shares.items()}
    return {"way": name, "limit": round(float(limit), 2)} | above


def logit(p: np.ndarray) -> np.ndarray:
    """Return log odds; p is kept off 0 and 1."""
    inside = np.clip(p, 0.005, 0.995)
    return np.asarray(np.log(inside / (1 - inside)))


def expit(z: np.ndarray) -> np.ndarray:
    """Undo `logit`."""
    return np.asarray(1 / (1 + np.exp(-z)))


def _minute(rises: np.ndarray, number: int) -> np.ndarray:
    return np.asarray(rises[number * MINUTE : (number + 1) * MINUTE].mean(axis=0))


if __name__ == "__main__":
    main()
