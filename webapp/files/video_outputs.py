"""Everything that the results of a video are written to, and what went wrong there."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from webapp.core.errors import OutputError
from webapp.files.video_records import STDOUT, VideoFrame, VideoOutput

ROOM_CHECK_INTERVAL_S = 1.0


class VideoOutputs:
    """Feeds several outputs; one that fails is dropped, and the others can still be completed.

    Attributes:
        complaints: what went wrong, a line each; after the first, going on is of no use.
    """

    def __init__(self, openers: Sequence[Callable[[], VideoOutput]]) -> None:
        """Open all; raises OutputError when one cannot be written, and leaves nothing behind."""
        self.complaints: list[str] = []
        self._outputs: list[VideoOutput] = []
        self._checked_at_s = 0.0
        try:
            for opener in openers:
                self._outputs.append(opener())
        except OutputError:
            self.discard()
            raise

    def write(self, video_frame: VideoFrame) -> None:
        """Hand a frame to every output."""
        self._each(lambda output: output.write(video_frame))

    def check_room(self, now_s: float) -> None:
        """Note when a disk is nearly full, while the files can still be completed."""
        if now_s - self._checked_at_s < ROOM_CHECK_INTERVAL_S:
            return
        self._checked_at_s = now_s
        try:
            for output in self._outputs:
                output.check_room()
        except OutputError as error:
            self.complaints.append(str(error))

    def finish(self) -> None:
        """Complete every output."""
        self._each(lambda output: output.finish())

    def discard(self) -> None:
        """Remove what is not complete."""
        for output in self._outputs:
            output.discard()

    def _each(self, act: Callable[[VideoOutput], None]) -> None:
        for output in tuple(self._outputs):
            try:
                act(output)
            except OutputError as error:
                self.complaints.append(str(error))
                output.discard()
                self._outputs.remove(output)


def check_targets(source: Path, targets: Sequence[Path]) -> None:
    """Reject writing over the source, or writing two results into one file.

    Raises:
        OutputError: names the file.
    """
    seen: list[Path] = []
    for target in targets:
        if target != STDOUT and _is_same(source, target):
            raise OutputError(f"{target} is the video that is read. Name another file.")
        if any(target == other or _is_same(target, other) for other in seen):
            raise OutputError(f"{target} is named for two results. Name a file for each.")
        seen.append(target)


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        # One is not there, or may not be seen.
        return os.path.realpath(path) == os.path.realpath(other)
