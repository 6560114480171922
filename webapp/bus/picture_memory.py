"""Shared memory on which one process lays out pictures and another takes the newest."""

import mmap
import os
import struct
from typing import Self

from webapp.bus.sealed_memory import sealed_memory

# While one is read, the next two can be laid out.
SLOTS = 3
# Number and bytes of the picture in a slot.
HEAD = struct.Struct("=QQ")
NOTHING = (0, 0)


class PictureMemory:
    """Room for the newest encoded pictures of one camera, in `sealed_memory`."""

    def __init__(self, descriptor: int) -> None:
        """Map the memory that another process made, and take over its descriptor."""
        self._descriptor = descriptor
        self._memory = mmap.mmap(descriptor, 0)
        self._memory.madvise(mmap.MADV_DONTDUMP)
        self._slot_bytes = len(self._memory) // SLOTS

    @classmethod
    def for_pictures_of(cls, size_bytes: int) -> Self:
        """Make one whose pictures may have so many bytes."""
        return cls(sealed_memory("evenkeel pictures", SLOTS * (HEAD.size + size_bytes)))

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._descriptor

    def fits(self, picture: bytes) -> bool:
        """Return whether there is room for it."""
        return HEAD.size + len(picture) <= self._slot_bytes

    def put(self, picture: bytes, number: int) -> None:
        """Lay out a picture that fits.

        Args:
            number: from 1; higher than that of every earlier picture.
        """
        at = number % SLOTS * self._slot_bytes
        # Who still reads the old picture in this slot sees that it is gone.
        HEAD.pack_into(self._memory, at, *NOTHING)
        self._memory[at + HEAD.size : at + HEAD.size + len(picture)] = picture
        HEAD.pack_into(self._memory, at, number, len(picture))

    def take(self, number: int) -> bytes | None:
        """Return a copy of a picture, None when newer ones took its place."""
        at = number % SLOTS * self._slot_bytes
        found, size_bytes = head = HEAD.unpack_from(self._memory, at)
        if found != number or HEAD.size + size_bytes > self._slot_bytes:
            return None
        picture = self._memory[at + HEAD.size : at + HEAD.size + size_bytes]
        return picture if HEAD.unpack_from(self._memory, at) == head else None

    def clear(self) -> None:
        """Forget every picture, down to its last byte."""
        self._memory[:] = bytes(len(self._memory))

    def close(self) -> None:
        """Give the memory back; again changes nothing."""
        if not self._memory.closed:
            self._memory.close()
            os.close(self._descriptor)
