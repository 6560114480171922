"""A file that takes its name only when it is complete, so that nobody reads half of one."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from webapp.core.errors import OutputError
from webapp.disk.atomic import Part

# Enough to end every file properly once the disk is nearly full.
LEAST_ROOM_BYTES = 16 * 1024 * 1024


class PartFile:
    """A file in the making, in a hidden folder beside its target.

    Attributes:
        target: where it will be; a file there is replaced, also one that a link leads to.
        part: where it is meanwhile, with the target's name.
    """

    def __init__(self, target: Path) -> None:
        """Make sure that it can be written; raises OutputError."""
        self.target = target
        with self.writing():
            # A link is followed, as by any program that writes: it must not be replaced itself.
            real = Path(os.path.realpath(target))
            if real.exists() and not real.is_file():
                raise OutputError(f"{target} is not a file. Name another one.")
            real.parent.mkdir(parents=True, exist_ok=True)
            self._part = Part(real, name=target.name)
            self.part = self._part.path

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Turn what the system says about a failed write into an OutputError."""
        try:
            yield
        except OSError as error:
            raise OutputError(
                f"{self.target} cannot be written ({error.strerror or error}). "
                "Make room or choose another place."
            ) from error

    def check_room(self) -> None:
        """Raise OutputError while there is still room to end the file."""
        free = shutil.disk_usage(self.part.parent).free
        if free < LEAST_ROOM_BYTES:
            raise OutputError(
                f"{self.target}: stopped, since the disk is nearly full ({free // 2**20} MiB "
                "free). Make room and start again; what was read so far was kept."
            )

    def keep(self) -> None:
        """Give it its name; raises OutputError."""
        with self.writing():
            self._part.keep()

    def discard(self) -> None:
        """Remove it, unless it was kept; may be called again."""
        self._part.discard()
