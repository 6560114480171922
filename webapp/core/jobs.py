"""What is told about a picture or video that a user handed in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

FileKind = Literal["picture", "video"]
# As file managers and the settings count.
BYTES_PER_MB = 1_000_000
# "cancelled" before its end, "forgotten" after it: told once, then the job is unknown.
JobState = Literal["waiting", "running", "done", "failed", "cancelled", "forgotten"]


@dataclass(frozen=True)
class Upload:
    """A file as it is handed in.

    Attributes:
        name: of the file, told in the result.
        chunks: its bytes; an error while they come leaves nothing behind.
        id: what its sender calls it, told back in every status; "" where it has no name for it.
        is_left: whether its sender went away without waiting for the answer; any thread may ask.
    """

    name: str
    chunks: Iterable[bytes]
    id: str = ""
    is_left: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Progress:
    """How far the reading of one file has come.

    Attributes:
        frames: pictures read so far.
        time_s: time in the video of the newest of them.
        duration_s: length of the video as its header tells it, None where it does not.
        share: 0-1, None while it cannot be told.
        remaining_s: time until it ends at the present rate, None while it cannot be told.
    """

    frames: int = 0
    time_s: float = 0.0
    duration_s: float | None = None
    share: float | None = None
    remaining_s: float | None = None

    def completed(self) -> "Progress":
        """Return the same when nothing is left, whatever the header promised."""
        return replace(self, share=1.0, remaining_s=0.0)


@dataclass(frozen=True)
class JobStatus:
    """One file that was handed in, as its owner may see it.

    Attributes:
        id: names the job in addresses; cannot be guessed.
        name: of the file, as the user's browser gave it.
        size_bytes: of the file.
        upload_id: what its sender called it, "" where it did not.
        message: why it failed, or what the reader of the result should know; "" otherwise.
        expires_at: when it will be forgotten, aware UTC; None while it is going on.
        expires_in_s: until then, for clocks that go otherwise than the server's.
    """

    id: str
    name: str
    kind: FileKind
    size_bytes: int
    state: JobState
    progress: Progress
    upload_id: str = ""
    message: str = ""
    expires_at: datetime | None = None
    expires_in_s: float | None = None

    @property
    def is_over(self) -> bool:
        """True when nothing more will change."""
        return self.state not in ("waiting", "running")

    def as_event(self) -> dict[str, Any]:
        """Return the payload of the Socket.IO event `analysis`.

        Its owner's pages get one at every step of a job, and a last one when it is deleted, by
        whom or what ever, with the state `cancelled` or `forgotten`.
        """
        return {
            "id": self.id,
            "upload_id": self.upload_id,
            "name": self.name,
            "kind": self.kind,
            "size_bytes": self.size_bytes,
            "state": self.state,
            "frames": self.progress.frames,
            "time_s": self.progress.time_s,
            "duration_s": self.progress.duration_s,
            "share": self.progress.share,
            "remaining_s": self.progress.remaining_s,
            "message": self.message,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "expires_in_s": self.expires_in_s,
        }
