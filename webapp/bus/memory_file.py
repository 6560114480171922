"""A file without a place on any disk."""

import os
from collections.abc import Iterator
from typing import Self

CHUNK_BYTES = 1 << 20


class MemoryFile:
    """Anonymous memory that is read as a file; gone when closed, or with the process."""

    def __init__(self, descriptor: int | None = None) -> None:
        """Make an empty one, or take over a descriptor of one."""
        if descriptor is None:
            # The name is what /proc shows; a user's file name is no business of it.
            descriptor = os.memfd_create("evenkeel", os.MFD_CLOEXEC)
        self._file = os.fdopen(descriptor, "w+b")

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Make one that holds this."""
        file = cls()
        file.write(data)
        return file

    def read(self) -> bytes:
        """Return everything."""
        return self.read_at(0, self.size_bytes)

    def __enter__(self) -> Self:
        """Close at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def fileno(self) -> int:
        """Return its descriptor while it is not closed."""
        self._file.flush()
        return self._file.fileno()

    @property
    def size_bytes(self) -> int:
        """How much was written."""
        self._file.flush()
        return os.fstat(self._file.fileno()).st_size

    def write(self, data: bytes) -> None:
        """Append."""
        self._file.write(data)

    def read_at(self, offset: int, size: int) -> bytes:
        """Return up to so many bytes from a place on; fewer at the end; any thread may ask."""
        self._file.flush()
        return os.pread(self._file.fileno(), size, offset)

    def chunks(self) -> Iterator[bytes]:
        """Return everything in chunks, which stay readable when this object is closed first."""
        self._file.flush()
        chunks = MemoryFile(os.dup(self._file.fileno()))._close_after_reading()
        # Up to its first `yield`, from where on even an iterator that nobody reads closes it.
        next(chunks)
        return chunks

    def _close_after_reading(self) -> Iterator[bytes]:
        with self:
            yield b""
            offset = 0
            while chunk := self.read_at(offset, CHUNK_BYTES):
                yield chunk
                offset += len(chunk)

    def close(self) -> None:
        """Give the memory back; closing twice is fine."""
        self._file.close()
