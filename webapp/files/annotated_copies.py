"""Copies of pictures with their faces drawn; the originals are never written."""

import os
from pathlib import Path

import cv2

from webapp.core.errors import OutputError
from webapp.disk.atomic import replace_files
from webapp.vision.safe_picture import SafePicture

# What OpenCV writes as it reads it; a copy of another format is written as PNG.
KEPT_SUFFIXES = frozenset((".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".tif", ".tiff"))
# Ends a copy, by which a later run knows it. Readers of all these formats stop before it.
MARK = b"\nEvenkeel annotated copy\n"


class AnnotatedCopies:
    """Writes copies into a folder, in the structure of the originals.

    Older copies are replaced, and nothing else.
    """

    def __init__(self, folder: Path, originals: set[str]) -> None:
        """Prepare.

        Args:
            originals: the real paths of all pictures of this run.
        """
        self._folder, self._originals = folder, originals
        self._written: set[Path] = set()

    def write(self, below: Path, picture: SafePicture) -> Path:
        """Write the copy.

        Args:
            below: the way to the original from the folder that stands for `folder`.
            picture: with its faces drawn.

        Raises:
            OutputError: the copy would replace another file than an older copy, or cannot be
                written.
        """
        target = self._target(below)
        try:
            if os.path.lexists(target) and not _is_copy(target):
                raise OutputError(
                    f"{target}: is there already and is no annotated copy; it was left as it is. "
                    "Choose another --out, or move it away."
                )
            target.parent.mkdir(parents=True, exist_ok=True)
            replace_files({target: _encoded(target, picture) + MARK})
            self._written.add(target)
        except OSError as error:
            raise OutputError(
                f"{target}: the annotated copy cannot be written ({error.strerror}). "
                "Choose another --out."
            ) from error
        return target

    def _target(self, below: Path) -> Path:
        target = self._folder / below
        if target.suffix.lower() not in KEPT_SUFFIXES:
            target = target.with_name(f"{target.name}.png")
        if os.path.realpath(target) in self._originals:
            raise OutputError(
                f"{target}: the annotated copy would replace an original. Choose another --out."
            )
        if target in self._written:
            raise OutputError(
                f"{target}: is the annotated copy of another picture of this run; that of {below} "
                "was not written. Rename one of the two."
            )
        return target


def _is_copy(path: Path) -> bool:
    if not path.is_file() or path.stat().st_size < len(MARK):
        return False
    with path.open("rb") as file:
        file.seek(-len(MARK), os.SEEK_END)
        return file.read() == MARK


def _encoded(target: Path, picture: SafePicture) -> bytes:
    try:
        is_encoded, encoded = cv2.imencode(target.suffix.lower(), picture.image_bgr)
    except cv2.error:
        is_encoded = False
    if not is_encoded:
        height, width = picture.image_bgr.shape[:2]
        raise OutputError(
            f"{target}: {width:,} by {height:,} pixels are too many for an annotated copy as "
            f"{target.suffix}. Convert the picture to PNG."
        )
    return encoded.tobytes()
