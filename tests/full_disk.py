"""A disk that is full for one file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from webapp.disk import atomic


@contextmanager
def no_room_for(name: str) -> Iterator[None]:
    """Let files of this name find no room until the block ends, whoever writes them."""

    def folder_on_a_full_disk(**options: Any) -> TemporaryDirectory[str]:
        folder = TemporaryDirectory(**options)
        Path(folder.name, name).symlink_to("/dev/full")
        return folder

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(atomic, "TemporaryDirectory", folder_on_a_full_disk)
        yield
