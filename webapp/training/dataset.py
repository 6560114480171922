"""Labelled faces from an image folder or from Kaggle's `fer2013.csv`."""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from webapp.core.errors import DatasetError
from webapp.vision.preprocess import INPUT_SIZE_PX, face_crop, whole_image_box

IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"}
FER_CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
FER_CSV_SPLITS = {"Training": "train", "PublicTest": "validation"}
NEAR_CONSTANT_STD = 3.0
VALIDATION_SHARE = 0.1


@dataclass(frozen=True)
class FaceSet:
    """Labelled face pictures.

    Attributes:
        images: (N, 48, 48) uint8, grey.
        labels: (N,) int64, indices into `classes`.
        files: N names, relative to the data folder ("" for rows of a CSV).
        classes: names in output order.
    """

    images: np.ndarray
    labels: np.ndarray
    files: tuple[str, ...]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        if not len(self.images) == len(self.labels) == len(self.files):
            raise ValueError(
                f"{len(self.images)} images, {len(self.labels)} labels, {len(self.files)} files"
            )

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: np.ndarray) -> "FaceSet":
        """Return the given rows (indices or a boolean mask), in that order."""
        files = tuple(np.asarray(self.files, dtype=object)[rows])
        return FaceSet(self.images[rows], self.labels[rows], files, self.classes)

    def counts(self) -> dict[str, int]:
        """Count the pictures of every class."""
        numbers = np.bincount(self.labels, minlength=len(self.classes))
        return dict(zip(self.classes, map(int, numbers), strict=True))

    def fingerprints(self) -> np.ndarray:
        """Return one digest per picture, (N,) of bytes: equal pixels, equal digest."""
        return np.array([fingerprint(image) for image in self.images], dtype="S64")


def fingerprint(image: np.ndarray) -> bytes:
    """Return a digest of a picture: equal pixels, equal digest."""
    return hashlib.sha256(image.tobytes()).hexdigest().encode()


def picture_paths(folder: Path) -> list[Path]:
    """Return every picture file below a folder, sorted."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES)


def read_picture(path: Path) -> np.ndarray:
    """Read a picture that is a face, (48, 48) uint8 grey; raises DatasetError."""
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise DatasetError(f"{path}: not a readable picture. Replace or remove it.")
    return face_crop(image, whole_image_box(image))


def load_splits(data: Path, seed: int) -> tuple[FaceSet, FaceSet]:
    """Read the training and the validation part of a data set.

    A folder needs `train/<class>/*`; without `validation/<class>/*` a stratified tenth of `train/`
    is set aside by `seed`. A CSV needs Kaggle's columns `emotion,pixels,Usage`. `test/` and
    PrivateTest are never read.

    Raises:
        DatasetError: the layout, a class or a picture is unusable.
    """
    if data.is_file():
        parts = _read_fer_csv(data)
        return parts["train"], parts["validation"]
    if not (data / "train").is_dir():
        raise DatasetError(
            f"{data}: expected a folder with train/<class>/*.png or Kaggle's fer2013.csv; "
            "found neither. Unpack the data set and name its top folder."
        )
    train = load_folder(data / "train", base=data)
    if not (data / "validation").is_dir():
        return _split(train, seed)
    return train, load_folder(data / "validation", base=data, classes=train.classes)


def load_folder(
    folder: Path, base: Path | None = None, classes: tuple[str, ...] | None = None
) -> FaceSet:
    """Read `<folder>/<class>/*`; any names, any picture size, grey or colour.

    Args:
        folder: holds one sub-folder per class.
        base: `files` are told relative to it; default `folder`.
        classes: the output order; sub-folders may be a subset of it. Default: FER-2013's order
            for its classes, else the sorted names.

    Raises:
        DatasetError: no class, an empty or unknown class, or an unreadable picture.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder}: expected a folder with one sub-folder per class.")
    found = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
    classes = classes or _output_order(found)
    _check_classes(folder, found, classes)
    images, labels, files = [], [], []
    for name in found:
        paths = sorted(p for p in (folder / name).iterdir() if p.suffix.lower() in IMAGE_SUFFIXES)
        if not paths:
            raise DatasetError(f"{folder / name}: no pictures. Add some or remove the class.")
        images += [read_picture(path) for path in paths]
        labels += [classes.index(name)] * len(paths)
        files += [path.relative_to(base or folder).as_posix() for path in paths]
    return FaceSet(np.stack(images), np.array(labels), tuple(files), classes)


def without_flawed(train: FaceSet, validation: FaceSet) -> tuple[FaceSet, dict[str, int]]:
    """Drop near-constant pictures and those whose exact pixels are in `validation`.

    Returns:
        The cleaned training part, and how many were dropped for which reason.
    """
    flat = train.images.reshape(len(train), -1).std(axis=1) < NEAR_CONSTANT_STD
    copied = np.isin(train.fingerprints(), validation.fingerprints())
    dropped = {"near_constant": int(flat.sum()), "copy_in_validation": int((copied & ~flat).sum())}
    return train.take(~(flat | copied)), dropped


def _output_order(found: list[str]) -> tuple[str, ...]:
    order = FER_CLASSES if set(found) <= set(FER_CLASSES) else sorted(found)
    return tuple(name for name in order if name in found)


def _check_classes(folder: Path, found: list[str], classes: tuple[str, ...]) -> None:
    if not found:
        raise DatasetError(f"{folder}: expected one sub-folder per class, found none.")
    unknown = sorted(set(found) - set(classes))
    if unknown:
        raise DatasetError(
            f"{folder}: unknown classes {', '.join(unknown)}; known are {', '.join(classes)}. "
            "Rename or remove these folders."
        )


def _read_fer_csv(path: Path) -> dict[str, FaceSet]:
    rows: dict[str, list[tuple[int, np.ndarray]]] = {"train": [], "validation": []}
    try:
        for split, label, image in _fer_csv_rows(path):
            rows[split].append((label, image))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(
            f"{path}: expected Kaggle's fer2013.csv or an unpacked folder, got a file that is no "
            f"CSV ({error})."
        ) from error
    for split, found in rows.items():
        if not found:
            raise DatasetError(f"{path}: no rows for {split}. Use the complete fer2013.csv.")
    return {split: _from_rows(found) for split, found in rows.items()}


def _fer_csv_rows(path: Path) -> Iterator[tuple[str, int, np.ndarray]]:
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        if not {"emotion", "pixels", "Usage"} <= set(reader.fieldnames or ()):
            raise DatasetError(f"{path}: expected the columns emotion, pixels and Usage.")
        for row in reader:
            split = FER_CSV_SPLITS.get(row["Usage"])
            if split:
                yield split, *_parse_fer_row(path, reader.line_num, row)


def _parse_fer_row(path: Path, line: int, row: dict[str, str]) -> tuple[int, np.ndarray]:
    try:
        label = int(row["emotion"])
        pixels = np.array(row["pixels"].split(), dtype=np.uint8)
        if not 0 <= label < len(FER_CLASSES):
            raise ValueError(f"emotion {label} is not in 0..{len(FER_CLASSES) - 1}")
        return label, pixels.reshape(INPUT_SIZE_PX, INPUT_SIZE_PX)
    except (ValueError, OverflowError, AttributeError) as error:
        raise DatasetError(f"{path}, line {line}: broken row ({error}). Remove it.") from error


def _from_rows(rows: list[tuple[int, np.ndarray]]) -> FaceSet:
    labels, images = zip(*rows, strict=True)
    return FaceSet(np.stack(images), np.array(labels), ("",) * len(rows), FER_CLASSES)


def _split(faces: FaceSet, seed: int) -> tuple[FaceSet, FaceSet]:
    rng = np.random.default_rng(seed)
    held_out = np.zeros(len(faces), bool)
    for label in np.unique(faces.labels):
        rows = rng.permutation(np.flatnonzero(faces.labels == label))
        held_out[rows[: max(1, round(len(rows) * VALIDATION_SHARE))]] = True
    return faces.take(~held_out), faces.take(held_out)
