"""The cameras of all workers, as the web pages see them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from webapp.bus.camera_peer import CameraPeer, MirroredCamera
from webapp.bus.process_messages import FollowDatabase
from webapp.bus.remote_cameras import RemoteCameras
from webapp.cluster.worker_peer import Nobody, WorkerPeer
from webapp.core.camera_setup import CameraSetup
from webapp.core.camera_status import CameraStatus, Readiness
from webapp.core.errors import BusyError, EvenkeelError
from webapp.core.leases import why_unheld
from webapp.core.messages import Publish

NO_WORKER = "No worker runs; start one with `python -m webapp worker`."


class FollowedCameras:
    """The cameras as a web instance lets them follow the database; see `CameraSwitch.follow`.

    A worker pauses and resumes its own by its own clock: two that differ would switch in turn.
    """

    def __init__(self, cameras: "ClusterCameras") -> None:
        self._cameras = cameras
        self.set_cameras = cameras.set_cameras
        self.pause, self.resume = cameras.pause, cameras.resume

    def cameras(self) -> list[CameraStatus]:
        """Return the status of every camera that no worker holds."""
        return [each for each in self._cameras.cameras() if self._cameras.is_unheld(each.name)]


class ClusterCameras(RemoteCameras):
    """Mirrors each camera from the worker that holds it; of two the one with the newer token."""

    def __init__(
        self,
        publish: Publish,
        classes: tuple[str, ...],
        alert_emotions: tuple[str, ...],
        max_viewers: int,
        trouble: Callable[[], str],
        refused: Callable[[], str] = str,
    ) -> None:
        """Prepare; there are neither cameras nor workers.

        Args:
            publish: sends to browsers.
            classes: of the model, in output order.
            alert_emotions: those of the indicator.
            max_viewers: of this web process, over all cameras.
            trouble: returns why no worker can be heard, "" where all can.
            refused: returns why some are not joined, "" where all are.
        """
        self.workers: tuple[WorkerPeer, ...] = ()
        self._nobody, self._trouble, self._refused = Nobody(publish), trouble, refused
        super().__init__((), lambda _: None, classes, alert_emotions, max_viewers)
        self._setups: tuple[CameraSetup, ...] = ()
        self._tokens: dict[str, int] = {}

    def add_worker(self, worker: WorkerPeer) -> None:
        """Hear one more worker; `place` is called when it says what it holds."""
        with self._setting_up:
            self._peers = self.workers = (*self.workers, worker)

    def remove_worker(self, worker: WorkerPeer) -> None:
        """Hear a worker no more."""
        with self._setting_up:
            self._nobody.take_no_signal_of(worker)
            self._peers = self.workers = tuple(w for w in self.workers if w is not worker)
        self.place()

    def set_cameras(self, setups: Sequence[CameraSetup]) -> None:
        """Show these cameras from now on; the workers read them from the database at once."""
        if tuple(setups) != self._setups:
            for worker in self.workers:
                # One that cannot now does so by itself, within seconds.
                with suppress(EvenkeelError, KeyError):
                    worker.calls.ask(FollowDatabase)
        with self._setting_up:
            self._setups = tuple(setups)
        self.place()

    def place(self) -> None:
        """Mirror each camera from who holds it now."""
        with self._setting_up:
            before = {name: peer.cameras[name] for name, peer in self._holders.items()}
            mirrored = {s.name: before.get(s.name) or MirroredCamera(s) for s in self._setups}
            for setup in self._setups:
                mirrored[setup.name].set_up(setup)
            holders = {setup.name: self._newest_holder(setup.name) for setup in self._setups}
            # Who begins to watch at this moment must not ask the holder before.
            with self._changing:
                self._move(holders, mirrored)
            for name in before.keys() - holders.keys():
                before[name].close()
            self._show_unheld()

    def is_unheld(self, camera: str) -> bool:
        """Return whether no worker holds a camera."""
        return self._holders.get(camera) is self._nobody

    def readiness(self) -> Readiness:
        """Report whether every camera delivers and its frames are analysed."""
        said = super().readiness()
        unheld = [f"{n}: {camera.status.reason}" for n, camera in self._nobody.cameras.items()]
        parts, reasons = dict(said.parts), dict(said.reasons)
        if trouble := self._trouble():
            parts["redis"], reasons["redis"] = False, trouble
        if unheld or not self.workers:
            parts["camera"] = False
            reasons["camera"] = "; ".join(filter(None, [reasons.get("camera"), *unheld]))
            reasons["camera"] = reasons["camera"] or NO_WORKER
        return Readiness(parts, reasons)

    def peers(self) -> Sequence[WorkerPeer]:
        """Return all who tell of alerts, a worker that can be asked first, if there is one."""
        return (*self.workers, self._nobody)

    def _move(self, holders: dict[str, WorkerPeer], mirrored: Mapping[str, MirroredCamera]) -> None:
        for peer in self.peers():
            peer.hold({n: mirrored[n] for n, holder in holders.items() if holder is peer})
        # Who took a camera anew shows nothing more to those who watched it before.
        tokens = {name: holder.tokens.get(name, 0) for name, holder in holders.items()}
        moved = [
            name
            for name, holder in holders.items()
            if (self._holders.get(name), self._tokens.get(name)) != (holder, tokens[name])
        ]
        self._hand_on_alerts(holders)
        self._holders, self._tokens = dict[str, CameraPeer](holders), tokens
        for name in moved:
            self._watch_again(name)

    def _who_tries(self, source: str, worker: str) -> CameraPeer:
        if not worker:
            return super()._who_tries(source, worker)
        # What is plugged in there is elsewhere another device, or none.
        found = next((each for each in reversed(self.workers) if each.name == worker), None)
        if found is None:
            raise BusyError(f"The worker {worker} is away; try again when it runs.")
        return found

    def _newest_holder(self, camera: str) -> WorkerPeer:
        return max(
            (worker for worker in self.workers if camera in worker.tokens),
            key=lambda worker: worker.tokens.get(camera, 0),
            default=self._nobody,
        )

    def _hand_on_alerts(self, holders: dict[str, WorkerPeer]) -> None:
        for name, before in self._holders.items():
            assert isinstance(before, WorkerPeer)
            after = holders.get(name)
            alerts = before.give_alerts(name) if after is not before else []
            if after:
                after.take_alerts(alerts)

    def _show_unheld(self) -> None:
        for worker in self.workers:
            self._nobody.take_no_signal_of(worker)
        for camera in self._nobody.cameras.values():
            self._nobody.show(camera, self._why_unheld(camera.setup))

    def _why_unheld(self, setup: CameraSetup) -> str:
        living = {worker.name for worker in self.workers}
        return self._trouble() or self._refused() or why_unheld(setup, living)

    def _watch_again(self, name: str) -> None:
        for (camera, quality), viewers in list(self._watching.items()):
            if camera == name and viewers > 0:
                self._holders[name].watch(camera, quality, is_watched=True)
