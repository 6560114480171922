"""CSVs with a row per picture and its pixels as text: Kaggle's `fer2013.csv` and its kin."""

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
# By what other editions call them, in small letters.
USAGES = {
    **dict.fromkeys(("training", "train"), TRAIN),
    **dict.fromkeys(("publictest", "validation", "valid", "val", "dev"), VALIDATION),
    **dict.fromkeys(("privatetest", "test", "testing"), TEST),
}
EMOTION, PIXELS, USAGE = "emotion", "pixels", "usage"
OTHER_NAMES = {"label": EMOTION, "pixel": PIXELS, "split": USAGE}
SEPARATORS = ",;\t"


class FerRow(NamedTuple):
    """A picture (48, 48) uint8, the part it belongs to ("" for none), and what it shows."""

    usage: str
    name: str
    image: np.ndarray
    line: int


def read_fer_csv(path: Path) -> tuple[FaceSet, FaceSet | None, np.ndarray]:
    """Read the training and the validation rows, and the digests of the test rows.

    The columns are `emotion` (0 to 6, or the class) and `pixels`, and `Usage` where the file has
    parts; in any case, separated by commas, semicolons or tabs. The classes are those that occur in
    the training rows, in FER-2013's order.

    Returns:
        Without a column `Usage` all rows are of the training part, and there is no validation part.

    Raises:
        DatasetError: the file is no such CSV, a row is broken, or a part has no rows.
    """
    rows: dict[str, list[FerRow]] = {TRAIN: [], VALIDATION: [], TEST: []}
    has_parts = False
    for row in _rows(path):
        has_parts |= bool(row.usage)
        rows[row.usage or TRAIN].append(row)
    for usage in (TRAIN, VALIDATION) if has_parts else (TRAIN,):
        if not rows[usage]:
            raise DatasetError(f"{path}: no rows for {usage}. Use the complete file.")
    shown = {row.name for row in rows[TRAIN]}
    classes = tuple(name for name in FER_CLASSES if name in shown)
    for row in rows[VALIDATION]:
        if row.name not in shown:
            raise DatasetError(
                f"{path}, line {row.line}: {row.name} occurs in no row for {TRAIN}. "
                "Use the complete file."
            )
    validation = _faces(rows[VALIDATION], classes) if has_parts else None
    test_fingerprints = fingerprints([row.image for row in rows[TEST]])
    return _faces(rows[TRAIN], classes), validation, test_fingerprints


def _rows(path: Path) -> Iterator[FerRow]:
    try:
        # Some programs begin a CSV with a byte order mark.
        with path.open(newline="", encoding="utf-8-sig") as file:
            header = file.readline()
            separator = max(SEPARATORS, key=header.count)
            columns = _columns(path, next(csv.reader([header], delimiter=separator), []))
            reader = csv.DictReader(file, columns, delimiter=separator)
            for row in reader:
                yield _parse_row(path, reader.line_num + 1, row)
    except csv.Error as error:
        line = reader.reader.line_num + 1
        raise DatasetError(f"{path}, line {line}: no CSV row ({error}). Remove it.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(
            f"{path}: expected a CSV such as Kaggle's fer2013.csv or an unpacked folder, got a "
            f"file that cannot be read as one ({error})."
        ) from error


def _columns(path: Path, header: list[str]) -> list[str]:
    # One edition of the file has blanks before its column names, others small letters.
    names = [name.strip().lower() for name in header]
    names = [OTHER_NAMES.get(name, name) for name in names]
    missing = [name for name in (EMOTION, PIXELS) if name not in names]
    if missing:
        found = ", ".join(header)[:100].strip() or "an empty line"
        raise DatasetError(
            f"{path}: expected the columns emotion and pixels, and Usage where the file has parts, "
            f"in its first line; {' and '.join(missing)} is missing in: {found}. Name them so."
        )
    return names


def _parse_row(path: Path, line: int, row: dict[str, str]) -> FerRow:
    try:
        usage, name = _usage(row), _class(row[EMOTION].strip())
        # Several times as fast as splitting the text.
        pixels = np.fromstring(row[PIXELS], np.int64, sep=" ")
        if len(pixels) and not 0 <= pixels.min() <= pixels.max() <= 255:
            raise ValueError(f"pixels from {pixels.min()} to {pixels.max()} instead of 0 to 255")
        image = pixels.astype(np.uint8).reshape(INPUT_SIZE_PX, INPUT_SIZE_PX)
    except (ValueError, TypeError, AttributeError) as error:
        raise DatasetError(f"{path}, line {line}: broken row ({error}). Remove it.") from error
    return FerRow(usage, name, image, line)


def _usage(row: dict[str, str]) -> str:
    """Return the part of a row, "" in a file without parts; raises ValueError."""
    if USAGE not in row:
        return ""
    usage = USAGES.get(row[USAGE].strip().lower())
    if usage is None:
        raise ValueError(f"Usage {row[USAGE]!r} is none of {TRAIN}, {VALIDATION}, {TEST}")
    return usage


def _class(label: str) -> str:
    if label.lower() in FER_CLASSES:
        return label.lower()
    if not 0 <= int(label) < len(FER_CLASSES):
        raise ValueError(f"emotion {label} is not in 0..{len(FER_CLASSES) - 1}")
    return FER_CLASSES[int(label)]


def _faces(rows: list[FerRow], classes: tuple[str, ...]) -> FaceSet:
    labels = np.array([classes.index(row.name) for row in rows])
    return FaceSet(np.stack([row.image for row in rows]), labels, ("",) * len(rows), classes)
