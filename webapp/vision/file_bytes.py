"""An open file as OpenCV and FFmpeg read it: bytes that have no name and nothing beside them."""

import io
import os

import cv2


class FileBytes(io.BufferedIOBase):
    """The bytes behind a descriptor, with a place of its own: any number may read one file."""

    def __init__(self, descriptor: int) -> None:
        """Begin at the beginning; the descriptor stays its owner's, who closes it last."""
        self._descriptor, self._place = descriptor, 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes; fewer at the end."""
        left = max(0, os.fstat(self._descriptor).st_size - self._place)
        wanted = left if size is None or size < 0 else min(size, left)
        data = os.pread(self._descriptor, wanted, self._place)
        self._place += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place and return it."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place}
        if whence == os.SEEK_END:
            start[whence] = os.fstat(self._descriptor).st_size
        self._place = max(0, start[whence] + offset)
        return self._place

    def tell(self) -> int:
        """Return the place."""
        return self._place


def capture_of(descriptor: int, *params: int) -> cv2.VideoCapture:
    """Let FFmpeg read what a descriptor stands for, which stays open at least as long.

    Never `release` it: that frees the Python object behind the bytes without Python's lock, and
    the process ends. It is released with the last that refers to it.

    Args:
        params: of `cv2.VideoCapture`.
    """
    # Bytes, not a name: FFmpeg would look for what stands beside a file of that name.
    file = FileBytes(descriptor)
    return cv2.VideoCapture(file, cv2.CAP_FFMPEG, params)  # type: ignore[call-overload]
