"""The processes behind the web process, and what its pages see of them."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from flask import Flask

from webapp.bus.camera_peer import CameraPeer
from webapp.bus.process_peer import ProcessPeer
from webapp.bus.remote_alerts import RemoteAlerts
from webapp.bus.remote_cameras import RemoteCameras
from webapp.bus.remote_jobs import RemoteJobs
from webapp.config import Settings, environment_behind
from webapp.core.camera_setup import CameraSetup
from webapp.core.messages import AlertMessage
from webapp.core.process_report import ProcessStatus
from webapp.outside.mqtt import MqttPublisher
from webapp.serving.camera_share import CameraShare, write_cameras, write_share
from webapp.serving.cores import usable_cores
from webapp.serving.expression_rule import known_expressions
from webapp.serving.first_rules import first_rules
from webapp.serving.ground import Ground
from webapp.serving.placement import placement_of, read_placement, write_placement
from webapp.serving.process_keeper import ENDED_WITHIN_S, ProcessKeeper, ProcessPlan
from webapp.serving.stored import stored_receivers, stored_rules
from webapp.storage.cameras import enabled_cameras
from webapp.vision.model_files import read_metadata
from webapp.web.left_jobs import LeftJobs
from webapp.web.services import Services, services_of


class ServerProcesses:
    """Keeps the processes that hold cameras, and the one that reads files."""

    def __init__(self, app: Flask, settings: Settings, ground: Ground) -> None:
        """Let the pages see what is to run; starts nothing.

        Raises:
            StorageError: the database cannot be used.
            EvenkeelError: the model cannot be used.
        """
        self._services = services = services_of(app)
        self._settings, self._ground = settings, ground
        self._keepers: list[ProcessKeeper] = []
        self._stop = threading.Event()
        self._is_started = False
        classes = read_metadata(settings.model_dir).classes
        watched = known_expressions(classes, settings.alert_emotions)
        self._peers: list[CameraPeer] = []
        kept = read_placement(ground.folder)
        for holds_rooms in kept.holds_rooms:
            self._add_cameras(holds_rooms)
        self._cameras = RemoteCameras(
            self._peers,
            self._add_peer,
            classes,
            watched,
            settings.max_viewers,
            {name: self._peers[number] for name, number in kept.cameras.items()},
            lambda: write_placement(ground.folder, placement_of(self._peers)),
        )
        self._cameras.set_cameras(_stored_cameras(services))
        jobs = RemoteJobs(services.sockets.publish_to)
        reads_files = ("webapp.serving.file_process", "files")
        self._keep("file process", reads_files, jobs, environment_behind)
        services.alerts = RemoteAlerts(
            lambda: self._peers,
            first_rules(settings),
            lambda: stored_rules(services.database),
            lambda: stored_receivers(services.database),
        )
        services.processes = self.statuses
        services.runtime = services.rooms = self._cameras
        services.analysis = jobs

    def start(self) -> None:
        """Start every process, and watch them."""
        self._is_started = True
        for keeper in self._keepers:
            threading.Thread(target=keeper.run, daemon=True).start()
        services = self._services
        assert services.analysis
        left_jobs = LeftJobs(services.database, services.analysis)
        end_pauses = partial(services.switch.run, self._cameras)
        loops: list[Callable[[threading.Event], object]] = [end_pauses, services.connections.run]
        loops += [left_jobs.run, services.watching.run]
        if self._settings.mqtt:
            loops.append(MqttPublisher(self._settings.mqtt, self._cameras, self._live).run)
        for run in loops:
            threading.Thread(target=run, args=(self._stop,), daemon=True).start()

    def statuses(self) -> list[ProcessStatus]:
        """Return how each process behind the web process is doing."""
        return [keeper.status() for keeper in list(self._keepers)]

    def _live(self) -> Sequence[AlertMessage]:
        alerts = self._services.alerts
        return alerts.live() if alerts else ()

    def request_stop(self) -> None:
        """Ask streams and processes to end; returns at once."""
        self._stop.set()
        self._cameras.request_stop()
        for keeper in self._keepers:
            keeper.request_stop()

    def stop(self) -> None:
        """End every process."""
        self.request_stop()
        self._services.watching.finish()
        deadline_s = time.monotonic() + ENDED_WITHIN_S
        for keeper in self._keepers:
            keeper.join(deadline_s)

    def _add_peer(self, holds_rooms: bool) -> CameraPeer | None:
        """Have one more process hold cameras; None when there are as many as may be."""
        most = 1 if holds_rooms else most_camera_processes(self._settings)
        if sum(peer.holds_rooms == holds_rooms for peer in self._peers) >= most:
            return None
        return self._add_cameras(holds_rooms)

    def _add_cameras(self, holds_rooms: bool = False) -> CameraPeer:
        publish = self._services.publish
        slot, peer = len(self._peers), CameraPeer(publish, holds_rooms=holds_rooms)
        cores = max(1, usable_cores() // most_camera_processes(self._settings))
        share = write_share(CameraShare(is_first=slot == 0, cores=cores))
        arguments = ("webapp.serving.camera_process", f"cameras-{slot}", share)
        name, env = f"camera process {slot + 1}", partial(self._camera_environment, peer)
        self._keep(name, arguments, peer, env)
        self._peers.append(peer)
        return peer

    def _keep(
        self,
        name: str,
        arguments: tuple[str, ...],
        peer: ProcessPeer,
        env: Callable[[], Mapping[str, str]],
    ) -> None:
        module, address, *rest = arguments
        ground = self._ground
        path = ground.folder / address
        plan = ProcessPlan(
            name=name,
            arguments=("-m", module, str(path), str(ground.lifeline), *rest),
            env=env,
            address=path,
            lifeline=ground.lifeline,
            locks=ground.locks,
        )
        keeper = ProcessKeeper(plan, peer)
        self._keepers.append(keeper)
        if self._is_started:
            threading.Thread(target=keeper.run, daemon=True).start()

    def _camera_environment(self, peer: CameraPeer) -> Mapping[str, str]:
        """Return the environment of cameras, with those of now."""
        cameras, key = write_cameras(peer.wanted), self._services.sealer.key
        return environment_behind(**cameras, SEALING_KEY=key)


def most_camera_processes(settings: Settings) -> int:
    """Return how many processes may hold cameras: one a core but one."""
    return settings.camera_processes or max(1, usable_cores() - 1)


def _stored_cameras(services: Services) -> list[CameraSetup]:
    with services.database.session() as work:
        return enabled_cameras(work, services.sealer)
