"""Picture files: which lie below a folder, and the face that each one shows."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from webapp.core.errors import DatasetError, PictureError
from webapp.vision.model_files import INPUT_SIZE_PX
from webapp.vision.preprocess import face_crop, whole_image_box
from webapp.vision.still_pictures import SUFFIXES, decode_picture, is_transparent

IMAGE_SUFFIXES = SUFFIXES
# What OpenCV reads in its own way, and as the shipped networks were trained.
OPENCV_SUFFIXES = {".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".webp", ".tif", ".tiff"}
MOST_PIXELS = 100_000_000
# What file managers leave in folders, beside names that begin with a dot.
LEFT_BEHIND = {"thumbs.db", "desktop.ini"}
DECODING_THREADS = 4
MOST_NAMED = 5
JPEG_START, JPEG_SCAN, JPEG_END = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"


def fingerprint(image: np.ndarray) -> bytes:
    """Return a digest of a picture: equal pixels, equal digest."""
    return hashlib.sha256(image.tobytes()).hexdigest().encode()


def fingerprints(images: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    """Return one digest per picture, (N,) of bytes; N may be 0."""
    return np.array([fingerprint(image) for image in images], dtype="S64")


def picture_paths(folder: Path) -> list[Path]:
    """Return every picture file below a folder, sorted; links are followed, circles too.

    Raises:
        DatasetError: a folder cannot be listed.
    """
    return sorted(path for path in _files_below(folder) if path.suffix.lower() in IMAGE_SUFFIXES)


def is_left_behind(path: Path) -> bool:
    """Return whether a file or folder belongs to the system rather than to the data."""
    return path.name.startswith(".") or path.name.lower() in LEFT_BEHIND


def read_pictures(paths: Sequence[Path]) -> np.ndarray:
    """Read pictures that are faces, several at a time, (N, 48, 48) uint8 grey in their order.

    Any size, colour, or 16 bits a channel will do; transparent parts count as white. Of a picture
    that is not square the square in its middle counts, because serving never stretches a face.

    Raises:
        DatasetError: some files are no picture, damaged, cut short, or cannot be opened; says
            how many and names the first five.
    """
    images, flawed = [], []
    for path, (image, flaw) in zip(paths, _faces_or_flaws(paths), strict=True):
        if image is None:
            flawed.append(f"{path} ({flaw})")
        else:
            images.append(image)
    if flawed:
        named = ", ".join(flawed[:MOST_NAMED])
        more = f" and {len(flawed) - MOST_NAMED} more" if len(flawed) > MOST_NAMED else ""
        raise DatasetError(
            f"{len(flawed)} of {len(paths)} files are not a readable picture: {named}{more}. "
            "Replace or remove them."
        )
    return np.array(images, np.uint8).reshape(-1, INPUT_SIZE_PX, INPUT_SIZE_PX)


def fingerprints_below(folder: Path) -> np.ndarray:
    """Return the digests of every picture below a folder, (N,) of bytes; N may be 0.

    A damaged picture has none: it equals no picture that can be read.
    """
    faces = _faces_or_flaws(picture_paths(folder))
    return fingerprints([image for image, _ in faces if image is not None])


def _files_below(folder: Path) -> Iterator[Path]:
    seen: set[tuple[int, int]] = set()
    for here, folders, names in os.walk(folder, onerror=_raise_unlisted, followlinks=True):
        status = os.stat(here)
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = [name for name in folders if not is_left_behind(Path(name))]
        yield from (Path(here, name) for name in names if not is_left_behind(Path(name)))


def _raise_unlisted(error: OSError) -> None:
    raise DatasetError(
        f"{error.filename}: cannot be listed ({error.strerror}). Allow this account to read it."
    ) from error


def _faces_or_flaws(paths: Sequence[Path]) -> list[tuple[np.ndarray | None, str]]:
    with ThreadPoolExecutor(DECODING_THREADS) as pool:
        return list(pool.map(_face_or_flaw, paths))


def _face_or_flaw(path: Path) -> tuple[np.ndarray | None, str]:
    if path.suffix.lower() not in IMAGE_SUFFIXES or path.is_dir():
        return None, f"expected one of {', '.join(sorted(IMAGE_SUFFIXES))}"
    try:
        encoded = path.read_bytes()
    except OSError as error:
        return None, str(error.strerror)
    if _is_cut_short(encoded):
        return None, "it is cut short"
    if path.suffix.lower() not in OPENCV_SUFFIXES or is_transparent(encoded):
        return _face_or_flaw_as_served(encoded)
    try:
        image = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:
        # Empty, or larger than OpenCV takes.
        image = None
    return (None, "it does not decode") if image is None else (_face(image), "")


def _face_or_flaw_as_served(encoded: bytes) -> tuple[np.ndarray | None, str]:
    try:
        image = decode_picture(encoded, "", MOST_PIXELS)
    except PictureError as error:
        return None, str(error).removeprefix(": ").rstrip(".")
    return _face(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)), ""


def _is_cut_short(encoded: bytes) -> bool:
    """Return whether a JPEG lacks its end: OpenCV would fill the missing part with grey."""
    after_scan = encoded[encoded.rfind(JPEG_SCAN) :]
    return encoded.startswith(JPEG_START) and JPEG_END not in after_scan


def _face(image: np.ndarray) -> np.ndarray:
    height, width = image.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = image[top : top + side, left : left + side]
    # Most sets are FER-2013's size, and sampling them anew would change nothing.
    return square if side == INPUT_SIZE_PX else face_crop(square, whole_image_box(square))
