"""The reading of files in another process, as the web pages see it."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from webapp.bus.calls import Calls, Reply
from webapp.bus.chunks import send_chunks
from webapp.bus.job_messages import (
    ExportResult,
    FindGoingOn,
    FindJob,
    FindJobs,
    FindPreview,
    FindResult,
    ForgetJob,
    GoingOnFound,
    JobsFound,
    ReadFile,
    ResultFound,
    SenderLeft,
)
from webapp.bus.process_peer import ProcessPeer
from webapp.core.analysis_results import PictureAnalysis, VideoAnalysis
from webapp.core.jobs import JobStatus, OwnedJob, Upload
from webapp.core.messages import Message

# The network is loaded with the first file; each that waits is looked at before long ones go on.
ACCEPTED_WITHIN_S = 300.0
EXPORTED_WITHIN_S = 30.0


class RemoteJobs(ProcessPeer):
    """Implements `core.ports.AnalysisJobs`; also the peer of the process that reads."""

    def __init__(self, report: Callable[[int, JobStatus], None]) -> None:
        """Prepare.

        Args:
            report: reports to an owner's pages how a job is doing.
        """
        super().__init__()
        self._report = report

    def submit(self, owner: int, upload: Upload) -> JobStatus:
        """Take a file in and wait until it is found readable; see `AnalysisJobs.submit`."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ask = partial(ReadFile, owner=owner, name=upload.name, upload_id=upload.id)
            with self.calls.asked(ask, [theirs.fileno()]) as question:
                theirs.close()
                # Who refuses a file reads no further; the answer says why.
                send_chunks(ours, upload.chunks)
                ours.close()

                def say_if_left() -> None:
                    if upload.is_left():
                        self.send(SenderLeft(question.call_id))

                return _jobs(question.wait(ACCEPTED_WITHIN_S, say_if_left))[0]

    def jobs(self, owner: int) -> list[JobStatus]:
        """Return what is going on or kept for an owner, newest first."""
        return _jobs(self.calls.ask(partial(FindJobs, owner=owner)))

    def going_on(self) -> list[OwnedJob]:
        """Return what is not over, whosever it is, oldest first."""
        found = self.calls.ask(FindGoingOn).message
        assert isinstance(found, GoingOnFound)
        return list(found.jobs)

    def find(self, owner: int, job_id: str) -> JobStatus:
        """Return how a job is doing; raises KeyError."""
        return _jobs(self.calls.ask(partial(FindJob, owner=owner, job_id=job_id)))[0]

    def result(self, owner: int, job_id: str) -> "RemoteResult | None":
        """Return the result of a job, None before the end; raises KeyError."""
        reply = self.calls.ask(partial(FindResult, owner=owner, job_id=job_id))
        found = reply.message
        assert isinstance(found, ResultFound)
        said = found.picture or found.video
        return RemoteResult(self.calls, owner, job_id, said, _bytes(reply) or b"") if said else None

    def preview_jpeg(self, owner: int, job_id: str) -> bytes | None:
        """Return the newest analysed picture, None before the first; raises KeyError."""
        return _bytes(self.calls.ask(partial(FindPreview, owner=owner, job_id=job_id)))

    def forget(self, owner: int, job_id: str) -> None:
        """Cancel a job that is going on, and delete what is kept of it; raises KeyError."""
        self.calls.ask(partial(ForgetJob, owner=owner, job_id=job_id))

    def take(self, message: Message, _: list[int]) -> None:
        """Pass on how a job is doing."""
        if isinstance(message, OwnedJob):
            self._report(message.owner, message.status)


@dataclass(frozen=True)
class RemoteResult:
    """What was read in a file; implements `core.ports.AnalysisResult`."""

    calls: Calls
    owner: int
    job_id: str
    said: PictureAnalysis | VideoAnalysis
    picture_jpeg: bytes

    def as_message(self) -> PictureAnalysis | VideoAnalysis:
        """Return what a page shows."""
        return self.said

    def export(self, form: str) -> Iterator[bytes]:
        """Yield a file of the form `json` or `csv`; raises KeyError, BusyError at the call."""
        reply = self.calls.ask(
            partial(ExportResult, owner=self.owner, job_id=self.job_id, form=form),
            within_s=EXPORTED_WITHIN_S,
        )
        assert reply.file, "the answer comes with the file"
        with reply.file as file:
            return file.chunks()


def _jobs(reply: Reply) -> list[JobStatus]:
    assert isinstance(reply.message, JobsFound)
    return list(reply.message.jobs)


def _bytes(reply: Reply) -> bytes | None:
    if reply.file is None:
        return None
    with reply.file as file:
        return file.read()
