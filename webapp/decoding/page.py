"""The memory on which a decoder lays out a picture for the process that asked for it."""

import mmap
import os
from typing import Self

import numpy as np

from webapp.bus.sealed_memory import sealed_memory
from webapp.core.errors import MessageError

CHANNELS = 3


class Page:
    """Sealed memory of one size for as long as it lives."""

    def __init__(self, descriptor: int) -> None:
        """Map a page of which one has the descriptor, and take that over."""
        self._descriptor = descriptor
        self._memory = mmap.mmap(descriptor, 0)
        self._memory.madvise(mmap.MADV_DONTDUMP)

    @classmethod
    def of(cls, pixels: int) -> Self:
        """Make one for so many pixels."""
        return cls(sealed_memory("evenkeel page", CHANNELS * pixels))

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._descriptor

    def put(self, image_bgr: np.ndarray) -> None:
        """Lay out a picture (H, W, 3) uint8 that has no more pixels than the page."""
        room = np.frombuffer(self._memory, np.uint8, image_bgr.size)
        np.copyto(room.reshape(image_bgr.shape), image_bgr)

    def take(self, height: int, width: int) -> np.ndarray:
        """Return a copy of the picture on it, (height, width, 3) uint8.

        Raises:
            MessageError: the page is smaller, or nothing.
        """
        size = height * width * CHANNELS
        if min(height, width) < 1 or size > len(self._memory):
            raise MessageError(f"a decoder promises {width} by {height} pixels, which cannot be.")
        shape = height, width, CHANNELS
        return np.frombuffer(self._memory, np.uint8, size).reshape(shape).copy()

    def close(self) -> None:
        """Give the memory back; again changes nothing."""
        if not self._memory.closed:
            self._memory.close()
            os.close(self._descriptor)
