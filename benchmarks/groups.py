"""Error rates by group, as far as pictures without labels of groups let them be told.

python -m benchmarks.groups [--people people-5] [--wild wild] [--model DIR] [--json FILE]

FER-2013 says nothing of the people in it, and no set with such labels may be used here. `--people`
has a folder a person, with class folders in each: right readings of each person, and of each class.
`--wild` has class folders: its faces are split into thirds by what can be seen in them, how bright,
how far turned and how large they are. The largest face of a picture counts; one that is not found
is read wrong.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.clips import table
from benchmarks.labelled import NO_FACE, labelled_pictures, largest
from webapp.config import Settings
from webapp.core.faces import LANDMARKS, Faces
from webapp.core.shares import wilson_interval
from webapp.vision.backends import use_one_core
from webapp.vision.classifier import ExpressionClassifier
from webapp.vision.detector import build_detector
from webapp.vision.model_files import read_metadata
from webapp.vision.preprocess import crop_faces

THIRDS = ("lowest third", "middle", "highest third")


@dataclass(frozen=True)
class Read:
    """What was read off the largest face of a picture, and how that looks.

    Attributes:
        label: index of a class, `NO_FACE` where none was found.
        seen: of the face, by the name of the property; empty where none was found.
    """

    label: int
    seen: dict[str, float]


def main() -> None:
    """Measure and print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=Path)
    parser.add_argument("--wild", type=Path)
    parser.add_argument("--model", type=Path, default=Settings.model_dir)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    use_one_core()
    reader, rows = Reader(options.model), list[dict[str, Any]]()
    if options.people:
        rows += by_person(reader, options.people)
    if options.wild:
        rows += by_what_is_seen(reader, options.wild)
    print(table([as_text(row) for row in rows]))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


class Reader:
    """Finds, crops and reads as the live pipeline does, at the default settings."""

    def __init__(self, model: Path) -> None:
        """Load detector and network."""
        self.classes = read_metadata(model).classes
        self._detector = build_detector(None, Settings.detect_width, Settings.min_face_px)
        self._classifier = ExpressionClassifier.load(model)

    def read(self, path: Path) -> Read:
        """Read the largest face of a picture."""
        image = cv2.imread(str(path))
        face = largest(self._detector.detect(image))
        if not len(face):
            return Read(NO_FACE, {})
        crops = crop_faces(image, face, self._detector.name)
        return Read(int(self._classifier.classify(crops).argmax()), seen_of(crops, face))


def seen_of(crops: np.ndarray, face: Faces) -> dict[str, float]:
    """Return what can be seen in a face.

    Args:
        crops: (1, 48, 48, 1) grey in [0, 1].
        face: one, with its landmarks.
    """
    points = dict(zip(LANDMARKS, face.landmarks_xy[0], strict=True))
    eyes = points["left_eye"] - points["right_eye"]
    middle = (points["left_eye"] + points["right_eye"]) / 2
    # Where the nose stands along the line of the eyes, 0 in a face seen from the front.
    turned = abs(float((points["nose"] - middle) @ eyes / (eyes @ eyes)))
    return {
        "brightness of the face": float(crops.mean()),
        "turned to a side": turned,
        "height, px": float(face.boxes_xyxy[0, 3] - face.boxes_xyxy[0, 1]),
    }


def by_person(reader: Reader, folder: Path) -> list[dict[str, Any]]:
    """Return a row for each person, and one for each class over all people."""
    people = sorted(path for path in folder.iterdir() if path.is_dir())
    rows, all_read = [], list[tuple[int, int]]()
    for person in people:
        pictures = labelled_pictures(person, reader.classes)
        read = [(reader.read(path).label, label) for path, label in pictures]
        all_read += read
        rows.append(row(f"person {person.name}", read))
    for label, name in enumerate(reader.classes):
        of_class = [pair for pair in all_read if pair[1] == label]
        if of_class:
            rows.append(row(f"all people, {name}", of_class))
    return rows


def by_what_is_seen(reader: Reader, folder: Path) -> list[dict[str, Any]]:
    """Return a row for each third of each property, and one for faces that were not found."""
    read = [(reader.read(path), label) for path, label in labelled_pictures(folder, reader.classes)]
    found = [(each, label) for each, label in read if each.seen]
    rows = [row("wild, all", [(each.label, label) for each, label in read])]
    for name in found[0][0].seen if found else ():
        edges = np.quantile([each.seen[name] for each, _ in found], (1 / 3, 2 / 3))
        thirds = [int(np.searchsorted(edges, each.seen[name])) for each, _ in found]
        for third, words in enumerate(THIRDS):
            of_third = [
                (each.label, label)
                for (each, label), its in zip(found, thirds, strict=True)
                if its == third
            ]
            rows.append(row(f"wild, {name}: {words}", of_third))
    return rows


def row(group: str, read: list[tuple[int, int]]) -> dict[str, Any]:
    """Return how many of a group there are and how many of them were read right.

    Args:
        read: pairs of what was read and what the label says.
    """
    share = float(np.mean([predicted == label for predicted, label in read]))
    low, high = wilson_interval(share, len(read))
    return {"group": group, "n": len(read), "right": share, "interval_95": [low, high]}


def as_text(figures: dict[str, Any]) -> dict[str, str]:
    """Format a row."""
    low, high = figures["interval_95"]
    return {
        "group": figures["group"],
        "pictures": str(figures["n"]),
        "right": f"{figures['right']:.1%}",
        "95 % interval": f"{max(0.0, low):.0%} to {high:.0%}",
    }


if __name__ == "__main__":
    main()
