"""The commands that read pictures and videos from files."""

from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from webapp.command.options import FILE, FILE_OR_STDOUT, FOLDER, FiniteRange
from webapp.config import Settings, read_settings


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--json", "json_file", type=FILE_OR_STDOUT, help="List of records; - for JSON lines.")
@click.option("--out", type=FOLDER, help="Write annotated copies into this folder.")
def image(paths: tuple[str, ...], json_file: Path | None, out: Path | None) -> None:
    """Read the faces in pictures: files, folders with all they hold, patterns such as '*.jpg'."""
    from webapp.decoding.decoders import DecoderLimits, Decoders
    from webapp.decoding.readers import PictureReader
    from webapp.files.image_run import ImageOptions, run_image
    from webapp.serving.models import load_models

    settings = read_settings()
    options = ImageOptions(paths, json_file, out)
    with closing(Decoders(DecoderLimits(settings.max_pixels))) as decoders:
        decoders.prepare()
        with closing(PictureReader(decoders)) as read:
            raise SystemExit(run_image(options, lambda: load_models(settings), read))


@click.command()
@click.argument("source")
@click.option("--every", type=click.IntRange(1), default=1, metavar="N", help="Skip frames.")
@click.option("--seconds", type=FiniteRange(0, min_open=True), metavar="S", help="Read no further.")
@click.option("--json", "json_file", type=FILE_OR_STDOUT, help="A record per frame; - for lines.")
@click.option("--csv", "csv_file", type=FILE_OR_STDOUT, help="A row per face and frame.")
@click.option("--out", type=FILE, help="Annotated video: .mp4, or .webm, which is quicker.")
@click.option("--timeline", type=FILE, help="Picture of the expressions over time, PNG.")
def video(**options: Any) -> None:
    """Read the faces in a video: a file, a camera's number, a URL or `demo`.

    With --every N only each N-th frame is read. A camera or stream needs --seconds.
    """
    from webapp.decoding.decoders import DecoderLimits, Decoders
    from webapp.decoding.readers import open_decoded_video
    from webapp.demo import CLIP
    from webapp.files.video_run import VideoOptions, run_video
    from webapp.serving.expression_rule import expression_rule
    from webapp.serving.models import load_models

    settings = _with_known_expressions(read_settings())
    run = VideoOptions(demo_clip=CLIP, max_pixels=settings.max_pixels, **options)
    rule = expression_rule(settings)
    with closing(Decoders(DecoderLimits(settings.max_pixels))) as decoders:
        open_file = partial(open_decoded_video, decoders)
        raise SystemExit(run_video(run, lambda: load_models(settings), rule, open_file))


def _with_known_expressions(settings: Settings) -> Settings:
    """Leave out the alert expressions that the model lacks, as serving does, and say so.

    Raises:
        ModelError: the model files are missing or do not fit each other.
        ConfigError: no alert expression is known to the model.
    """
    from webapp.serving.expression_rule import ignored_warning, known_expressions
    from webapp.vision.model_files import read_metadata

    classes, wanted = read_metadata(settings.model_dir).classes, settings.alert_emotions
    known, warning = known_expressions(classes, wanted), ignored_warning(classes, wanted)
    if warning:
        click.echo(f"evenkeel: {warning}", err=True)
    return replace(settings, alert_emotions=known)
