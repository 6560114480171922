"""The command line: every command by its topic; what is heavy is imported when it runs."""

from pathlib import Path
from typing import Any

import click

from webapp import __version__
from webapp.command import (
    audit,
    cameras,
    database,
    reading,
    receivers,
    tokens,
    training,
    users,
    worker,
)
from webapp.command.options import FILE, FiniteRange
from webapp.command.output import show_figures
from webapp.config import read_settings
from webapp.core.errors import EvenkeelError


class OneLineErrors(click.Group):
    """Ends with one clear line, and exit status 1, on errors that Evenkeel raises on purpose.

    So it does where a command needs a package that serving does without.
    """

    def invoke(self, context: click.Context) -> Any:
        """Run the command."""
        from webapp.vision.whole_set import needing_whole_set

        try:
            with needing_whole_set("This command"):
                return super().invoke(context)
        except EvenkeelError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=OneLineErrors)
@click.version_option(__version__)
def main() -> None:
    """Evenkeel: how a crew is coping, live and in aggregate."""


@click.command()
@click.option("--source", required=True, help="Clip to play at its own pace, or `demo`.")
@click.option("--seconds", type=FiniteRange(1), default=30.0, show_default=True)
@click.option("--json", "json_file", type=FILE, help="Write the figures here too.")
def benchmark(source: str, seconds: float, json_file: Path | None) -> None:
    """Run the serving pipeline on a clip with one viewer and measure it."""
    from webapp.serving.benchmark import benchmark as run

    show_figures(run(read_settings(), source, seconds), json_file)


users.user.add_command(tokens.token)
for command in (
    reading.image,
    reading.video,
    training.train,
    training.evaluate,
    training.calibrate,
    training.average,
    training.weigh,
    training.export,
    benchmark,
    database.db,
    database.purge,
    audit.audit,
    users.user,
    cameras.camera,
    receivers.receivers,
    worker.worker,
):
    main.add_command(command)
