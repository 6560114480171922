"""A picture or video that a user handed in, and how its reading goes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from webapp.core.messages import Message

# As file managers and the settings count.
BYTES_PER_MB = 1_000_000


class FileKind(StrEnum):
    """What a file is."""

    PICTURE = "picture"
    VIDEO = "video"


class JobState(StrEnum):
    """How a job is doing; after `CANCELLED` and `FORGOTTEN` it is unknown."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    FORGOTTEN = "forgotten"

    @property
    def is_over(self) -> bool:
        """True when nothing more will change."""
        return self not in (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True)
class Upload:
    """A file as it is handed in.

    Attributes:
        name: of the file, repeated in the result.
        chunks: its bytes; an error while they come leaves nothing behind.
        id: what its sender calls it, repeated in every status; "" where it has no name for it.
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
        duration_s: length of the video by its header, None where it has none.
        share: 0-1, None while it is unknown.
        remaining_s: time until it ends at the present rate, None while it is unknown.
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
class JobStatus(Message):
    """One file that was handed in, as its owner may see it.

    Its owner's pages get one at every step of the job, and a last one when it is deleted, by whom
    or what ever, with the state `CANCELLED` or `FORGOTTEN`.

    Attributes:
        id: names the job in addresses; cannot be guessed.
        name: of the file, as the user's browser gave it.
        size_bytes: of the file.
        upload_id: what its sender called it, "" where it did not.
        message: why it failed, or what the reader of the result should know; "" otherwise.
        expires_at: when it will be forgotten, aware UTC; None while it is going on.
        expires_in_s: until then, for clocks that go otherwise than the server's.
    """

    event = "analysis"

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
        return self.state.is_over


@dataclass(frozen=True)
class OwnedJob(Message):
    """How a job is doing, and the id of the user whose it is."""

    event = "owned_job"

    owner: int
    status: JobStatus
