"""A worker: holds cameras and reads files for the web instances, which it meets over Redis."""

import logging
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

from webapp.bus.job_server import JobServer
from webapp.bus.no_dumps import allow_no_dumps
from webapp.bus.process_messages import SetCameras
from webapp.bus.screens import SentPictures
from webapp.cluster.hub import RedisHub
from webapp.cluster.workers import CAMERAS, FILES
from webapp.config import Settings
from webapp.core.errors import ConfigError
from webapp.serving.assembly import build_job_plan
from webapp.serving.camera_parts import CameraParts
from webapp.serving.camera_share import CameraShare
from webapp.serving.lifecycle import prepare_worker
from webapp.serving.memory import spare_collections
from webapp.serving.rule_to_try import RuleToTry
from webapp.serving.sealer import build_sealer
from webapp.serving.set_alike import set_alike
from webapp.serving.worker.lease_keeper import LeaseKeeper
from webapp.serving.worker.worker_server import WorkerServer
from webapp.storage.database import Database
from webapp.storage.database_lock import PostgresqlLock
from webapp.uploads.runner import JobRunner
from webapp.vision.render import JpegRenderer

ALIVE_EVERY_S, ALIVE_WITHIN_S = 1.0, 10.0
ENDED_WITHIN_S = 2.0
# Web instances count viewers, each its own; a worker encodes once what any number watch.
MOST_VIEWS = 100_000
logger = logging.getLogger(__name__)


class Worker:
    """All parts of a worker; `run` returns when it is asked to stop."""

    def __init__(self, settings: Settings) -> None:
        """Put the parts together; opens no camera.

        Raises:
            EvenkeelError: the settings, the model or the database cannot be used.
        """
        settings = replace(settings, max_viewers=MOST_VIEWS)
        assert settings.redis_url and settings.secret_key
        self._settings, self.stopping = settings, threading.Event()
        self._database = database = Database(settings.database_url)
        self._lock = PostgresqlLock(database, is_shared=True)
        self._leases = leases = LeaseKeeper(database, settings.worker_name, build_sealer(settings))
        self._server = server = WorkerServer(JpegRenderer().no_signal(None), SentPictures, leases)
        self._parts = parts = CameraParts(
            settings,
            database,
            server.publish,
            SetCameras(()),
            CameraShare(is_first=False),
            leases,
            server.cameras_changed,
        )
        assert parts.alerts
        server.attach(parts.runtime, parts.alerts, parts.rooms, parts.alerts.work)
        server.follow_with(parts.follow_now)
        self._files = files = JobServer()
        self._jobs = JobRunner(
            build_job_plan(settings, RuleToTry(settings, database), files.report), self.stopping
        )
        files.attach(self._jobs)
        stop = parts.runtime.stopping
        parts.runtime.add_loop("database-lock", lambda: self._lock.keep(stop))
        self._hub = RedisHub(
            settings.redis_url,
            settings.secret_key,
            name=settings.worker_name,
            settings=set_alike(settings, parts.runtime.classes),
            accept={CAMERAS: server.serve, FILES: files.serve},
        )

    def run(self) -> None:
        """Work until stopped."""
        self._lock.take()
        reader = threading.Thread(target=self._jobs.run, name="analyse", daemon=True)
        hub = threading.Thread(target=self._hub.run, args=(self.stopping,), name="redis-in")
        self._parts.runtime.start()
        reader.start()
        hub.start()
        logger.info("the worker %s is ready", self._settings.worker_name)
        spare_collections()
        alive = alive_file(self._settings.instance_dir)
        while not self.stopping.wait(ALIVE_EVERY_S):
            _touch(alive)
        self._end(reader, hub)

    def request_stop(self, *_: object) -> None:
        """Ask everything to end; returns at once."""
        self.stopping.set()

    def _end(self, *threads: threading.Thread) -> None:
        self._server.request_stop()
        self._files.request_stop()
        self._parts.runtime.stop()
        # When all is written: from now on others may take the cameras.
        self._leases.stop()
        for thread in threads:
            thread.join(ENDED_WITHIN_S)
        alive_file(self._settings.instance_dir).unlink(missing_ok=True)
        self._lock.release()
        self._database.close()


def run_worker(settings: Settings) -> None:
    """Be a worker until SIGTERM or SIGINT.

    Raises:
        EvenkeelError: the settings, the model or the database cannot be used.
    """
    if not settings.redis_url:
        raise ConfigError(
            "REDIS_URL: expected the Redis that web instances and workers meet over, such as "
            "redis://127.0.0.1:6379/0, got none. On one machine, `make run` needs no worker."
        )
    allow_no_dumps()
    # It tells of every step, also where nothing is to do.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    prepare_worker(settings)
    worker = Worker(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, worker.request_stop)
    worker.run()


def alive_file(folder: Path) -> Path:
    """Return what a worker touches every second in its instance folder."""
    return folder / "worker-alive"


def is_alive(folder: Path) -> bool:
    """Return whether a worker with this instance folder runs, and is not stuck."""
    try:
        return time.time() - alive_file(folder).stat().st_mtime < ALIVE_WITHIN_S
    except OSError:
        return False


def _touch(path: Path) -> None:
    try:
        path.touch()
    except OSError as error:
        # A full or read-only disk keeps no worker from its work.
        logger.warning("%s cannot be touched (%s)", path, error.strerror)
