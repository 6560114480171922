"""Files that are whole or not there, however full the disk is."""

import io
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


class NamedMemory(io.BytesIO):
    """Memory in which Keras saves; it tells the format by the ending of the name.

    HDF5, left to write to a full disk itself, ends the process with a segmentation fault.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def __str__(self) -> str:
        return self._name


def replace_files(contents: Mapping[Path, bytes]) -> None:
    """Write all files beside their predecessors, then put each in its place in one step.

    Raises:
        OSError: a file cannot be written; the predecessors stand, and no part of a new one stays.
    """
    parts = {path: path.with_name("new." + path.name) for path in contents}
    try:
        for path, part in parts.items():
            part.write_bytes(contents[path])
        for path, part in parts.items():
            part.replace(path)
    finally:
        for part in parts.values():
            with suppress(OSError):
                part.unlink()
