"""The reading of files by all workers, as the web pages see it."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from webapp.bus.remote_jobs import RemoteJobs, RemoteResult
from webapp.core.errors import BusyError
from webapp.core.jobs import JobStatus, OwnedJob, Upload

NO_WORKER = "No worker runs that could read the file; try again in a few seconds."
Found = TypeVar("Found")


class ClusterJobs:
    """Implements `core.ports.AnalysisJobs`: a file is read by the worker that has least to do.

    Attributes:
        workers: those that can be asked; replaced as a whole.
    """

    def __init__(self) -> None:
        """Prepare; there is no worker."""
        self.workers: tuple[RemoteJobs, ...] = ()

    def add_worker(self, worker: RemoteJobs) -> None:
        """Ask one more."""
        self.workers = (*self.workers, worker)

    def remove_worker(self, worker: RemoteJobs) -> None:
        """Ask one no more; what it was reading is lost."""
        self.workers = tuple(each for each in self.workers if each is not worker)

    def submit(self, owner: int, upload: Upload) -> JobStatus:
        """Have a worker take a file in; raises BusyError where there is none."""
        least_busy = min(self.workers, key=_files_of, default=None)
        if least_busy is None:
            raise BusyError(NO_WORKER)
        return least_busy.submit(owner, upload)

    def jobs(self, owner: int) -> list[JobStatus]:
        """Return what is going on or kept for an owner, by worker, newest first."""
        return [job for worker in self.workers for job in _or_none(worker, owner)]

    def going_on(self) -> list[OwnedJob]:
        """Return what is not over, whosever it is, by worker, oldest first."""
        going_on: list[OwnedJob] = []
        for worker in self.workers:
            with suppress(BusyError):
                going_on += worker.going_on()
        return going_on

    def find(self, owner: int, job_id: str) -> JobStatus:
        """Return how a job is doing; raises KeyError."""
        return self._asked(job_id, lambda worker: worker.find(owner, job_id))

    def result(self, owner: int, job_id: str) -> RemoteResult | None:
        """Return the result of a job, None before the end; raises KeyError."""
        return self._asked(job_id, lambda worker: worker.result(owner, job_id))

    def preview_jpeg(self, owner: int, job_id: str) -> bytes | None:
        """Return the newest analysed picture, None before the first; raises KeyError."""
        return self._asked(job_id, lambda worker: worker.preview_jpeg(owner, job_id))

    def forget(self, owner: int, job_id: str) -> None:
        """Cancel a job that is going on, and delete what is kept of it; raises KeyError."""
        self._asked(job_id, lambda worker: worker.forget(owner, job_id))

    def _asked(self, job_id: str, ask: Callable[[RemoteJobs], Found]) -> Found:
        """Return the answer of the worker that knows a job.

        Raises:
            KeyError: no worker does.
            BusyError: none that answers does.
        """
        silent: BusyError | None = None
        for worker in self.workers:
            try:
                return ask(worker)
            except KeyError:
                continue
            except BusyError as error:
                silent = error
        raise silent or KeyError(job_id)


def _files_of(worker: RemoteJobs) -> int:
    jobs = worker.report.jobs if worker.report else None
    return jobs.waiting + jobs.running if jobs else 0


def _or_none(worker: RemoteJobs, owner: int) -> list[JobStatus]:
    with suppress(BusyError):
        return worker.jobs(owner)
    return []
