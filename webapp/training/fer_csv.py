"""Kaggle's `fer2013.csv`: a row per picture, pixels as text."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from webapp.core.errors import DatasetError
from webapp.training.dataset import FER_CLASSES, FaceSet
from webapp.training.pictures import fingerprints
from webapp.vision.model_files import INPUT_SIZE_PX

TRAIN, VALIDATION, TEST = "Training", "PublicTest", "PrivateTest"
COLUMNS = {"emotion", "pixels", "Usage"}


class FerRow(NamedTuple):
    """A picture (48, 48) uint8, the part it belongs to, and what it shows."""

    usage: str
    name: str
    image: np.ndarray
    line: int


def read_fer_csv(path: Path) -> tuple[FaceSet, FaceSet, np.ndarray]:
    """Read the training and the validation rows, and the digests of the test rows.

    The classes are those that occur in the training rows, in FER-2013's order.

    Raises:
        DatasetError: the file is no such CSV, a row is broken, or a part has no rows.
    """
    rows: dict[str, list[FerRow]] = {TRAIN: [], VALIDATION: [], TEST: []}
    for row in _rows(path):
        rows[row.usage].append(row)
    for usage in (TRAIN, VALIDATION):
        if not rows[usage]:
            raise DatasetError(f"{path}: no rows for {usage}. Use the complete fer2013.csv.")
    shown = {row.name for row in rows[TRAIN]}
    classes = tuple(name for name in FER_CLASSES if name in shown)
    for row in rows[VALIDATION]:
        if row.name not in shown:
            raise DatasetError(
                f"{path}, line {row.line}: {row.name} occurs in no row for {TRAIN}. "
                "Use the complete fer2013.csv."
            )
    test_fingerprints = fingerprints([row.image for row in rows[TEST]])
    return _faces(rows[TRAIN], classes), _faces(rows[VALIDATION], classes), test_fingerprints


def _rows(path: Path) -> Iterator[FerRow]:
    try:
        # Some programs begin a CSV with a byte order mark.
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            # One edition of the file has blanks before its column names.
            reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
            missing = sorted(COLUMNS - set(reader.fieldnames))
            if missing:
                raise DatasetError(
                    f"{path}: expected the columns emotion, pixels and Usage; "
                    f"{', '.join(missing)} is missing. Use Kaggle's fer2013.csv."
                )
            for row in reader:
                yield _parse_row(path, reader.line_num, row)
    except csv.Error as error:
        line = reader.reader.line_num
        raise DatasetError(f"{path}, line {line}: no CSV row ({error}). Remove it.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(
            f"{path}: expected Kaggle's fer2013.csv or an unpacked folder, got a file that cannot "
            f"be read as one ({error})."
        ) from error


def _parse_row(path: Path, line: int, row: dict[str, str]) -> FerRow:
    try:
        usage, label = row["Usage"], int(row["emotion"])
        if usage not in (TRAIN, VALIDATION, TEST):
            raise ValueError(f"Usage {usage!r} is none of {TRAIN}, {VALIDATION}, {TEST}")
        if not 0 <= label < len(FER_CLASSES):
            raise ValueError(f"emotion {label} is not in 0..{len(FER_CLASSES) - 1}")
        # Several times as fast as splitting the text.
        pixels = np.fromstring(row["pixels"], np.int64, sep=" ")
        if len(pixels) and not 0 <= pixels.min() <= pixels.max() <= 255:
            raise ValueError(f"pixels from {pixels.min()} to {pixels.max()} instead of 0 to 255")
        image = pixels.astype(np.uint8).reshape(INPUT_SIZE_PX, INPUT_SIZE_PX)
    except (ValueError, TypeError) as error:
        raise DatasetError(f"{path}, line {line}: broken row ({error}). Remove it.") from error
    return FerRow(usage, FER_CLASSES[label], image, line)


def _faces(rows: list[FerRow], classes: tuple[str, ...]) -> FaceSet:
    labels = np.array([classes.index(row.name) for row in rows])
    return FaceSet(np.stack([row.image for row in rows]), labels, ("",) * len(rows), classes)
