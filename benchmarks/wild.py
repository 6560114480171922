"""From whole pictures to labels, ours and by the PyPI package `fer`: detector, crop, classifier.

python -m benchmarks.wild --wild wild [--fer-python /some/place/bin/python] [--every 4]

The largest face of a picture counts. Ours is its most probable class; that serving would call
some of these uncertain is left aside, because `fer` knows no such answer. How to install `fer`
stands in benchmarks/fer_package.py.
"""

import json
import time
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from benchmarks.fer_package import comparison_parser, run_fer
from benchmarks.labelled import NO_FACE, labelled_pictures, largest, macro_recall, recalls
from webapp.config import Settings
from webapp.vision.backends import use_one_core
from webapp.vision.classifier import ExpressionClassifier
from webapp.vision.detector import build_detector
from webapp.vision.model_files import read_metadata
from webapp.vision.preprocess import crop_faces

WARM_UP = 5
# As the README of fer 25.10.3 shows its use on a picture; of several faces the largest.
FER_SCRIPT = """
import json, sys, time, cv2
from fer.fer import FER
detector = FER()
spent, labels = [], []
for path in json.load(sys.stdin):
    image = cv2.imread(path)
    started = time.process_time()
    found = detector.detect_emotions(image)
    spent.append(time.process_time() - started)
    best = max(found, key=lambda face: face["box"][2] * face["box"][3], default=None)
    labels.append(max(best["emotions"], key=best["emotions"].get) if best else None)
print(json.dumps({"labels": labels, "cpu_s": spent}))
"""


class Labels(NamedTuple):
    """Class indices (N,), `NO_FACE` where none was found, and CPU seconds per picture (N,)."""

    labels: np.ndarray
    cpu_s: np.ndarray


def main() -> None:
    """Measure and print JSON."""
    parser = comparison_parser(__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    figures = measure(options.wild, options.model, options.fer_python, options.every)
    text = json.dumps(figures, indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n")


def measure(wild: Path, model: Path, fer_python: Path | None, every: int) -> dict[str, Any]:
    """Read every n-th picture with both, or with ours alone."""
    metadata = read_metadata(model)
    pictures = labelled_pictures(wild, metadata.classes)[::every]
    paths, truth = [path for path, _ in pictures], np.array([label for _, label in pictures])
    figures: dict[str, Any] = {
        "pictures": len(paths),
        "every": every,
        "weights_sha256": metadata.weights_sha256,
    }
    found = {"evenkeel": read_ours(paths, model)}
    if fer_python:
        found["fer"] = read_with_fer(paths, fer_python, metadata.classes)
    both = np.all([each.labels != NO_FACE for each in found.values()], axis=0)
    for name, each in found.items():
        figures[name] = _figures(each, truth, both, metadata.classes)
    if fer_python:
        figures["pictures_where_both_find_a_face"] = int(both.sum())
        ours, theirs = figures["evenkeel"], figures["fer"]
        figures["points_above_fer"] = {
            name: round(100 * (ours[name] - theirs[name]), 1)
            for name in ("macro_recall", "macro_recall_where_both_find_a_face")
        }
    return figures


def read_ours(paths: list[Path], model: Path) -> Labels:
    """Find, crop and read as the live pipeline does, at the default settings."""
    use_one_core()
    detector = build_detector(None, Settings.detect_width, Settings.min_face_px)
    classifier = ExpressionClassifier.load(model)
    labels, cpu_s = [], []
    for path in paths:
        image = cv2.imread(str(path))
        started_at_s = time.process_time()
        crops = crop_faces(image, largest(detector.detect(image)), detector.name)
        best = classifier.classify(crops).argmax(axis=1)
        cpu_s.append(time.process_time() - started_at_s)
        labels.append(int(best[0]) if len(best) else NO_FACE)
    return Labels(np.array(labels), np.array(cpu_s))


def read_with_fer(paths: list[Path], python: Path, classes: tuple[str, ...]) -> Labels:
    """Read with fer in its own environment, with the detector that its README uses."""
    answer = run_fer(python, FER_SCRIPT, given=json.dumps([str(path.resolve()) for path in paths]))
    # What our classes lack is wrong in any case.
    labels = [classes.index(name) if name in classes else NO_FACE for name in answer["labels"]]
    return Labels(np.array(labels), np.array(answer["cpu_s"]))


def _figures(
    found: Labels, truth: np.ndarray, both: np.ndarray, classes: tuple[str, ...]
) -> dict[str, Any]:
    per_class = recalls(found.labels, truth)
    return {
        "found": round(float((found.labels != NO_FACE).mean()), 4),
        "recall": {classes[label]: round(recall, 4) for label, recall in per_class.items()},
        "macro_recall": round(macro_recall(found.labels, truth), 4),
        "macro_recall_where_both_find_a_face": round(
            macro_recall(found.labels[both], truth[both]), 4
        ),
        "accuracy": round(float((found.labels == truth).mean()), 4),
        "pictures_per_cpu_s": round(1.0 / float(found.cpu_s[WARM_UP:].mean()), 1),
    }


if __name__ == "__main__":
    main()
