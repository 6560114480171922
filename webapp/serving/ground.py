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
    """

    folder: Path
    lifeline: int
    held: int

    @classmethod
    def make(cls) -> "Ground":
        """Make it, in the process that lives longest."""
        return cls(Path(tempfile.mkdtemp(prefix="evenkeel-")), *os.pipe())

    def remove(self) -> None:
        """Give it back."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self.lifeline)
        os.close(self.held)
