"""The reading of files that users hand in, served to the web process over a link."""

import socket
import threading

from webapp.bus.calls import Answers, Reply
from webapp.bus.chunks import received_chunks
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
from webapp.bus.link import Link
from webapp.bus.link_server import LinkServer
from webapp.bus.memory_file import MemoryFile
from webapp.bus.process_messages import Alive, Call, Done
from webapp.bus.process_use import process_use
from webapp.core.analysis_results import PictureAnalysis, VideoAnalysis
from webapp.core.jobs import JobState, JobStatus, OwnedJob, Upload
from webapp.core.messages import Message
from webapp.core.ports import AnalysisJobs, AnalysisResult
from webapp.core.process_report import JobWork, ProcessReport


class JobServer(LinkServer):
    """Takes files in for whoever is connected, and reports how they are doing."""

    def __init__(self) -> None:
        """Prepare; `attach` comes before the first link."""
        super().__init__()
        self._left: dict[int, tuple[Link, threading.Event]] = {}

    def attach(self, jobs: AnalysisJobs) -> None:
        """Serve these."""
        self._jobs = jobs
        self.answers = Answers(
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
        self.publish(OwnedJob(owner, status))

    def beat(self) -> Alive:
        """Return that it lives, and how it is doing."""
        states = [job.status.state for job in self._jobs.going_on()]
        waiting = states.count(JobState.WAITING)
        work = JobWork(waiting, len(states) - waiting)
        return Alive(ProcessReport(process_use(), jobs=work))

    def unlinked(self, link: Link) -> None:
        """Nobody there waits for an answer any more."""
        for asked_over, is_left in list(self._left.values()):
            if asked_over is link:
                is_left.set()

    def take(self, link: Link, message: Message, _: list[int]) -> None:
        """Note who waits for which file, and who does not any more."""
        if isinstance(message, ReadFile):
            self._left[message.call_id] = link, threading.Event()
        elif isinstance(message, SenderLeft) and message.call_id in self._left:
            self._left[message.call_id][1].set()

    def _read_file(self, call: ReadFile, descriptors: list[int]) -> Reply:
        is_left = self._left[call.call_id][1].is_set
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
