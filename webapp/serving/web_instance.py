"""One of several web instances: its pages see the cameras that workers hold, over Redis."""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from flask import Flask

from webapp.bus.remote_alerts import RemoteAlerts
from webapp.cluster.cluster_cameras import ClusterCameras, FollowedCameras
from webapp.cluster.cluster_jobs import ClusterJobs
from webapp.cluster.hub import RedisHub
from webapp.cluster.workers import Workers
from webapp.config import Settings
from webapp.core.errors import StorageError
from webapp.core.messages import AlertMessage
from webapp.outside.mqtt import MqttPublisher
from webapp.serving.expression_rule import known_expressions
from webapp.serving.first_rules import first_rules
from webapp.serving.set_alike import set_alike
from webapp.serving.stored import stored_receivers, stored_rules
from webapp.serving.worker.lease_keeper import LeaseKeeper
from webapp.storage.database_lock import PostgresqlLock
from webapp.vision.model_files import read_metadata
from webapp.web.left_jobs import LeftJobs
from webapp.web.live.room_watch import RoomWatch
from webapp.web.services import services_of

LOOK_EVERY_S = 1.0
# Of several web instances one tells the broker.
MQTT = "mqtt"
ENDED_WITHIN_S = 1.2
logger = logging.getLogger(__name__)


class WebInstance:
    """Joins the pages of this process to the workers; in place of `ServerProcesses`."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        """Let the pages see what workers hold; connects to nothing.

        Raises:
            StorageError: the database cannot be used.
            EvenkeelError: the model cannot be used.
        """
        assert settings.redis_url and settings.secret_key
        self._services = services = services_of(app)
        self._settings = settings
        self._stop = threading.Event()
        classes = read_metadata(settings.model_dir).classes
        jobs = ClusterJobs()
        self._cameras = ClusterCameras(
            services.publish,
            classes,
            known_expressions(classes, settings.alert_emotions),
            settings.max_viewers,
            lambda: self._hub.trouble,
            lambda: workers.refused(),
        )
        workers = Workers(
            self._cameras,
            jobs,
            services.publish,
            services.sockets.publish_to,
            set_alike(settings, classes),
        )
        self._hub = RedisHub(
            settings.redis_url,
            settings.secret_key,
            heard=lambda here: workers.hear(self._hub, here),
        )
        self._alerts = RemoteAlerts(
            self._cameras.peers,
            first_rules(settings),
            lambda: stored_rules(services.database),
            lambda: stored_receivers(services.database),
        )
        self._lock = PostgresqlLock(services.database, is_shared=True)
        self._duties = LeaseKeeper(
            services.database, settings.worker_name, services.sealer, (MQTT,), holds_cameras=False
        )
        services.processes = workers.statuses
        services.runtime = services.rooms = self._cameras
        services.alerts, services.analysis = self._alerts, jobs

    def start(self) -> None:
        """Join the workers."""
        services = self._services
        assert services.analysis
        loops: list[Callable[[threading.Event], object]] = [
            self._hub.run,
            self._follow,
            services.connections.run,
            services.watching.run,
            LeftJobs(services.database, services.analysis).run,
        ]
        self._lock.take()
        loops.append(self._lock.keep)
        if self._settings.mqtt:
            loops += [self._duties.run, self._tell_broker]
        self._threads = [self._run(loop) for loop in loops]

    def request_stop(self) -> None:
        """Ask streams to end; returns at once."""
        self._stop.set()
        self._cameras.request_stop()

    def stop(self) -> None:
        """Leave the workers."""
        self.request_stop()
        self._services.watching.finish()
        if self._settings.mqtt:
            self._duties.stop()
        self._threads[0].join(ENDED_WITHIN_S)

    def _run(self, loop: Callable[[threading.Event], object]) -> threading.Thread:
        thread = threading.Thread(target=loop, args=(self._stop,), daemon=True)
        thread.start()
        return thread

    def _tell_broker(self, stop: threading.Event) -> None:
        """Tell a broker of the cameras while no other web instance does."""
        assert self._settings.mqtt
        while not stop.wait(LOOK_EVERY_S):
            if not self._duties.is_on_duty(MQTT):
                continue
            over = threading.Event()
            publisher = MqttPublisher(self._settings.mqtt, self._cameras, self._live)
            telling = threading.Thread(target=publisher.run, args=(over,), daemon=True)
            telling.start()
            while self._duties.is_on_duty(MQTT) and not stop.wait(LOOK_EVERY_S):
                pass
            over.set()
            telling.join()

    def _live(self) -> Sequence[AlertMessage]:
        return self._alerts.live()

    def _follow(self, stop: threading.Event) -> None:
        """Show cameras, pauses and rules as the database says, whoever wrote it."""
        services = self._services
        follow = partial(services.switch.follow, FollowedCameras(self._cameras))
        rooms = RoomWatch(services.database, services.sealer, services.participants)
        while True:
            try:
                # The next look finds what the database does not say now.
                with suppress(StorageError):
                    follow(datetime.now(UTC))
                    self._alerts.read_again()
                    rooms.look()
                self._cameras.place()
            except Exception:
                logger.exception("cameras were not followed; it is tried again")
            if stop.wait(LOOK_EVERY_S):
                return
