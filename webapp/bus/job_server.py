"""The reading of files that users hand in, served to the web process over a link."""

import socket
import threading

from webapp.bus.calls import Answers, Reply
from webapp.bus.chunks import received_chunks
from webapp.bus.link import Link
from webapp.bus.memory_file import MemoryFile
from webapp.bus.process_messages import (
    Alive,
    Call,
    Done,
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
    Stop,
)
from webapp.core.analysis_results import PictureAnalysis, VideoAnalysis
from webapp.core.jobs import JobStatus, OwnedJob, Upload
from webapp.core.messages import Message
from webapp.core.ports import AnalysisJobs, AnalysisResult

BEAT_S = 1.0


class JobServer:
    """Takes files in for whoever is connected, and reports how they are doing; one link at once."""

    def __init__(self) -> None:
        """Prepare; `attach` comes before the first link."""
        self._link: Link | None = None
        self._left: dict[int, threading.Event] = {}
        self.stopping = threading.Event()

    def attach(self, jobs: AnalysisJobs) -> None:
        """Serve these."""
        self._jobs = jobs
        self._answers = Answers(
            {
                ReadFile: self._read_file,
                FindGoingOn: lambda call, _: Reply(
                    GoingOnFound(call.call_id, tuple(jobs.going_on()))
                ),
                FindJobs: lambda call, _: _found(call, *jobs.jobs(call.owner)),
                FindJob: lambda call, _: _found(call, jobs.find(call.owner, call.job_id)),
                FindResult: self._find_result,
                ExportResult: self._export,
                FindPreview: self._find_preview,
                ForgetJob: lambda call, _: jobs.forget(call.owner, call.job_id),
            }
        )

    def report(self, owner: int, status: JobStatus) -> None:
        """Send to the pages of an owner how a job is doing."""
        link = self._link
        if link:
            link.send(OwnedJob(owner, status))

    def serve(self, link: Link) -> None:
        """Serve one web process until it is gone; then nobody waits for an answer any more."""
        self._link = link
        threading.Thread(target=self._beat, args=(link,), name="beat", daemon=True).start()
        try:
            link.serve(lambda message, descriptors: self._handle(link, message, descriptors))
        finally:
            self._link = None
            for is_left in list(self._left.values()):
                is_left.set()

    def request_stop(self) -> None:
        """End the link; returns at once."""
        self.stopping.set()
        link = self._link
        if link:
            link.close()

    def _beat(self, link: Link) -> None:
        while self._link is link and not self.stopping.wait(BEAT_S):
            link.send(Alive(), instead_of=Alive)

    def _handle(self, link: Link, message: Message, descriptors: list[int]) -> None:
        if isinstance(message, ReadFile):
            self._left[message.call_id] = threading.Event()
        if isinstance(message, SenderLeft):
            is_left = self._left.get(message.call_id)
            if is_left:
                is_left.set()
        elif isinstance(message, Stop):
            self.request_stop()
        elif isinstance(message, Call):
            self._answers.answer(link, message, descriptors)

    def _read_file(self, call: ReadFile, descriptors: list[int]) -> Reply:
        is_left = self._left[call.call_id].is_set
        with socket.socket(fileno=descriptors[0]) as end:
            # As it is depends on how the web process waits.
            end.setblocking(True)
            upload = Upload(call.name, received_chunks(end), call.upload_id, is_left)
            try:
                return _found(call, self._jobs.submit(call.owner, upload))
            finally:
                del self._left[call.call_id]

    def _find_result(self, call: FindResult, _: list[int]) -> Reply:
        result = self._jobs.result(call.owner, call.job_id)
        if result is None:
            return Reply(ResultFound(call.call_id, None, None))
        said = result.as_message()
        picture = said if isinstance(said, PictureAnalysis) else None
        video = said if isinstance(said, VideoAnalysis) else None
        return Reply(ResultFound(call.call_id, picture, video), MemoryFile.of(result.picture_jpeg))

    def _export(self, call: ExportResult, _: list[int]) -> Reply:
        result = self._jobs.result(call.owner, call.job_id)
        if result is None:
            raise KeyError(call.job_id)
        return Reply(Done(call.call_id), _file_of(result, call.form))

    def _find_preview(self, call: FindPreview, _: list[int]) -> Reply:
        jpeg = self._jobs.preview_jpeg(call.owner, call.job_id)
        return Reply(Done(call.call_id), None if jpeg is None else MemoryFile.of(jpeg))


def _found(call: Call, *jobs: JobStatus) -> Reply:
    return Reply(JobsFound(call.call_id, jobs))


def _file_of(result: AnalysisResult, form: str) -> MemoryFile:
    file = MemoryFile()
    for chunk in result.export(form):
        file.write(chunk)
    return file
