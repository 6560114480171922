"""Picture files on the disk: opened with a limit, before anything looks into them."""

import stat
from pathlib import Path
from typing import BinaryIO

import numpy as np

from webapp.core.errors import PictureError
from webapp.vision.still_pictures import decode_picture

# Four channels of 16 bits are the most that is decoded; the rest is for what cameras attach.
BYTES_PER_PIXEL = 8
ATTACHED_BYTES = 64 * 1024 * 1024


def read_picture(path: Path, max_pixels: int) -> np.ndarray:
    """Read and decode a file in this process; see `decode_picture`.

    Raises:
        PictureError: as `open_picture` and `decode_picture`.
    """
    with open_picture(path, max_pixels) as file:
        return decode_picture(file.read(), str(path), max_pixels)


def open_picture(path: Path, max_pixels: int) -> BinaryIO:
    """Open what may be a picture, without a look at what is in it.

    Raises:
        PictureError: it cannot be opened, is no regular file, or has more bytes than any picture.
    """
    most_bytes = BYTES_PER_PIXEL * max_pixels + ATTACHED_BYTES
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            # A pipe or a device may never end.
            raise PictureError(f"{path}: is not a file. Give the path of a picture.")
        if status.st_size > most_bytes:
            raise PictureError(
                f"{path}: has {status.st_size:,} bytes; no picture within MAX_PIXELS "
                f"({max_pixels:,}) has more than {most_bytes:,}. Shrink it, or have MAX_PIXELS "
                "raised."
            )
        return path.open("rb", buffering=0)
    except (OSError, ValueError) as error:
        # ValueError: a name that no file can have.
        reason = getattr(error, "strerror", None) or error
        raise PictureError(
            f"{path}: cannot be read ({reason}). Check its name and who may read it."
        ) from error
