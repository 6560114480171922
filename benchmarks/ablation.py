"""What each step of the training gains: short runs of `cnn`, each with one thing changed.

python -m benchmarks.ablation --data fer2013 --votes fer2013/index.csv [--teacher model]
    [--only ROW...]

Accuracy and the area under the ROC curve of angry or afraid, by the labels and by the FER+
majority, on the half of the validation pictures that chooses no epoch; in brackets the points
above the recipe's mean.
"""

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from webapp.training.metrics import judged
from webapp.training.options import TrainOptions
from webapp.training.pictures import picture_paths
from webapp.training.splits import reporting_rows
from webapp.training.train import fit
from webapp.training.votes import Votes
from webapp.vision.preprocess import to_model_input

SEEDS = (1, 2, 3)
COLUMNS = {
    "accuracy": "PublicTest",
    "alert_roc_area": "ROC area",
    "fer_plus_majority": "FER+ majority",
    "alert_roc_area_majority": "its ROC area",
}


def main() -> None:
    """Run every variant that the figures file lacks, and print a table."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        data = _every_nth(options.data, Path(folder) / "data", options.every)
        base = TrainOptions(
            data,
            Path(folder) / "run",
            epochs=options.epochs,
            votes=options.votes,
            width=options.width,
        )
        figures = json.loads(options.json.read_text()) if options.json.exists() else {}
        for name, changes in _variants(options.width, options.teacher).items():
            if name not in figures and name.startswith(tuple(options.only)):
                figures[name] = _measure(replace(base, **changes))
                options.json.write_text(json.dumps(figures, indent=1) + "\n")
    print(f"| run | {' | '.join(COLUMNS.values())} |\n|{'---|' * (1 + len(COLUMNS))}")
    print("\n".join(_row(name, figures) for name in figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--votes", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, help="also learn from this model")
    parser.add_argument("--only", nargs="+", default=[""], help="how the names of rows begin")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--every", type=int, default=4, help="take every n-th training picture")
    parser.add_argument("--width", type=float, default=0.5, help="of the network that is varied")
    parser.add_argument(
        "--json",
        type=Path,
        default=Path("runs/ablation.json"),
        help="figures so far; a cut run goes on from them, so delete it for other settings",
    )
    options = parser.parse_args()
    options.json.parent.mkdir(parents=True, exist_ok=True)
    return options


def _variants(width: float, teacher: Path | None) -> dict[str, dict[str, Any]]:
    variants: dict[str, dict[str, Any]] = {
        f"the recipe, seed {seed}": {"seed": seed} for seed in SEEDS
    }
    variants |= {
        "without cleaning": {"clean": False},
        "without votes": {"votes_share": 0.0},
        "without augmentation": {"augment": False},
        "constant rate": {"one_cycle": False, "peak_learning_rate": 0.02},
        "half the width": {"width": width / 2},
        "twice the width": {"width": width * 2},
        "with mixup": {"mixup": 0.2},
        "class balance 0.999": {"class_balance": 0.999},
        "class balance 0.9999": {"class_balance": 0.9999},
    }
    if teacher:
        variants["with a teacher"] = {"teachers": (teacher,)}
    return variants


def _every_nth(data: Path, subset: Path, every: int) -> Path:
    """Link every n-th picture of each training class, and the whole validation part."""
    for folder in (path for path in (data / "train").iterdir() if path.is_dir()):
        (subset / "train" / folder.name).mkdir(parents=True)
        for path in picture_paths(folder)[::every]:
            (subset / "train" / folder.name / path.name).symlink_to(path.resolve())
    (subset / "validation").symlink_to((data / "validation").resolve())
    return subset


def _measure(options: TrainOptions) -> dict[str, float | None]:
    assert options.votes
    trained, validation_set = fit(options)
    faces = validation_set.take(reporting_rows(validation_set))
    inputs = to_model_input(faces.images)
    probabilities = trained.network.predict(inputs, batch_size=64, verbose=0)
    figures = judged(probabilities, faces.labels, faces.classes, Votes(options.votes).counts(faces))
    return {
        "accuracy": figures["accuracy"],
        "alert_roc_area": figures["alert_roc_area"],
        "fer_plus_majority": figures["fer_plus_majority"]["accuracy"],
        "alert_roc_area_majority": figures["fer_plus_majority"]["alert_roc_area"],
    }


def _row(name: str, figures: dict[str, dict[str, float]]) -> str:
    recipe = [key for key in figures if key.startswith("the recipe")]
    cells = [f"{figures[name][column]:.1%}" for column in COLUMNS]
    if recipe and name not in recipe:
        for number, column in enumerate(COLUMNS):
            mean = sum(figures[key][column] for key in recipe) / len(recipe)
            cells[number] += f" ({100 * (figures[name][column] - mean):+.1f})"
    return f"| {name} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
