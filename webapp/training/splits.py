"""The parts of a data set: what trains, what chooses, what reports, and what does neither."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from webapp.core.errors import DatasetError
from webapp.training.dataset import FaceSet, folders_of, load_folder
from webapp.training.fer_csv import read_fer_csv
from webapp.training.pictures import fingerprints_below

VALIDATION_SHARE = 0.1
# What data sets call their parts, in small letters.
TRAIN_NAMES = ("train", "training")
VALIDATION_NAMES = ("validation", "valid", "val", "dev")
TEST_NAMES = ("test", "testing")
# Of hexadecimal digits: these begin the digests of half of all pictures.
REPORTING_DIGITS = b"89abcdef"


class Splits(NamedTuple):
    """A data set's parts; of the test part only digests of its pixels, (N,) of bytes."""

    train: FaceSet
    validation: FaceSet
    test_fingerprints: np.ndarray


def load_splits(data: Path) -> Splits:
    """Read the training and the validation part of a data set.

    A folder needs `train/<class>/*`; without `validation/<class>/*` (or `valid`, `val`, `dev`) a
    stratified tenth of `train/` is set aside, always the same one: what judges a model must not
    have trained another that is averaged with it. A CSV needs columns as in Kaggle's; one without
    `Usage` is split in the same way. `test/` and PrivateTest neither train nor choose: they are
    fingerprinted, so that copies can be found.

    Raises:
        DatasetError: the layout, a class or a picture is unusable.
    """
    splits = _split(*(read_fer_csv(data) if data.is_file() else _load_folders(data)))
    if len(splits.train.classes) < 2:
        raise DatasetError(
            f"{data}: expected at least two classes, found only "
            f"{', '.join(splits.train.classes)}. Add a folder for another one."
        )
    return splits


def validation_part(data: Path, classes: tuple[str, ...]) -> FaceSet:
    """Return the validation faces of a data set, labelled by a model's classes.

    Args:
        data: as `load_splits` takes it; a subset of the classes is fine.

    Raises:
        DatasetError: the data cannot be used, or hold a class that the model lacks.
    """
    faces = load_splits(data).validation
    unknown = [name for name in faces.classes if name not in classes]
    if unknown:
        raise DatasetError(
            f"{data}: the model does not know {', '.join(unknown)}; it knows "
            f"{', '.join(classes)}. Name the data that it learnt from."
        )
    labels = np.array([classes.index(name) for name in faces.classes])[faces.labels]
    return replace(faces, labels=labels, classes=classes)


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


def is_validation_folder(folder: Path) -> bool:
    """Return whether a folder is the validation part of a data set, by its name."""
    return folder.name.lower() in VALIDATION_NAMES


def _split(train: FaceSet, validation: FaceSet | None, test_fingerprints: np.ndarray) -> Splits:
    if validation is None:
        train, validation = _set_aside(train, test_fingerprints)
    return Splits(train, validation, test_fingerprints)


def _load_folders(data: Path) -> tuple[FaceSet, FaceSet | None, np.ndarray]:
    train_folder = _part(data, TRAIN_NAMES)
    if train_folder is None:
        raise DatasetError(
            f"{data}: expected a folder with train/<class>/*.png or a CSV such as Kaggle's "
            "fer2013.csv; found neither. Unpack the data set and name its top folder."
        )
    test_folder, validation_folder = _part(data, TEST_NAMES), _part(data, VALIDATION_NAMES)
    train = load_folder(train_folder, base=data)
    _refuse_unknown_parts(data, train.classes)
    test_fingerprints = fingerprints_below(test_folder) if test_folder else np.zeros(0, "S64")
    if validation_folder is None:
        return train, None, test_fingerprints
    validation = load_folder(validation_folder, base=data, classes=train.classes)
    return train, validation, test_fingerprints


def split_folder(data: Path, split: str) -> Path:
    """Return the folder of a part, by its own name or by another that means the same."""
    for names in (TRAIN_NAMES, VALIDATION_NAMES, TEST_NAMES):
        if split.lower() in names and not (data / split).is_dir():
            return _part(data, names) or data / split
    return data / split


def _refuse_unknown_parts(data: Path, classes: tuple[str, ...]) -> None:
    """Refuse what looks like a part and would be left out unnoticed; raises DatasetError."""
    for folder in folders_of(data):
        if folder.name.lower() in (*TRAIN_NAMES, *VALIDATION_NAMES, *TEST_NAMES):
            continue
        if {path.name for path in folders_of(folder)} & set(classes):
            raise DatasetError(
                f"{folder}: has class folders, but its name says nothing. Call it validation or "
                "test, or move it away."
            )


def _part(data: Path, names: tuple[str, ...]) -> Path | None:
    """Return the folder of one part; raises DatasetError where two may be meant."""
    found = sorted(path for path in folders_of(data) if path.name.lower() in names)
    if len(found) > 1:
        raise DatasetError(
            f"{data}: expected one of {', '.join(names)}, found "
            f"{' and '.join(path.name for path in found)}. Keep one, or rename the other."
        )
    return found[0] if found else None


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
