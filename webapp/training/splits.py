"""The parts of a data set: what trains, what chooses, what reports, and what does neither."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from webapp.core.errors import DatasetError
from webapp.training.dataset import FaceSet, load_folder
from webapp.training.fer_csv import read_fer_csv
from webapp.training.pictures import fingerprints_below

VALIDATION_SHARE = 0.1
VALIDATION_FOLDER = "validation"
# Of hexadecimal digits: these begin the digests of half of all pictures.
REPORTING_DIGITS = b"89abcdef"


class Splits(NamedTuple):
    """A data set's parts; of the test part only digests of its pixels, (N,) of bytes."""

    train: FaceSet
    validation: FaceSet
    test_fingerprints: np.ndarray


def load_splits(data: Path) -> Splits:
    """Read the training and the validation part of a data set.

    A folder needs `train/<class>/*`; without `validation/<class>/*` a stratified tenth of `train/`
    is set aside, always the same one: what judges a model must not have trained another that is
    averaged with it. A CSV needs Kaggle's columns `emotion,pixels,Usage`. `test/` and PrivateTest
    neither train nor choose: they are fingerprinted, so that copies can be found.

    Raises:
        DatasetError: the layout, a class or a picture is unusable.
    """
    splits = Splits(*read_fer_csv(data)) if data.is_file() else _load_folders(data)
    if len(splits.train.classes) < 2:
        raise DatasetError(
            f"{data}: expected at least two classes, found only "
            f"{', '.join(splits.train.classes)}. Add a folder for another one."
        )
    return splits


def reporting_rows(faces: FaceSet) -> np.ndarray:
    """Return which validation pictures only report, (N,) bool, about half; the others choose.

    Whatever is chosen on pictures looks better on them than it is. A picture's own pixels alone
    decide where it goes: twins stay together, and it stays there under another name, in another
    order, with more or fewer pictures beside it. The halves are therefore of about equal size and
    share of every class, but not exactly, as stratifying would make them.
    """
    return np.array([digest[0] in REPORTING_DIGITS for digest in faces.fingerprints()], bool)


def choosing_part(faces: FaceSet) -> FaceSet:
    """Return the validation pictures that choose epochs, means and temperature.

    Raises:
        DatasetError: none of them does.
    """
    choosing = faces.take(~reporting_rows(faces))
    if not len(choosing):
        raise DatasetError(
            f"expected validation pictures that choose, got {len(faces)} that all only report: "
            "the digest of its pixels decides for each. Add validation pictures."
        )
    return choosing


def _load_folders(data: Path) -> Splits:
    if not (data / "train").is_dir():
        raise DatasetError(
            f"{data}: expected a folder with train/<class>/*.png or Kaggle's fer2013.csv; "
            "found neither. Unpack the data set and name its top folder."
        )
    train = load_folder(data / "train", base=data)
    test = data / "test"
    test_fingerprints = fingerprints_below(test) if test.is_dir() else np.zeros(0, "S64")
    if not (data / VALIDATION_FOLDER).is_dir():
        return Splits(*_set_aside(train, test_fingerprints), test_fingerprints)
    validation = load_folder(data / VALIDATION_FOLDER, base=data, classes=train.classes)
    return Splits(train, validation, test_fingerprints)


def _set_aside(faces: FaceSet, test_fingerprints: np.ndarray) -> tuple[FaceSet, FaceSet]:
    """Split off a tenth of every class; twins stay together, copies of the test part in training.

    There cleaning finds them; in the validation part they would choose. Those with the lowest
    digests go, which is as good as by chance, and the same whatever the files are called.
    """
    digests, first, twins_of = np.unique(
        faces.fingerprints(), return_index=True, return_inverse=True
    )
    chosen = np.zeros(len(digests), bool)
    for label in range(len(faces.classes)):
        own = np.flatnonzero(faces.labels[first] == label)
        free = own[~np.isin(digests[own], test_fingerprints)]
        chosen[_a_tenth(free, np.bincount(twins_of))] = True
    held_out = chosen[twins_of]
    _check_both_sides(faces, held_out)
    return faces.take(~held_out), faces.take(held_out)


def _a_tenth(groups: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Choose groups of twins, small ones first, that hold a tenth of the pictures."""
    groups = groups[sizes[groups].argsort(kind="stable")]
    wanted = max(1, round(sizes[groups].sum() * VALIDATION_SHARE))
    return groups[: max(1, int((sizes[groups].cumsum() <= wanted).sum()))]


def _check_both_sides(faces: FaceSet, held_out: np.ndarray) -> None:
    for label, name in enumerate(faces.classes):
        own = held_out[faces.labels == label]
        if own.all() or not own.any():
            folder = Path(faces.files[int(np.argmax(faces.labels == label))]).parent
            raise DatasetError(
                f"{folder}: {len(own)} pictures are too few to set one aside for validation; it "
                "needs at least 2 that differ, no copies of other classes' or of the test part. "
                f"Add pictures of {name}, or make a folder validation/ beside train/."
            )
