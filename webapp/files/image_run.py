"""The run of the command `image`: find, read, report, and go on past what cannot be read."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import click
import cv2
import numpy as np

from webapp.cameras.analysis import FaceModels
from webapp.core.errors import OutputError, PictureError
from webapp.files.annotated_copies import AnnotatedCopies
from webapp.files.picture_analyser import DetectedFaces, PictureAnalyser
from webapp.files.picture_paths import PicturePath, PictureSearch
from webapp.files.record_sinks import (
    JsonLines,
    JsonList,
    RecordSink,
    Table,
    counted,
    printable,
)
from webapp.files.stop_signals import StopRequest, stop_signals
from webapp.vision.backends import silenced_stderr, use_one_core
from webapp.vision.safe_picture import safe_picture

STDOUT = Path("-")
# Fewer are read before a bar is understood.
BAR_FROM = 10
# As many as the network reads at once; a face then takes up to a third less than alone.
MOST_WAITING_FACES = 8
MOST_WAITING_PICTURES = 8
ReadPicture = Callable[[Path], np.ndarray]


@dataclass(frozen=True)
class ImageOptions:
    """What to read and where the results go.

    Attributes:
        paths: files, folders and patterns.
        json_file: gets a list of records; `STDOUT`: JSON lines; None: a table.
        out: folder for annotated copies.
    """

    paths: tuple[str, ...]
    json_file: Path | None
    out: Path | None


def run_image(
    options: ImageOptions, load_models: Callable[[], FaceModels], read: ReadPicture
) -> int:
    """Read every picture; failures are listed at the end, on standard error.

    Args:
        load_models: loads detector and model; called once, when there is something to read.
        read: reads a picture file; raises PictureError.

    Returns:
        The exit status: 130 after Ctrl-C, 143 after SIGTERM, 1 when anything could not be read or
        written, else 0.

    Raises:
        OutputError: the JSON file cannot be written or is one of the pictures.
        DetectorError, ModelError: see `load_models`.
    """
    with stop_signals() as stop:
        search = PictureSearch(leave_out=options.out, is_over=lambda: bool(stop))
        for argument in options.paths:
            search.add(argument)
        run: _Run | None = None
        if search.pictures and not stop:
            with silenced_stderr():
                run = _Run(options, search, load_models(), read)
        if stop:
            click.echo("\nevenkeel: interrupted before the first picture.", err=True)
            return stop.exit_code
        failures = search.failures + (run.read_all(stop) if run else [])
        if failures:
            click.echo(f"evenkeel: {counted(len(failures), 'failure')}:", err=True)
        for failure in failures:
            click.echo(f"  {printable(failure, sys.stderr)}", err=True)
        return stop.exit_code if stop else int(bool(failures))


class _Waiting(NamedTuple):
    """A picture whose faces wait for others, to be classified with them."""

    picture: PicturePath
    detected: DetectedFaces
    image_bgr: np.ndarray | None


class _Run:
    def __init__(
        self, options: ImageOptions, search: PictureSearch, models: FaceModels, read: ReadPicture
    ) -> None:
        use_one_core()
        self._failures: list[str] = []
        self._pictures, self._read = search.pictures, read
        self._base = search.common_folder()
        self._analyser = PictureAnalyser(models)
        originals = _originals(search.pictures, options)
        self._sink = _sink(options.json_file, originals)
        self._copies = AnnotatedCopies(options.out, originals) if options.out else None
        self._waiting: list[_Waiting] = []

    def read_all(self, stop: StopRequest) -> list[str]:
        """Read all pictures, or at least one until somebody stops the run; return the failures."""
        is_crossed = isinstance(self._sink, JsonLines) and sys.stdout.isatty()
        is_hidden = is_crossed or len(self._pictures) < BAR_FROM or not sys.stderr.isatty()
        progress_bar = click.progressbar(
            self._pictures, label="Reading", show_pos=True, file=sys.stderr, hidden=is_hidden
        )
        # Whole pictures, which copies are made of, do not wait: they may be large.
        most_pictures = 1 if self._copies else MOST_WAITING_PICTURES
        with self._sink:
            with progress_bar as pictures:
                for picture in pictures:
                    self._detect(picture)
                    faces = sum(len(one.detected.faces) for one in self._waiting)
                    if faces >= MOST_WAITING_FACES or len(self._waiting) >= most_pictures:
                        self._classify_waiting()
                    if stop:
                        break
            self._classify_waiting()
        if stop:
            click.echo("\nevenkeel: interrupted; what was read until then is kept.", err=True)
        return self._failures

    def _detect(self, picture: PicturePath) -> None:
        try:
            with silenced_stderr():
                image_bgr = self._read(Path(picture.given))
            detected = self._analyser.detect(image_bgr)
        except PictureError as error:
            self._failures.append(str(error))
        except (cv2.error, MemoryError) as error:
            # One picture that OpenCV or the memory cannot take must not end the run.
            self._failures.append(f"{picture.given}: {type(error).__name__}: {error}")
        else:
            kept = image_bgr if self._copies else None
            self._waiting.append(_Waiting(picture, detected, kept))

    def _classify_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        analysed = self._analyser.classify([one.detected for one in waiting])
        for (picture, _, image_bgr), result in zip(waiting, analysed, strict=True):
            self._sink.add(result.record(picture.given))
            if self._copies is None or image_bgr is None:
                continue
            safe = safe_picture(image_bgr, result.faces, result.predictions)
            try:
                self._copies.write(picture.below(self._base), safe)
            except OutputError as error:
                self._failures.append(str(error))


def _originals(pictures: list[PicturePath], options: ImageOptions) -> set[str]:
    """Return the real paths of what must not be replaced; none where nothing could be."""
    json_file = options.json_file
    if not options.out and not (json_file and json_file.exists()):
        return set()
    return {os.path.realpath(picture.given) for picture in pictures}


def _sink(json_file: Path | None, originals: set[str]) -> RecordSink:
    if json_file is None:
        return Table(sys.stdout)
    if json_file == STDOUT:
        return JsonLines(sys.stdout)
    if os.path.realpath(json_file) in originals:
        raise OutputError(
            f"{json_file}: is one of the pictures to read and would be replaced. "
            "Name another file after --json."
        )
    return JsonList(json_file)
