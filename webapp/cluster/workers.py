"""Finds the workers, and keeps a link to each of what it serves."""

import logging
import threading
from collections.abc import Callable

from webapp.bus.remote_jobs import RemoteJobs
from webapp.cluster.cluster_cameras import ClusterCameras
from webapp.cluster.cluster_jobs import ClusterJobs
from webapp.cluster.hub import Here, RedisHub
from webapp.cluster.worker_peer import WorkerPeer
from webapp.core.jobs import JobStatus
from webapp.core.messages import Publish
from webapp.core.process_report import ProcessStatus

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
    ) -> None:
        """Prepare; there is none.

        Args:
            cameras: mirrors what they hold.
            jobs: asks them to read files.
            publish: sends to browsers.
            report: reports to an owner's pages how a job is doing.
        """
        self._cameras, self._jobs = cameras, jobs
        self._publish, self._report = publish, report
        self._linked: set[tuple[str, str]] = set()
        self._readers: dict[RemoteJobs, str] = {}

    def hear(self, hub: RedisHub, here: Here) -> None:
        """Take what a worker says every second of itself; returns at once."""
        serves = {CAMERAS: self._serve_cameras, FILES: self._serve_files}
        for kind in serves.keys() & set(here.kinds):
            if (here.process, kind) not in self._linked:
                self._linked.add((here.process, kind))
                name = f"worker-{here.name}-{kind}"
                run = serves[kind]
                threading.Thread(target=run, args=(hub, here), name=name, daemon=True).start()

    def statuses(self) -> list[ProcessStatus]:
        """Return how the workers are doing."""
        cameras = [ProcessStatus(f"worker {w.name}", w.report) for w in self._cameras.workers]
        files = [ProcessStatus(f"reader of {n}", r.report) for r, n in self._readers.copy().items()]
        return [*cameras, *files]

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
