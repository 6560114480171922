"""The run of the command `image`: find, read, tell, and go on past what cannot be read."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import click
import cv2
import numpy as np

from webapp.cameras.analysis import Reader
from webapp.core.errors import OutputError, PictureError
from webapp.files.annotated_copies import AnnotatedCopies
from webapp.files.picture_files import read_picture
from webapp.files.picture_paths import PicturePath, PictureSearch
from webapp.files.picture_reader import FoundFaces, PictureReader
from webapp.files.record_sinks import (
    JsonLines,
    JsonList,
    RecordSink,
    Table,
    counted,
    printable,
)
from webapp.files.records import Reading
from webapp.files.stop_signals import StopWish, stop_signals
from webapp.vision.backends import silenced_stderr, use_one_core

STDOUT = Path("-")
# Fewer are read before a bar is understood.
BAR_FROM = 10
# As many as the network reads at once; a face then takes up to a third less than alone.
MOST_WAITING_FACES = 8
MOST_WAITING_PICTURES = 8


@dataclass(frozen=True)
class ImageOptions:
    """What to read and where to tell it.

    Attributes:
        paths: files, folders and patterns.
        json_file: gets a list of records; `STDOUT`: JSON lines; None: a table.
        out: folder for annotated copies.
        max_pixels: larger pictures are refused.
    """

    paths: tuple[str, ...]
    json_file: Path | None
    out: Path | None
    max_pixels: int


def run_image(options: ImageOptions, build_reader: Callable[[], Reader]) -> int:
    """Read every picture; failures are told at the end, on standard error.

    Args:
        build_reader: loads detector and model; called once, when there is something to read.

    Returns:
        The exit status: 130 after Ctrl-C, 143 after SIGTERM, 1 when anything could not be read or
        written, else 0.

    Raises:
        OutputError: the JSON file cannot be written or is one of the pictures.
        DetectorError, ModelError: see `build_reader`.
    """
    with stop_signals() as wish:
        search = _search(options, wish)
        run: _Run | None = None
        if search.pictures and not wish:
            with silenced_stderr():
                run = _Run(options, search, build_reader())
        if wish:
            click.echo("\nevenkeel: interrupted before the first picture.", err=True)
            return wish.exit_code
        failures = search.failures + (run.read_all(wish) if run else [])
        _tell(failures)
        return wish.exit_code if wish else int(bool(failures))


def _search(options: ImageOptions, wish: StopWish) -> PictureSearch:
    search = PictureSearch(leave_out=options.out, is_over=lambda: bool(wish))
    for argument in options.paths:
        search.add(argument)
    return search


class _Waiting(NamedTuple):
    """A picture whose faces are found and wait for others, to be read with them."""

    picture: PicturePath
    found: FoundFaces
    image_bgr: np.ndarray | None


class _Run:
    def __init__(self, options: ImageOptions, search: PictureSearch, reader: Reader) -> None:
        use_one_core()
        self._failures: list[str] = []
        self._pictures, self._max_pixels = search.pictures, options.max_pixels
        self._base = search.common_folder()
        self._reader = PictureReader(reader)
        originals = _originals(search.pictures, options)
        self._sink = _sink(options.json_file, originals)
        self._copies = AnnotatedCopies(options.out, originals) if options.out else None
        self._waiting: list[_Waiting] = []

    def read_all(self, wish: StopWish) -> list[str]:
        """Read all, or until somebody wishes to stop, but one at least; return the failures."""
        with self._sink:
            self._find_all(wish)
            self._read_waiting()
        if wish:
            click.echo("\nevenkeel: interrupted; what was read until then is kept.", err=True)
        return self._failures

    def _find_all(self, wish: StopWish) -> None:
        with self._progress() as pictures:
            for picture in pictures:
                self._find(picture)
                if self._is_enough():
                    self._read_waiting()
                if wish:
                    return

    def _find(self, picture: PicturePath) -> None:
        try:
            with silenced_stderr():
                image = read_picture(Path(picture.told), self._max_pixels)
            found = self._reader.find(image)
        except PictureError as error:
            self._failures.append(str(error))
        except (cv2.error, MemoryError) as error:
            # One picture that OpenCV or the memory cannot take must not end the run.
            self._failures.append(f"{picture.told}: {type(error).__name__}: {error}")
        else:
            self._waiting.append(_Waiting(picture, found, image if self._copies else None))

    def _is_enough(self) -> bool:
        # Whole pictures, which copies are made of, are not kept waiting: they may be large.
        most_pictures = 1 if self._copies else MOST_WAITING_PICTURES
        faces = sum(len(waiting.found.faces) for waiting in self._waiting)
        return faces >= MOST_WAITING_FACES or len(self._waiting) >= most_pictures

    def _read_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        readings = self._reader.read_found([one.found for one in waiting])
        for (picture, _, image_bgr), reading in zip(waiting, readings, strict=True):
            self._sink.add(reading.record(picture.told))
            self._copy(picture, image_bgr, reading)

    def _copy(self, picture: PicturePath, image_bgr: np.ndarray | None, reading: Reading) -> None:
        if self._copies is None or image_bgr is None:
            return
        try:
            self._copies.write(picture.below(self._base), image_bgr, reading)
        except OutputError as error:
            self._failures.append(str(error))

    def _progress(self) -> "click._termui_impl.ProgressBar[PicturePath]":
        is_crossed = isinstance(self._sink, JsonLines) and sys.stdout.isatty()
        is_hidden = is_crossed or len(self._pictures) < BAR_FROM or not sys.stderr.isatty()
        return click.progressbar(
            self._pictures, label="Reading", show_pos=True, file=sys.stderr, hidden=is_hidden
        )


def _originals(pictures: list[PicturePath], options: ImageOptions) -> set[str]:
    """Return the real paths of what must not be replaced; none where nothing could be."""
    json_file = options.json_file
    if not options.out and not (json_file and json_file.exists()):
        return set()
    return {os.path.realpath(picture.told) for picture in pictures}


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


def _tell(failures: list[str]) -> None:
    if not failures:
        return
    click.echo(f"evenkeel: {counted(len(failures), 'failure')}:", err=True)
    for failure in failures:
        click.echo(f"  {printable(failure, sys.stderr)}", err=True)
