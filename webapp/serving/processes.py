"""The processes behind the web process, and what its pages see of them."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from flask import Flask

from webapp.bus.camera_peer import CameraPeer
from webapp.bus.process_peer import ProcessPeer
from webapp.bus.remote_alerts import RemoteAlerts
from webapp.bus.remote_cameras import RemoteCameras
from webapp.bus.remote_jobs import RemoteJobs
from webapp.config import Settings, environment_behind
from webapp.core.alert_rules import AlertRule
from webapp.core.camera_list import CameraSource, cameras_as_text
from webapp.core.camera_state import CameraState
from webapp.core.camera_status import CameraStatus
from webapp.core.sources import source_kind
from webapp.serving.camera_share import CameraShare, write_share
from webapp.serving.cores import usable_cores
from webapp.serving.expression_rule import known_expressions
from webapp.serving.first_rules import first_rules
from webapp.serving.ground import Ground
from webapp.serving.process_keeper import ENDED_WITHIN_S, ProcessKeeper, ProcessPlan
from webapp.storage.database import Database
from webapp.storage.rules import list_rules
from webapp.vision.model_files import read_metadata
from webapp.web.left_jobs import LeftJobs
from webapp.web.services import services_of


class ServerProcesses:
    """Keeps the processes that hold cameras, and the one that reads files."""

    def __init__(self, app: Flask, settings: Settings, ground: Ground) -> None:
        """Let the pages see what is to run; starts nothing.

        Raises:
            StorageError: the database cannot be used.
            EvenkeelError: the model cannot be used.
        """
        self._services = services = services_of(app)
        self._keepers: list[ProcessKeeper] = []
        self._stop = threading.Event()
        classes = read_metadata(settings.model_dir).classes
        watched = known_expressions(classes, settings.alert_emotions)
        peers = []
        count = camera_processes(settings)
        cores = max(1, usable_cores() // count)
        for slot, cameras in enumerate(shares(settings.cameras, count)):
            peer = CameraPeer([_starting(each) for each in cameras], services.sockets.publish)
            peers.append(peer)
            others = {each.name for each in settings.cameras if each not in cameras}
            share = CameraShare(frozenset(others), slot == 0, cores)
            name = f"camera process {slot + 1}"
            arguments = ("webapp.serving.camera_process", f"cameras-{slot}", write_share(share))
            self._keep(name, ground, arguments, peer, partial(self._environment, cameras))
        jobs = RemoteJobs(services.sockets.publish_to)
        reads_files = ("webapp.serving.file_process", "files")
        self._keep("file process", ground, reads_files, jobs, environment_behind)
        sources = {camera.name: camera.source for camera in settings.cameras}
        services.alerts = RemoteAlerts(
            peers, first_rules(settings), lambda: _stored_rules(services.database)
        )
        self._cameras = RemoteCameras(sources, peers, classes, watched, settings.max_viewers)
        services.runtime = self._cameras
        services.analysis = jobs

    def start(self) -> None:
        """Start every process, and watch them."""
        for keeper in self._keepers:
            threading.Thread(target=keeper.run, daemon=True).start()
        services = self._services
        assert services.analysis
        left_jobs = LeftJobs(services.database, services.analysis)
        for run in (services.connections.run, left_jobs.run):
            threading.Thread(target=run, args=(self._stop,), daemon=True).start()

    def request_stop(self) -> None:
        """Ask streams and processes to end; returns at once."""
        self._stop.set()
        self._cameras.request_stop()
        for keeper in self._keepers:
            keeper.request_stop()

    def stop(self) -> None:
        """End every process."""
        self.request_stop()
        deadline_s = time.monotonic() + ENDED_WITHIN_S
        for keeper in self._keepers:
            keeper.join(deadline_s)

    def _keep(
        self,
        name: str,
        ground: Ground,
        arguments: tuple[str, ...],
        peer: ProcessPeer,
        env: Callable[[], Mapping[str, str]],
    ) -> None:
        module, address, *rest = arguments
        path = ground.folder / address
        plan = ProcessPlan(
            name=name,
            arguments=("-m", module, str(path), str(ground.lifeline), *rest),
            env=env,
            address=path,
            lifeline=ground.lifeline,
            locks=ground.locks,
        )
        self._keepers.append(ProcessKeeper(plan, peer))

    def _environment(self, cameras: Sequence[CameraSource]) -> Mapping[str, str]:
        """Return the environment of cameras, with the sources that admins gave them since."""
        sources = self._cameras.sources
        names = [camera.name for camera in cameras]
        return environment_behind(
            CAMERAS=cameras_as_text({name: sources[name] for name in names}),
            SEALING_KEY=self._services.sealer.key,
        )


def camera_processes(settings: Settings) -> int:
    """Return how many processes hold cameras: one a core but one, and no more than cameras."""
    wanted = settings.camera_processes or max(1, usable_cores() - 1)
    return max(1, min(wanted, len(settings.cameras)))


def shares(cameras: Sequence[CameraSource], count: int) -> list[tuple[CameraSource, ...]]:
    """Deal cameras out."""
    return [tuple(cameras[slot::count]) for slot in range(count)]


def _starting(camera: CameraSource) -> CameraStatus:
    kind = source_kind(camera.source)
    return CameraStatus(camera.name, CameraState.CONNECTING, datetime.now(UTC), kind)


def _stored_rules(database: Database) -> list[AlertRule]:
    with database.session() as work:
        return [stored.rule for stored in list_rules(work)]
