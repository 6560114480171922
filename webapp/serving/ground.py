"""What the processes of one server have in common."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ground:
    """What the processes of one server share, whichever of them are started anew.

    Attributes:
        folder: where sockets lie, for this user alone.
        lifeline: reading end of a pipe that nobody writes to.
        held: its writing end, which every process in front holds, and none behind.
        locks: on instance folder and database, which every process of the server holds, so that no
            other server begins before the last of them is gone.
    """

    folder: Path
    lifeline: int
    held: int
    locks: tuple[int, ...] = ()

    @classmethod
    def make(cls, locks: tuple[int, ...] = ()) -> "Ground":
        """Make it, in the process that lives longest."""
        return cls(Path(tempfile.mkdtemp(prefix="evenkeel-")), *os.pipe(), locks)

    def remove(self) -> None:
        """Give it back."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for descriptor in (self.lifeline, self.held, *self.locks):
            os.close(descriptor)
