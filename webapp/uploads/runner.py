"""The jobs: takes files in and analyses them, one after the other, on one thread."""

import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.bus.memory_file import MemoryFile
from webapp.cameras.analysis import FaceModels
from webapp.core.errors import BusyError, EvenkeelError, JobLimitError, TooLargeError
from webapp.core.jobs import FileKind, JobState, JobStatus, OwnedJob, Progress, Upload
from webapp.core.ports import AnalysisResult
from webapp.decoding.decoder import Decoder
from webapp.decoding.decoders import Decoders
from webapp.uploads.file_kinds import HEAD_BYTES, kind_of
from webapp.uploads.job import Job, utc_now
from webapp.uploads.tasks import TASKS, FilePlan

# Less than the cameras' share of a busy processor, and enough not to stand still.
NICER_BY, NICEST = 10, 19
REPORT_INTERVAL_S = 0.5
WAIT_INTERVAL_S = 0.5
MOST_KEPT_PER_OWNER = 10
logger = logging.getLogger(__name__)

ReportStatus = Callable[[int, JobStatus], None]


@dataclass(frozen=True)
class JobPlan:
    """What a runner allows, and whom it reports to.

    Attributes:
        load_models: loads detector and network; called with the first file.
        decoders: one for every file, ended with it; the runner closes them at its end.
        most_at_once: files being handed in, waiting or analysed.
        most_per_owner: of these, one user's.
        keep: how long a result is kept.
        report_status: reports to an owner how a job is doing.
    """

    load_models: Callable[[], FaceModels]
    decoders: Decoders
    file: FilePlan
    most_at_once: int
    most_per_owner: int
    keep: timedelta
    report_status: ReportStatus


class JobRunner:
    """Implements `core.ports.AnalysisJobs`; everything it holds is in memory."""

    def __init__(self, plan: JobPlan, stop: threading.Event) -> None:
        """Prepare; nothing is loaded before the first file."""
        self._plan, self._stop = plan, stop
        self._changed = threading.Condition()
        self._jobs: dict[str, Job] = {}
        self._going_on: list[Job] = []
        self._taken: Counter[int] = Counter()
        self._models: FaceModels | None = None

    def submit(self, owner: int, upload: Upload) -> JobStatus:
        """Take a file in and wait until it is found readable; see `AnalysisJobs.submit`."""
        self._check_is_open()
        self._take_place(owner)
        try:
            job = self._receive(owner, upload)
        except BaseException:
            with self._changed:
                self._taken[owner] -= 1
            raise
        with self._changed:
            self._jobs[job.id] = job
            self._going_on.append(job)
            self._changed.notify_all()
        return self._wait_until_accepted(job)

    def jobs(self, owner: int) -> list[JobStatus]:
        """Return what is going on or kept for an owner, newest first."""
        with self._changed:
            owned = [job for job in self._jobs.values() if job.owner == owner]
            return [self._status(job) for job in reversed(owned)]

    def going_on(self) -> list[OwnedJob]:
        """Return what is not over, whosever it is, oldest first."""
        with self._changed:
            wanted = [job for job in self._going_on if not job.is_unwanted]
            return [OwnedJob(job.owner, self._status(job)) for job in wanted]

    def find(self, owner: int, job_id: str) -> JobStatus:
        """Return how a job is doing; raises KeyError."""
        with self._changed:
            return self._status(self._owned(owner, job_id))

    def result(self, owner: int, job_id: str) -> AnalysisResult | None:
        """Return the result of a job, None before the end; raises KeyError."""
        with self._changed:
            return self._owned(owner, job_id).task.result

    def preview_jpeg(self, owner: int, job_id: str) -> bytes | None:
        """Return the newest analysed picture, None before the first; raises KeyError."""
        with self._changed:
            return self._owned(owner, job_id).task.preview_jpeg

    def forget(self, owner: int, job_id: str) -> None:
        """Cancel a job that is going on, and delete what is kept of it; raises KeyError."""
        with self._changed:
            job = self._owned(owner, job_id)
            if job.is_over:
                self._delete(job)
            else:
                # The thread is in the middle of a step: it ends the decoder, and closes the file.
                del self._jobs[job_id]
                job.state = JobState.CANCELLED
        self._report([job])

    def run(self) -> None:
        """Analyse files until stopped, then close them all."""
        _lower_priority()
        while not self._stop.is_set():
            job = self._next()
            if job is not None:
                self._step(job)
            self._forget_old(utc_now())
        for job in list(self._going_on):
            job.state = JobState.CANCELLED
            self._end(job, JobState.CANCELLED)
        with self._changed:
            for job in self._jobs.values():
                job.drop_result()
            self._jobs.clear()
        self._plan.decoders.close()

    def _take_place(self, owner: int) -> None:
        with self._changed:
            own, taken, plan = self._taken[owner], self._taken.total(), self._plan
            if own >= plan.most_per_owner:
                raise JobLimitError(
                    f"As many of your files as one user may have at once are being analysed: "
                    f"{own}. Try again when one is done, or cancel one."
                )
            if taken >= plan.most_at_once:
                raise JobLimitError(
                    f"As many files as allowed at once are being analysed: {taken} "
                    "(ANALYSE_JOBS). Try again when one is done."
                )
            self._taken[owner] += 1

    def _receive(self, owner: int, upload: Upload) -> Job:
        source, max_bytes = MemoryFile(), self._plan.file.max_bytes
        try:
            for chunk in upload.chunks:
                source.write(chunk)
                if source.size_bytes > max_bytes:
                    raise TooLargeError(
                        f"The file has more than {max_bytes:,} bytes, the most that is taken. "
                        "Shrink or cut it, or have ANALYSE_MAX_MB raised."
                    )
            kind = kind_of(source.read_at(0, HEAD_BYTES))
        except BaseException:
            source.close()
            raise
        task = TASKS[kind](source, upload.name, self._plan.file)
        size_bytes, is_left = source.size_bytes, upload.is_left
        return Job(owner, upload.name, source, size_bytes, task, upload.id, is_left)

    def _wait_until_accepted(self, job: Job) -> JobStatus:
        while not job.accepted.wait(WAIT_INTERVAL_S):
            self._check_is_open()
        with self._changed:
            if job.error:
                self._jobs.pop(job.id, None)
                raise job.error
            return self._status(job)

    def _check_is_open(self) -> None:
        if self._stop.is_set():
            raise BusyError("The server is about to stop; hand the file in again later.")

    def _owned(self, owner: int, job_id: str) -> Job:
        job = self._jobs[job_id]
        if job.owner != owner:
            raise KeyError(job_id)
        return job

    def _status(self, job: Job) -> JobStatus:
        return job.status(self._plan.keep, utc_now())

    def _next(self) -> Job | None:
        """Return the next job: one to be closed, one that its sender waits for, or the oldest."""
        with self._changed:
            if not self._going_on:
                self._changed.wait(WAIT_INTERVAL_S)
            return min(
                self._going_on,
                key=lambda job: (job.state != JobState.CANCELLED, job.accepted.is_set()),
                default=None,
            )

    def _step(self, job: Job) -> None:
        if job.is_unwanted:
            return self._end(job, JobState.CANCELLED)
        try:
            if self._models is None:
                self._models = self._plan.load_models()
            progress = job.step(self._models, self._start_decoder)
        except EvenkeelError as error:
            if self._stop.is_set():
                # `run` ends it with all others.
                return
            if job.is_unwanted:
                return self._end(job, JobState.CANCELLED)
            job.error = error
            return self._end(job, JobState.FAILED)
        except Exception:
            # Neither the log nor the user gets the file's name here; OpenCV has none.
            logger.exception("the analysis of a %s failed", job.task.kind)
            job.error = EvenkeelError("The analysis failed; the server's log says why.")
            return self._end(job, JobState.FAILED)
        if progress is None:
            job.progress = job.progress.completed()
            return self._end(job, JobState.DONE)
        self._advance(job, progress, time.monotonic())

    def _start_decoder(self, is_unwanted: Callable[[], bool]) -> Decoder:
        return self._plan.decoders.start(lambda: is_unwanted() or self._stop.is_set())

    def _advance(self, job: Job, progress: Progress, now_s: float) -> None:
        with self._changed:
            job.progress = progress
            is_begun = job.state == JobState.WAITING and progress.frames > 0
            if is_begun:
                job.state = JobState.RUNNING
            is_due = is_begun or now_s - job.reported_at_s >= REPORT_INTERVAL_S
            status = self._status(job)
        # The end follows a picture's only step, and any step of a job that nobody wants.
        if job.task.kind == FileKind.PICTURE or job.is_unwanted:
            return
        job.accepted.set()
        if is_due:
            job.reported_at_s = now_s
            self._plan.report_status(job.owner, status)

    def _end(self, job: Job, state: JobState) -> None:
        with self._changed:
            is_cancelled = job.is_unwanted
            # The answer to the upload reports a file that was refused at once.
            is_refused = state == JobState.FAILED and not job.accepted.is_set()
            job.end(JobState.CANCELLED if is_cancelled else state, utc_now())
            self._going_on.remove(job)
            self._taken[job.owner] -= 1
            if is_cancelled or state == JobState.FAILED:
                job.drop_result()
            if is_cancelled or is_refused:
                self._jobs.pop(job.id, None)
            deleted = self._keep_few(job.owner)
            status = self._status(job)
        job.accepted.set()
        if not is_cancelled and not is_refused:
            self._plan.report_status(job.owner, status)
        self._report(deleted)

    def _report(self, jobs: list[Job]) -> None:
        for job in jobs:
            self._plan.report_status(job.owner, self._status(job))

    def _keep_few(self, owner: int) -> list[Job]:
        """Delete all but the newest results of an owner, and return what was deleted."""
        over = [job for job in self._jobs.values() if job.owner == owner and job.is_over]
        oldest = over[:-MOST_KEPT_PER_OWNER]
        for job in oldest:
            self._delete(job)
        return oldest

    def _forget_old(self, now: datetime) -> None:
        with self._changed:
            old = [
                job
                for job in self._jobs.values()
                if job.ended_at and now - job.ended_at >= self._plan.keep
            ]
            for job in old:
                self._delete(job)
        self._report(old)

    def _delete(self, job: Job) -> None:
        del self._jobs[job.id]
        job.state = JobState.FORGOTTEN
        job.drop_result()


def _lower_priority() -> None:
    """Lower the priority of this thread, which Linux keeps apart from that of the process."""
    with suppress(OSError, AttributeError):
        thread = threading.get_native_id()
        niceness = os.getpriority(os.PRIO_PROCESS, thread) + NICER_BY
        os.setpriority(os.PRIO_PROCESS, thread, min(NICEST, niceness))
