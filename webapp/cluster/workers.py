"""Finds the workers, and keeps a link to each of what it serves."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from webapp.bus.remote_jobs import RemoteJobs
from webapp.cluster.cluster_cameras import ClusterCameras
from webapp.cluster.cluster_jobs import ClusterJobs
from webapp.cluster.hub import SILENT_S, Here, RedisHub
from webapp.cluster.worker_peer import WorkerPeer
from webapp.core.jobs import JobStatus
from webapp.core.messages import Publish
from webapp.core.process_report import ProcessReport, ProcessStatus

# What a worker serves, each over a link of its own.
CAMERAS, FILES = "cameras", "files"
logger = logging.getLogger(__name__)


class Workers:
    """Opens links to the workers that say they are there, and forgets those that are gone."""

    def __init__(
        self,
        cameras: ClusterCameras,
        jobs: ClusterJobs,
        publish: Publish,
        report: Callable[[int, JobStatus], None],
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare; there is none.

        Args:
            cameras: mirrors what they hold.
            jobs: asks them to read files.
            publish: sends to browsers.
            report: reports to an owner's pages how a job is doing.
            settings: those that workers must have alike, by name.
        """
        self._settings = dict(settings or {})
        # Why one is not joined, by its process, and when that was last found.
        self._refused: dict[str, tuple[str, float]] = {}
        self._cameras, self._jobs = cameras, jobs
        self._publish, self._report = publish, report
        self._linked: set[tuple[str, str]] = set()
        self._readers: dict[RemoteJobs, str] = {}

    def hear(self, hub: RedisHub, here: Here) -> None:
        """Take what a worker says every second of itself; returns at once."""
        if self._refuses(here):
            return
        serves = {CAMERAS: self._serve_cameras, FILES: self._serve_files}
        for kind in serves.keys() & set(here.kinds):
            if (here.process, kind) not in self._linked:
                self._linked.add((here.process, kind))
                name = f"worker-{here.name}-{kind}"
                run = serves[kind]
                threading.Thread(target=run, args=(hub, here), name=name, daemon=True).start()

    def statuses(self) -> list[ProcessStatus]:
        """Return how the workers are doing."""
        files = {name: reader.report for reader, name in self._readers.copy().items()}
        # Of one that was started again the newer alone.
        workers = {worker.name: worker.report for worker in self._cameras.workers}
        return [
            ProcessStatus(f"worker {name}", _with_files(report, files.get(name)))
            for name, report in workers.items()
        ]

    def refused(self) -> str:
        """Return why workers that are there are not joined, or ""."""
        now_s = time.monotonic()
        refused = list(self._refused.items())
        self._refused = {process: each for process, each in refused if now_s - each[1] < SILENT_S}
        return "; ".join(sorted({why for why, _ in self._refused.values()}))

    def _refuses(self, here: Here) -> bool:
        differing = "; ".join(
            f"{name} is {here.settings.get(name, 'unknown')} there and {ours} here"
            for name, ours in self._settings.items()
            if here.settings.get(name) != ours
        )
        if not differing:
            return False
        why = f"the worker {here.name} is not joined, set both alike: {differing}"
        if here.process not in self._refused:
            logger.error(why)
        self._refused[here.process] = why, time.monotonic()
        return True

    def _serve_cameras(self, hub: RedisHub, here: Here) -> None:
        worker = WorkerPeer(here.name, self._publish, self._cameras.place)
        self._cameras.add_worker(worker)
        logger.info("the worker %s is there", here.name)
        try:
            worker.serve(hub.open(here.process, CAMERAS))
        finally:
            self._cameras.remove_worker(worker)
            self._linked.discard((here.process, CAMERAS))
            logger.warning("the worker %s is away", here.name)

    def _serve_files(self, hub: RedisHub, here: Here) -> None:
        reader = RemoteJobs(self._report)
        self._readers[reader] = here.name
        self._jobs.add_worker(reader)
        try:
            reader.serve(hub.open(here.process, FILES))
        finally:
            self._jobs.remove_worker(reader)
            del self._readers[reader]
            self._linked.discard((here.process, FILES))


def _with_files(
    report: ProcessReport | None, of_files: ProcessReport | None
) -> ProcessReport | None:
    """Return what one process says, over one link of its cameras and over another of its files."""
    return replace(report, jobs=of_files.jobs) if report and of_files else report
