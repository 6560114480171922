"""A worker as a web process knows it: a mirror of the cameras that it says it holds."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from webapp.bus.camera_peer import CameraPeer, MirroredCamera
from webapp.bus.process_messages import Beat, Watch
from webapp.core.camera_state import CameraState
from webapp.core.messages import AlertMessage, Message, Publish


class WorkerPeer(CameraPeer):
    """One worker, over one link; it decides itself which cameras it holds.

    Attributes:
        name: how people call it.
        tokens: the fencing token of each camera that it holds, by its last beat.
    """

    def __init__(self, name: str, publish: Publish, placed: Callable[[], None]) -> None:
        """Prepare; it holds nothing.

        Args:
            name: how people call it.
            publish: sends to browsers.
            placed: called when it holds other cameras than before.
        """
        super().__init__(publish)
        self.name, self.tokens = name, dict[str, int]()
        self._placed = placed

    def linked(self) -> None:
        """Say what is watched; it knows its cameras."""
        for camera, quality in list(self._watched):
            self.send(Watch(camera, True, quality))

    def hold(self, cameras: Mapping[str, MirroredCamera]) -> None:
        """Mirror these cameras from now on."""
        gone = self.cameras.keys() - cameras.keys()
        self.cameras = dict(cameras)
        self._watched = {watched for watched in self._watched if watched[0] not in gone}

    def take(self, message: Message, descriptors: list[int]) -> None:
        """Take what it says; first of all, which cameras it holds."""
        if isinstance(message, Beat) and message.tokens != self.tokens:
            self.tokens = dict(message.tokens)
            self._placed()
        super().take(message, descriptors)

    def lost(self) -> None:
        """Hold nothing any more; who serves its link places its cameras elsewhere."""
        self._beat, self.tokens = None, {}

    def give_alerts(self, camera: str) -> list[AlertMessage]:
        """Return the alerts of a camera, and forget them: somebody else tells of them."""
        given = [alert for alert in self._live.values() if alert.camera == camera]
        self._live = {key: alert for key, alert in self._live.items() if alert.camera != camera}
        return given

    def take_alerts(self, alerts: list[AlertMessage]) -> None:
        """Tell of these alerts, too, until the next beat."""
        self._live = {alert.id: alert for alert in alerts} | self._live


class Nobody(WorkerPeer):
    """Holds the cameras that no worker has: they give no signal, and their alerts stay open."""

    def __init__(self, publish: Publish) -> None:
        """Prepare; there are none."""
        super().__init__("", publish, lambda: None)

    def take_no_signal_of(self, worker: CameraPeer) -> None:
        """Show what a worker that is away would show of a camera without a signal."""
        self.no_signal_jpeg = worker.no_signal_jpeg

    def show(self, camera: MirroredCamera, reason: str) -> None:
        """Show a camera as offline, and why; one that is paused stays so."""
        status, now = camera.status, datetime.now(UTC)
        if status.state == CameraState.OFFLINE:
            camera.status = replace(status, reason=reason)
        elif status.state != CameraState.PAUSED:
            camera.lose(status.without_signal(now, reason), self.no_signal_jpeg)
            self._publish(camera.status.as_message())
