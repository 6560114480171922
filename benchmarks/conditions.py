"""How networks read PublicTest's faces as real cameras may show them.

python -m benchmarks.conditions --data fer2013 --votes fer2013/index.csv [--model DIR ...]
    [--limit N] [--json FILE]

Every condition is made from the same pictures, the same way every time. What is drawn stands for no
particular glasses or beards, and a turned head is that of a relief (`webapp.training.relief`).
"""

import argparse
import json
from pathlib import Path

import numpy as np

from benchmarks.clips import table
from webapp.config import Settings
from webapp.core.indicator import uncertain_rows
from webapp.core.ports import Classifier
from webapp.core.quality import READABLE, sharpness
from webapp.training import worn
from webapp.training.calibrate import uncertain_threshold
from webapp.training.conditions import Condition
from webapp.training.dataset import FaceSet, load_folder
from webapp.training.metrics import accuracy, majority_figures
from webapp.training.scoring import score_faces
from webapp.training.votes import Votes
from webapp.vision.backends import use_one_core
from webapp.vision.classifier import ExpressionClassifier

CONDITIONS = {
    "undisturbed": Condition(),
    "60 px": Condition(size_px=60, jpeg_quality=90),
    "40 px": Condition(size_px=40, jpeg_quality=90),
    "24 px": Condition(size_px=24, jpeg_quality=90),
    "JPEG 80": Condition(jpeg_quality=80),
    "JPEG 60": Condition(jpeg_quality=60),
    "JPEG 40": Condition(jpeg_quality=40),
    "motion, 8 % of the face": Condition(motion=0.08),
    "motion, 16 %": Condition(motion=0.16),
    "out of focus": Condition(defocus=0.03),
    "low light, noise": Condition(light=0.35, noise=5.0),
    "hard side light": Condition(side_light=0.85),
    "sunglasses": Condition(worn=worn.dark_glasses),
    "glasses": Condition(worn=worn.clear_glasses),
    "beard": Condition(worn=worn.beard),
    "mask": Condition(worn=worn.face_mask),
    "hand": Condition(worn=worn.hand),
    "turned by 30° to the left": Condition(turn_deg=-30),
    "turned by 30° to the right": Condition(turn_deg=30),
    "tilted by 15°": Condition(tilt_deg=15),
    "a dim camera": Condition(size_px=40, motion=0.06, light=0.45, noise=4.0, jpeg_quality=50),
}
TOGETHER = "all of these"


def main() -> None:
    """Measure and print a table per model; write the figures as JSON where asked."""
    options = _options()
    use_one_core()
    figures: dict[str, list[dict[str, object]]] = {}
    for model in options.model:
        classifier = ExpressionClassifier.load(model)
        faces = some_faces(options.data, classifier.classes, options.limit)
        votes = Votes(options.votes).counts(faces)
        print(f"\n{model}, {len(faces)} faces, uncertain below {classifier.uncertain_below}")
        figures[str(model)] = measured(classifier, faces, votes)
        print(table([_shown(row) for row in figures[str(model)]]), flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="holds validation/<class>/*")
    parser.add_argument("--votes", type=Path, required=True, help="CSV with the FER+ columns")
    parser.add_argument("--model", type=Path, nargs="+", default=[Settings.model_dir])
    parser.add_argument("--limit", type=int, help="so many faces, evenly from all classes")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def some_faces(data: Path, classes: tuple[str, ...], limit: int | None) -> FaceSet:
    """Read the validation part, or as many of its faces as `limit` says, spread over it."""
    faces = load_folder(data / "validation", base=data, classes=classes)
    if limit is None or limit >= len(faces):
        return faces
    return faces.take(np.linspace(0, len(faces) - 1, limit).round().astype(int))


def measured(classifier: Classifier, faces: FaceSet, votes: np.ndarray) -> list[dict[str, object]]:
    """Return a row of figures per condition, and one of all of them together."""
    read = {
        name: read_under(condition, classifier, faces) for name, condition in CONDITIONS.items()
    }
    read[TOGETHER] = tuple(np.concatenate(parts) for parts in zip(*read.values(), strict=True))
    rows: list[dict[str, object]] = []
    for name, (probabilities, blurred) in read.items():
        times = len(probabilities) // len(faces)
        labels, votes_again = np.tile(faces.labels, times), np.tile(votes, (times, 1))
        uncertain = uncertain_rows(probabilities, classifier.uncertain_below)
        row = figures(probabilities, labels, votes_again, faces.classes, blurred, uncertain)
        rows.append({"condition": name, **row})
    return rows


def read_under(
    condition: Condition, classifier: Classifier, faces: FaceSet
) -> tuple[np.ndarray, np.ndarray]:
    """Read every face under a condition; chance follows from its place alone.

    Returns:
        Probabilities (N, C), and which faces serving would call too blurred to be read, (N,) bool.
        Of the other limits of `core.quality`, height and turn, no condition here passes one.
    """
    crops = np.stack(
        [
            condition.show(face, np.random.default_rng(place))
            for place, face in enumerate(faces.images)
        ]
    )
    return score_faces(classifier, crops), sharpness(crops) < READABLE.least_sharpness


def figures(
    probabilities: np.ndarray,
    labels: np.ndarray,
    votes: np.ndarray,
    classes: tuple[str, ...],
    blurred: np.ndarray,
    uncertain: np.ndarray,
) -> dict[str, float | None]:
    """Return how well faces are read, and how well those for which a class is named.

    Args:
        probabilities, votes: (N, C).
        labels: (N,) class indices.
        blurred, uncertain: (N,) bool; no class is named for either.
    """
    named = ~(blurred | uncertain)
    majority = majority_figures(probabilities, votes, classes)
    named_majority = majority_figures(probabilities[named], votes[named], classes)
    return {
        "right": accuracy(probabilities, labels),
        "FER+ majority": majority["accuracy"],
        "alarm area": majority["alert_roc_area"],
        "too blurred": float(blurred.mean()),
        "uncertain": float((uncertain & ~blurred).mean()),
        "right where named": accuracy(probabilities[named], labels[named]) if named.any() else None,
        "FER+ where named": named_majority["accuracy"],
        "fitting limit": uncertain_threshold(probabilities, labels),
    }


def _shown(row: dict[str, object]) -> dict[str, object]:
    """Return a row as the table shows it: shares in per cent, area and limit as they are."""
    return {
        name: _as_text(name, value) if name != "condition" else value for name, value in row.items()
    }


def _as_text(name: str, value: object) -> str:
    if not isinstance(value, float):
        return "none"
    return f"{value:.3f}" if name in ("alarm area", "fitting limit") else f"{value:.1%}"


if __name__ == "__main__":
    main()
