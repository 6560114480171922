"""How often single readings are guessed from what a group floor lets out.

    python -m benchmarks.floor [--clips DIR] [--people people-5] [--json FILE]

Readings are recorded: of each face of the clips (default: of the demo clip), second by second, and
of the pictures of each person of `--people`, held for some seconds each. A room is filled with such
people, who come and go about once a minute; every half second a camera with a floor of 1, 3 or 5
answers. With `--lost-s` each face is lost for two seconds every so often, and found as another one.

The attacker sees every answer and, as in a picture of hidden faces, who comes and who goes when.
For each coming and going it guesses what that person read at that moment:

- *guessing*: the commonest expression of the last answer;
- *attack*: the expression that gained most, for who came, or lost most, for who went, in the first
  answer that counts another number of people; the guess where there is none.
- *careful attack*: the same where that answer is one more, or one less, of one expression and
  nothing else; the guess everywhere else.

Who is right by guessing for a neutral face among neutral ones has learnt nothing, so those who read
something other than the commonest of all are told apart.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.clips import frames, table
from benchmarks.labelled import labelled_pictures, largest
from webapp.cameras.analysis import FaceModels, FrameAnalyser
from webapp.config import Settings, read_settings
from webapp.core.analysed import Predictions
from webapp.core.figures import Figures
from webapp.core.frame import Frame
from webapp.core.group_floor import SILENT_S, GroupFloor, Member
from webapp.core.indicator import UNCERTAIN
from webapp.core.rates import Durations
from webapp.demo import CLIP
from webapp.serving.models import load_models
from webapp.vision.backends import use_one_core

FLOORS = (1, 3, 5)
BEAT_S, RATE_FPS = 0.5, 2.0
LASTS_S, ROOMS = 1800.0, 20
# The room's people at the start and at most, and the mean time between two who come or go.
AT_START, AT_MOST, CHANGE_S = 5, 8, 60.0
# How long one picture of a person is held, and how often it is their neutral one.
HELD_S, NEUTRAL_SHARE = (3.0, 20.0), 0.6
# So long a face that is lost is away.
AWAY_S = 2.0
# Whoever looks back further learns nothing of the moment.
LOOKS_AHEAD_S = 600.0


@dataclass(frozen=True)
class Reading:
    """What is read off somebody at one beat."""

    probabilities: np.ndarray
    label: str


@dataclass
class Person:
    """Somebody in the room: a recorded run of readings, from some beat of it on."""

    readings: Sequence[Reading]
    offset: int
    came_at: int
    went_at: int | None = None
    track: int = 0
    is_away_until: int = 0

    def at(self, beat: int) -> Reading:
        """Return what is read at a beat of the room."""
        return self.readings[(self.offset + beat - self.came_at) % len(self.readings)]


@dataclass
class Seen:
    """All that the attacker has: the answers of every beat, and who came and went when."""

    answers: list[dict[str, int] | None] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    tracks: int = 0

    def give_track(self, person: Person) -> None:
        """Take somebody for another one."""
        self.tracks += 1
        person.track = self.tracks


def main() -> None:
    """Record, play and attack; print a table and JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--people", type=Path)
    parser.add_argument("--silent-s", type=float, default=SILENT_S, help="see core.group_floor")
    parser.add_argument("--lost-s", type=float, default=0.0, help="mean time; 0: never")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    use_one_core()
    models = load_models(read_settings())
    clips = sorted(options.clips.glob("*.mp4")) if options.clips else [CLIP]
    runs = [run for clip in clips for run in record_clip(models, clip)]
    if options.people:
        runs += [record_person(models, folder) for folder in sorted(options.people.iterdir())]
    times_s, classes = (options.silent_s, options.lost_s), models.classifier.classes
    rows = [measure(floor, runs, classes, *times_s) for floor in FLOORS]
    print(table(rows))
    print(text := json.dumps(rows, indent=1))
    if options.json:
        options.json.write_text(text)


def record_clip(models: FaceModels, path: Path) -> Iterator[list[Reading]]:
    """Yield the readings of everybody who is in a clip for five seconds or longer."""
    video = cv2.VideoCapture(str(path))
    every = max(1, round(video.get(cv2.CAP_PROP_FPS) / RATE_FPS))
    step, by_track = FrameAnalyser(models, Durations()).step, dict[int, list[Reading]]()
    for number, image in enumerate(frames(path, every)):
        analysed = step(Frame(image, number / RATE_FPS, number))
        for row, track in enumerate(analysed.track_ids.tolist()):
            by_track.setdefault(track, []).append(_reading(analysed.predictions, row))
    yield from (run for run in by_track.values() if len(run) >= 5 * RATE_FPS)


def record_person(models: FaceModels, folder: Path) -> list[Reading]:
    """Return an hour of a person's pictures, mostly their neutral ones."""
    classifier, rng = models.classifier, np.random.default_rng(1)
    pictures: dict[str, list[Reading]] = {}
    for path, label in labelled_pictures(folder, classifier.classes):
        image = cv2.imread(str(path))
        face = largest(models.detector.detect(image))
        if len(face):
            read = classifier.classify(models.crop(image, face))
            predictions = Predictions.of(read, classifier.classes, classifier.uncertain_below)
            pictures.setdefault(classifier.classes[label], []).append(_reading(predictions, 0))
    others = [each for name, shown in pictures.items() if name != "neutral" for each in shown]
    run: list[Reading] = []
    while len(run) < 3600 * RATE_FPS:
        shown = pictures["neutral"] if rng.random() < NEUTRAL_SHARE else others
        run += [shown[rng.integers(len(shown))]] * round(rng.uniform(*HELD_S) * RATE_FPS)
    return run


def measure(
    floor: int,
    runs: list[list[Reading]],
    classes: tuple[str, ...],
    silent_s: float,
    lost_s: float,
) -> dict[str, Any]:
    """Play every room with a floor and attack it."""
    played = [play(floor, runs, classes, silent_s, lost_s, seed) for seed in range(ROOMS)]
    labels = Counter(reading.label for run in runs for reading in run)
    commonest = labels.most_common(1)[0][0]
    tried = [guess for seen in played for guess in attack(seen, commonest)]
    rare = [each for each in tried if each[0] != commonest]
    answers = [answer is not None for seen in played for answer in seen.answers]
    return {
        "floor": floor,
        "time with figures": f"{np.mean(answers):.0%}",
        "comings and goings": len(tried),
        "right by guessing, attack, careful attack": _shares(tried),
        f"not {commonest}": len(rare),
        "of them by guessing, attack, careful attack": _shares(rare),
    }


def play(
    floor: int,
    runs: list[list[Reading]],
    classes: tuple[str, ...],
    silent_s: float,
    lost_s: float,
    seed: int,
) -> Seen:
    """Fill a room and ask it at every beat."""
    rng, seen = np.random.default_rng(seed), Seen()
    gate = GroupFloor(floor, classes, Settings.alert_emotions, silent_s=silent_s)
    for beat in range(round(LASTS_S / BEAT_S)):
        _come_and_go(seen, runs, rng, beat)
        if lost_s:
            _lose_faces(seen, rng, beat, lost_s)
        read = {
            person.track: _member(person.at(beat), beat * BEAT_S)
            for person in seen.people
            if person.went_at is None and beat >= person.is_away_until
        }
        # A floor of one is no floor: everybody is counted as they are seen.
        figures = gate.step(read, beat * BEAT_S, len(read)) if floor > 1 else None
        seen.answers.append(_answer(figures, seen, beat, classes))
    return seen


def attack(seen: Seen, commonest: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield for each coming and going what was read, the guess, and what the attacks find."""
    for person in seen.people:
        for beat, sign in ((person.came_at, 1), (person.went_at, -1)):
            if not beat:
                # In the room from the start, or still there.
                continue
            truth = person.at(beat if sign > 0 else beat - 1).label
            before = _last(seen.answers, beat - 1)
            guess = max(before, key=before.__getitem__) if before else commonest
            changes = _changes(seen.answers, beat, before, sign)
            best = max(changes, key=changes.__getitem__) if changes else guess
            found = best if changes.get(best, 0) > 0 else guess
            is_plain = sorted(changes.values()) == [0] * (len(changes) - 1) + [1]
            yield truth, guess, found, found if is_plain else guess


def _changes(
    answers: Sequence[dict[str, int] | None], beat: int, before: dict[str, int] | None, sign: int
) -> dict[str, int]:
    """Return by how much each expression changed, in the direction of who came, or went."""
    if before is None:
        return {}
    count = sum(before.values())
    for after in answers[beat : beat + round(LOOKS_AHEAD_S / BEAT_S)]:
        if after is not None and sum(after.values()) != count:
            return {name: sign * (after[name] - before[name]) for name in before}
    return {}


def _last(answers: Sequence[dict[str, int] | None], beat: int) -> dict[str, int] | None:
    earlier = (answer for answer in reversed(answers[: beat + 1]) if answer is not None)
    return next(earlier, None)


def _come_and_go(
    seen: Seen, runs: list[list[Reading]], rng: np.random.Generator, beat: int
) -> None:
    there = [person for person in seen.people if person.went_at is None]
    coming = AT_START if beat == 0 else 0
    if beat and rng.random() < BEAT_S / CHANGE_S:
        if there and rng.random() < len(there) / AT_MOST:
            there[rng.integers(len(there))].went_at = beat
        else:
            coming = 1
    for _ in range(coming):
        run = runs[rng.integers(len(runs))]
        seen.people.append(Person(run, int(rng.integers(len(run))), beat))
        seen.give_track(seen.people[-1])


def _lose_faces(seen: Seen, rng: np.random.Generator, beat: int, lost_s: float) -> None:
    for person in seen.people:
        if person.went_at is None and rng.random() < BEAT_S / lost_s:
            person.is_away_until = beat + round(AWAY_S / BEAT_S)
            seen.give_track(person)


def _answer(
    figures: Figures | None, seen: Seen, beat: int, classes: tuple[str, ...]
) -> dict[str, int] | None:
    if figures is not None:
        return dict(figures.counts) if figures.counts is not None else None
    there = Counter(person.at(beat).label for person in seen.people if person.went_at is None)
    return {name: there[name] for name in (*classes, UNCERTAIN)}


def _member(reading: Reading, now_s: float) -> Member:
    shown, rest = reading.probabilities, np.zeros(len(reading.probabilities))
    return Member(shown, reading.label == UNCERTAIN, shown, rest, now_s)


def _reading(predictions: Predictions, row: int) -> Reading:
    probabilities = predictions.probabilities[row]
    name = predictions.classes[int(probabilities.argmax())]
    return Reading(probabilities, UNCERTAIN if predictions.uncertain[row] else name)


def _shares(tried: list[tuple[str, str, str, str]]) -> str:
    """Return how many of each way to find out are right, in words."""
    right = [np.mean([each[0] == each[way] for each in tried] or [0]) for way in (1, 2, 3)]
    return ", ".join(f"{share:.0%}" for share in right)


if __name__ == "__main__":
    main()
