"""Files that several workers read, of whom one may not answer."""

import pytest

from webapp.cluster.cluster_jobs import NO_WORKER, ClusterJobs
from webapp.core.errors import BusyError
from webapp.core.jobs import Upload
from webapp.core.process_report import JobWork, ProcessReport


class FakeWorker:
    """Has some jobs, or does not answer."""

    def __init__(self, running: int, *job_ids: str) -> None:
        self.report = ProcessReport(jobs=JobWork(0, running))
        self.job_ids, self.is_silent = list(job_ids), False

    def submit(self, owner: int, upload: Upload) -> None:
        self.job_ids.append(upload.name)

    def jobs(self, owner: int) -> list[str]:
        if self.is_silent:
            raise BusyError("it does not answer")
        return list(self.job_ids)

    def forget(self, owner: int, job_id: str) -> None:
        if job_id not in self.jobs(owner):
            raise KeyError(job_id)
        self.job_ids.remove(job_id)


def test_who_has_least_to_do_reads_a_file_and_who_has_it_is_asked() -> None:
    jobs, north, south = ClusterJobs(), FakeWorker(2, "a"), FakeWorker(1)
    with pytest.raises(BusyError, match=NO_WORKER):
        jobs.submit(1, Upload("b", ()))
    jobs.add_worker(north)
    jobs.add_worker(south)
    jobs.submit(1, Upload("b", ()))
    assert jobs.jobs(1) == ["a", "b"]
    jobs.forget(1, "b")
    with pytest.raises(KeyError):
        jobs.forget(1, "b")
    # Nobody knows whether it is gone.
    north.is_silent = True
    with pytest.raises(BusyError, match="does not answer"):
        jobs.forget(1, "a")
    assert jobs.jobs(1) == []
    jobs.remove_worker(north)
    with pytest.raises(KeyError):
        jobs.forget(1, "a")
