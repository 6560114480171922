"""The commands; each imports what is heavy only when it runs."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from webapp import __version__
from webapp.command import reading as cli_reading
from webapp.command.types import FiniteRange
from webapp.config import read_settings
from webapp.core.errors import EvenkeelError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.storage.database import Database

FOLDER = click.Path(file_okay=False, path_type=Path)
EXISTING = click.Path(exists=True, path_type=Path)
EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
SHARE = FiniteRange(0, 1)
# As in `training.networks`, whose import takes seconds; a test compares them.
ARCHITECTURES = ("cnn", "efficientnet_lite", "mobilenet", "mobilenetv2")


class OneLineErrors(click.Group):
    """Ends with one clear line, and exit status 1, on errors that Evenkeel raises on purpose."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(context)
        except EvenkeelError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=OneLineErrors)
@click.version_option(__version__)
def main() -> None:
    """Evenkeel: how a crew is coping, live and in aggregate."""


main.add_command(cli_reading.image)
main.add_command(cli_reading.video)


@main.command()
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


@main.command()
@click.option("--data", type=EXISTING, required=True, help="Holds the class folders, or --split.")
@click.option("--split", help="Sub-folder of --data.")
@click.option("--model", type=FOLDER, help="Model folder; default the one that serves.")
@click.option("--exclude", type=EXISTING_FOLDER, help="Leave out pictures that also occur here.")
@click.option("--votes", type=EXISTING, help="CSV with FER+ columns: also tell the agreed part.")
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

    folder = data / split if split else data
    model = model or read_settings().model_dir
    figures = run(EvaluateOptions(folder, model, exclude, votes, base=data, report=report))
    _tell(figures, json_file)


@main.command()
@click.option("--data", type=EXISTING, required=True, help="Holds the class folders, or --split.")
@click.option("--split", help="Sub-folder of --data.")
@click.option("--model", type=FOLDER, required=True, help="Its metadata.json is rewritten.")
def calibrate(data: Path, split: str | None, model: Path) -> None:
    """Fit a model's temperature and the threshold of `uncertain` on labelled pictures."""
    from webapp.training.calibrate import recalibrate

    _tell(recalibrate(model, data / split if split else data), None)


@main.command()
@click.argument("models", nargs=-1, type=FOLDER, required=True, metavar="MODEL...")
@click.option("--data", type=EXISTING, required=True, help="Image folder or fer2013.csv.")
@click.option("--votes", type=EXISTING, help="CSV with FER+ columns: also tell the agreed part.")
@click.option("--out", type=FOLDER, required=True, help="Folder for the new model.")
def average(models: tuple[Path, ...], data: Path, votes: Path | None, out: Path) -> None:
    """Write the mean of several models that started from the same weights, and measure it.

    One that is named several times counts so many times.
    """
    from webapp.vision.backends import silence_tensorflow

    silence_tensorflow()
    from webapp.training.averaging import average_models

    click.echo(f"model written to {average_models(models, data, votes, out)}")


@main.command()
@click.option("--model", type=FOLDER, help="Model folder; default the one that serves.")
def export(model: Path | None) -> None:
    """Compile a model for LiteRT, by which it then serves, without TensorFlow."""
    from webapp.vision.backends import silence_tensorflow

    silence_tensorflow()
    from webapp.training.export import export_litert

    folder = model or read_settings().model_dir
    click.echo(f"model.tflite written to {folder}, sha256 {export_litert(folder).litert_sha256}")


@main.command()
@click.option("--source", required=True, help="Clip to play at its own pace, or `demo`.")
@click.option("--seconds", type=FiniteRange(1), default=30.0, show_default=True)
@click.option("--json", "json_file", type=FILE, help="Write the figures here too.")
def benchmark(source: str, seconds: float, json_file: Path | None) -> None:
    """Run the serving pipeline on a clip with one viewer and measure it."""
    from webapp.command.benchmark import benchmark as run

    _tell(run(read_settings(), source, seconds), json_file)


@main.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Create the tables or bring them up to date."""
    from webapp.storage.upgrade import upgrade as run

    run(read_settings().database_url)


@main.command()
@click.option(
    "--days", type=click.IntRange(0, 36500), help="Keep so many. [default: RETENTION_DAYS]"
)
def purge(days: int | None) -> None:
    """Delete history, resolved alerts and ended silences that are older."""
    from webapp.recording.retention import purge as run

    settings = read_settings()
    kept_days = settings.retention_days if days is None else days
    with _database(settings.database_url) as database:
        done = run(database, datetime.now(UTC) - timedelta(days=kept_days))
    click.echo(
        f"Deleted what is older than {kept_days} days: {done.history_rows} rows of history, "
        f"{done.alerts} alerts, {done.silences} silences."
    )


@main.group()
def user() -> None:
    """Who may sign in."""


PASSWORD = click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)


@user.command("add")
@click.argument("username")
@click.option("--admin", is_flag=True, help="May also change the set-up.")
@PASSWORD
def add_user(username: str, admin: bool, password: str) -> None:
    """Add a user."""
    from webapp.command import users as accounts

    with _session() as session:
        accounts.add(session, username, password, admin)
    click.echo(f"{username} may sign in.")


@user.command("password")
@click.argument("username")
@PASSWORD
def change_password(username: str, password: str) -> None:
    """Give a user a new password and end the old sign-ins."""
    from webapp.command import users as accounts

    with _session() as session:
        accounts.change_password(session, username, password)
    click.echo(f"{username} has a new password.")


@user.command("sign-out")
@click.argument("username")
def sign_out(username: str) -> None:
    """End every sign-in of a user; open pictures and pages are cut within seconds."""
    from webapp.command import users as accounts

    with _session() as session:
        click.echo(f"{accounts.sign_out(session, username)} sign-ins ended.")


@contextmanager
def _session() -> Iterator["Session"]:
    with _database(read_settings().database_url) as database, database.session() as session:
        yield session


@contextmanager
def _database(url: str) -> Iterator["Database"]:
    from webapp.storage.database import Database

    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def _tell(figures: dict[str, Any], json_file: Path | None) -> None:
    text = json.dumps(figures, indent=2)
    click.echo(text)
    if json_file:
        _write(json_file, text + "\n")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    except OSError as error:
        sys.exit(f"evenkeel: {path}: cannot be written ({error.strerror}).")
