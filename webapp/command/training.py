"""The commands that train, measure and prepare models."""

from pathlib import Path
from typing import Any

import click

from webapp.command.options import (
    EXISTING,
    EXISTING_FOLDER,
    FILE,
    FOLDER,
    ClassWeight,
    FiniteRange,
)
from webapp.command.output import show_figures
from webapp.config import read_settings

SHARE = FiniteRange(0, 1)
# As in `training.networks`, whose import takes seconds; a test compares them.
ARCHITECTURES = ("cnn", "efficientnet_lite", "mobilenet", "mobilenetv2")


@click.command()
@click.option("--data", type=EXISTING, required=True, help="Image folder or fer2013.csv.")
@click.option("--out", type=FOLDER, help="Folder for the model. [default: runs/ARCH]")
@click.option("--arch", type=click.Choice(ARCHITECTURES), default="cnn", show_default=True)
@click.option("--epochs", type=click.IntRange(1), help="[default: by architecture]")
@click.option("--head-epochs", type=click.IntRange(0), help="Of these, for the output layer alone.")
@click.option("--batch-size", type=click.IntRange(1), help="[default: by architecture]")
@click.option("--peak-learning-rate", type=FiniteRange(0, min_open=True))
@click.option(
    "--patience", type=click.IntRange(1), help="Stop after N epochs without a better one."
)
@click.option(
    "--average", type=click.IntRange(1), default=1, help="Try the mean of the last N epochs, too."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--votes", type=EXISTING, help="CSV with a column `file` and the FER+ vote columns.")
@click.option("--votes-share", type=SHARE, default=0.4, show_default=True)
@click.option(
    "--votes-least", type=click.IntRange(0), default=0, help="Only where so many taggers agree."
)
@click.option("--smoothing", type=SHARE, default=0.05, show_default=True, help="Of the labels.")
@click.option(
    "--class-balance",
    type=FiniteRange(0, 1, max_open=True),
    default=0.0,
    help="Weigh rare classes more; 0.999 moderately, 0.9999 strongly.",
)
@click.option("--init", type=FOLDER, help="Start from the weights of this model folder.")
@click.option(
    "--pretrained", default="imagenet", show_default=True, help="Or faceres-deep, none, a FILE."
)
@click.option(
    "--teacher",
    "teachers",
    type=FOLDER,
    multiple=True,
    help="Learn from the readings of this model, too; repeat it for an average of several.",
)
@click.option("--teacher-share", type=SHARE, default=0.6, show_default=True)
@click.option("--teach-views", is_flag=True, help="Teachers read each changed face; dearer.")
@click.option("--mixup", type=FiniteRange(0), default=0.0, help="Mix faces; 0.2 is usual.")
@click.option(
    "--conditions",
    type=SHARE,
    default=0.0,
    help="Share of faces shown small, blurred, dim, turned or covered.",
)
@click.option("--enlarged-px", type=click.IntRange(32, 224), help="Faces' size in pretrained nets.")
@click.option("--train-from", metavar="LAYER", help="Layers before this one stay as they are.")
@click.option("--width", type=FiniteRange(0.1, 4), help="Channels of cnn. [default: 1]")
@click.option(
    "--precision", type=click.Choice(["auto", "float32", "mixed_bfloat16"]), default="auto"
)
@click.option("--deterministic", is_flag=True, help="The same numbers on every run, but slower.")
@click.option("--clean/--no-clean", default=True, help="Drop copies and near-constant pictures.")
@click.option("--augment/--no-augment", default=True, help="Change faces at random.")
@click.option("--one-cycle/--constant", default=True, help="Schedule of the learning rate.")
@click.option("--resume", is_flag=True, help="Go on from the checkpoint in --out.")
def train(**options: Any) -> None:
    """Train a network on an image folder or on Kaggle's fer2013.csv."""
    from webapp.vision.backends import silence_tensorflow

    silence_tensorflow()
    from webapp.training.options import TrainOptions
    from webapp.training.train import train as run

    options["out"] = options["out"] or Path("runs") / options["arch"]
    click.echo(f"model written to {run(TrainOptions(**options))}")


@click.command()
@click.option("--data", type=EXISTING, required=True, help="Holds the class folders, or --split.")
@click.option("--split", help="Sub-folder of --data.")
@click.option("--model", type=FOLDER, help="Model folder; default the one that serves.")
@click.option("--exclude", type=EXISTING_FOLDER, help="Leave out pictures that also occur here.")
@click.option("--votes", type=EXISTING, help="CSV with FER+ columns: also report the agreed part.")
@click.option("--report", type=FOLDER, help="Write text, plots and metrics.json into this folder.")
@click.option("--json", "json_file", type=FILE, help="Write the figures here too.")
def evaluate(
    data: Path,
    split: str | None,
    model: Path | None,
    exclude: Path | None,
    votes: Path | None,
    report: Path | None,
    json_file: Path | None,
) -> None:
    """Measure a model on labelled pictures, by the forward pass that runs live."""
    from webapp.training.evaluate import EvaluateOptions
    from webapp.training.evaluate import evaluate as run
    from webapp.training.splits import split_folder

    folder = split_folder(data, split) if split else data
    model = model or read_settings().model_dir
    figures = run(EvaluateOptions(folder, model, exclude, votes, base=data, report=report))
    show_figures(figures, json_file)


@click.command()
@click.option("--data", type=EXISTING, required=True, help="Holds the class folders, or --split.")
@click.option("--split", help="Sub-folder of --data.")
@click.option("--model", type=FOLDER, required=True, help="Its metadata.json is rewritten.")
def calibrate(data: Path, split: str | None, model: Path) -> None:
    """Fit a model's temperature and the threshold of `uncertain` on labelled pictures."""
    from webapp.training.calibrate import recalibrate
    from webapp.training.splits import split_folder

    show_figures(recalibrate(model, split_folder(data, split) if split else data), None)


@click.command()
@click.argument("models", nargs=-1, type=FOLDER, required=True, metavar="MODEL...")
@click.option("--data", type=EXISTING, required=True, help="Image folder or fer2013.csv.")
@click.option("--votes", type=EXISTING, help="CSV with FER+ columns: also report the agreed part.")
@click.option("--out", type=FOLDER, required=True, help="Folder for the new model.")
def average(models: tuple[Path, ...], data: Path, votes: Path | None, out: Path) -> None:
    """Write the mean of several models that started from the same weights, and measure it.

    One that is named several times counts so many times.
    """
    from webapp.vision.backends import silence_tensorflow

    silence_tensorflow()
    from webapp.training.averaging import average_models

    click.echo(f"model written to {average_models(models, data, votes, out)}")


@click.command()
@click.option("--model", type=FOLDER, required=True, help="The trained model.")
@click.option(
    "--weight",
    "weights",
    type=ClassWeight(),
    multiple=True,
    help="What an error costs on pictures labelled so, where others cost 1; repeat it.",
)
@click.option("--data", type=EXISTING, required=True, help="Image folder or fer2013.csv.")
@click.option("--votes", type=EXISTING, help="CSV with FER+ columns: what taggers saw counts, too.")
@click.option("--votes-share", type=SHARE, default=0.5, show_default=True)
@click.option("--out", type=FOLDER, required=True, help="Folder for the new model.")
def weigh(
    model: Path,
    weights: tuple[tuple[str, float], ...],
    data: Path,
    votes: Path | None,
    votes_share: float,
    out: Path,
) -> None:
    """Let a model name classes as readily as missing them costs, and measure it.

    Only the biases of its output layer change.
    """
    if len(dict(weights)) < len(weights):
        names = ", ".join(name for name, _ in weights)
        raise click.BadParameter(f"expected each class once, got {names}.", param_hint="--weight")
    from webapp.vision.backends import silence_tensorflow

    silence_tensorflow()
    from webapp.training.weighing import weigh_classes

    written = weigh_classes(model, dict(weights), data, votes, votes_share, out)
    click.echo(f"model written to {written}")


@click.command()
@click.option("--model", type=FOLDER, help="Model folder; default the one that serves.")
def export(model: Path | None) -> None:
    """Compile a model for LiteRT, by which it then serves, without TensorFlow."""
    from webapp.vision.backends import silence_tensorflow

    silence_tensorflow()
    from webapp.training.export import export_litert

    folder = model or read_settings().model_dir
    click.echo(f"model.tflite written to {folder}, sha256 {export_litert(folder).litert_sha256}")
