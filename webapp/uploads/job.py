"""One file that was handed in, from the upload to the day it is forgotten."""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from webapp.bus.memory_file import MemoryFile
from webapp.cameras.analysis import FaceModels
from webapp.core.errors import EvenkeelError
from webapp.core.jobs import JobState, JobStatus, Progress
from webapp.decoding.decoder import Decoder
from webapp.uploads.tasks import PictureTask, VideoTask

# Starts a process for one file alone, which ends as soon as what it is given returns true.
DecoderStart = Callable[[Callable[[], bool]], Decoder]


@dataclass
class Job:
    """One file and how its analysis is doing; the runner's lock guards what changes.

    Attributes:
        upload_id, is_left: as in `Upload`.
        accepted: set when the file was found readable, or was refused.
        reported_at_s: when its owner last got a report, monotonic.
    """

    owner: int
    name: str
    source: MemoryFile
    size_bytes: int
    task: PictureTask | VideoTask
    upload_id: str = ""
    is_left: Callable[[], bool] = lambda: False
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    state: JobState = JobState.WAITING
    progress: Progress = field(default_factory=Progress)
    error: EvenkeelError | None = None
    accepted: threading.Event = field(default_factory=threading.Event)
    ended_at: datetime | None = None
    reported_at_s: float = 0.0
    _steps: Iterator[Progress] | None = None

    @property
    def is_over(self) -> bool:
        """True when no step is left."""
        return self.ended_at is not None

    @property
    def is_unwanted(self) -> bool:
        """True when it was cancelled, or its sender did not wait for the answer."""
        return self.state == JobState.CANCELLED or (not self.accepted.is_set() and self.is_left())

    def step(self, models: FaceModels, start_decoder: DecoderStart) -> Progress | None:
        """Take the next step; None after the last one.

        Raises:
            DecoderError: no process can be started; and what the task raises.
        """
        if self._steps is None:
            self._steps = self._all_steps(models, start_decoder)
        return next(self._steps, None)

    def _all_steps(self, models: FaceModels, start_decoder: DecoderStart) -> Iterator[Progress]:
        with closing(start_decoder(lambda: self.is_unwanted)) as decoder:
            yield from self.task.steps(models, decoder)

    def end(self, state: JobState, now: datetime) -> None:
        """Close the file and whatever decodes it; the result stays."""
        self.state, self.ended_at = state, now
        # Closing a generator that waits in the middle of a video releases the decoder.
        if self._steps is not None:
            self._steps.close()  # type: ignore[attr-defined]
        self._steps = None
        self.source.close()

    def drop_result(self) -> None:
        """Close and drop the result."""
        if self.task.result is not None:
            self.task.result.close()
        self.task.result, self.task.preview_jpeg = None, None

    def status(self, keep: timedelta, now: datetime) -> JobStatus:
        """Return what the owner may see now."""
        expires_at = self.ended_at + keep if self.ended_at else None
        return JobStatus(
            id=self.id,
            name=self.name,
            kind=self.task.kind,
            size_bytes=self.size_bytes,
            state=self.state,
            progress=self.progress,
            upload_id=self.upload_id,
            message=str(self.error) if self.error else self.task.message,
            expires_at=expires_at,
            expires_in_s=(expires_at - now).total_seconds() if expires_at else None,
        )


def utc_now() -> datetime:
    """Return the time now, aware."""
    return datetime.now(UTC)
