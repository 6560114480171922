"""Files that are whole or not there, however full the disk is."""

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

OWNER_ONLY = 0o600
# Less what the umask takes away, as of any other file.
FOR_ALL = 0o666


class NamedMemory(io.BytesIO):
    """Memory in which Keras saves; it sees the format by the ending of the name.

    HDF5, left to write to a full disk itself, ends the process with a segmentation fault.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def __str__(self) -> str:
        return self._name


class Part:
    """A file in the making; `keep` puts it in its target's place in one step.

    Attributes:
        path: where it is meanwhile, in a hidden folder beside the target.
    """

    def __init__(self, target: Path, mode: int = FOR_ALL, name: str | None = None) -> None:
        """Make it, empty; raises OSError.

        Args:
            target: a file there stands until `keep`. A link there is replaced, not followed.
            mode: the permissions of the new file.
            name: what the part is called, by whose ending programs choose a format; default the
                target's name.
        """
        self._target = target
        self._folder = TemporaryDirectory(prefix=".evenkeel-", dir=target.parent)
        self.path = Path(self._folder.name, name or target.name)
        try:
            self.path.touch(mode)
        except OSError:
            self.discard()
            raise

    def keep(self) -> None:
        """Replace the target; raises OSError, and the target stands."""
        self.path.replace(self._target)
        self.discard()

    def discard(self) -> None:
        """Remove it, unless it was kept; may be called again."""
        with suppress(OSError):
            self._folder.cleanup()


@contextmanager
def replacing(target: Path, mode: int = FOR_ALL) -> Iterator[Path]:
    """Yield where to write what takes the target's place at the end, unless there is an error."""
    part = Part(target, mode)
    try:
        yield part.path
        part.keep()
    finally:
        part.discard()


def replace_files(contents: Mapping[Path, bytes], mode: int = FOR_ALL) -> None:
    """Write all files beside their predecessors, then put each in its place, in this order.

    Raises:
        OSError: a file cannot be written; the predecessors stand, and no part of a new one stays.
    """
    parts: list[Part] = []
    try:
        for path, content in contents.items():
            parts.append(Part(path, mode))
            parts[-1].path.write_bytes(content)
        for part in parts:
            part.keep()
    finally:
        for part in parts:
            part.discard()


def create_file(path: Path, content: bytes, mode: int = FOR_ALL) -> None:
    """Write a file unless there is one; of those who do so at once, one succeeds.

    Raises:
        OSError: it cannot be written.
    """
    part = Part(path, mode)
    try:
        part.path.write_bytes(content)
        with suppress(FileExistsError):
            os.link(part.path, path)
    finally:
        part.discard()
