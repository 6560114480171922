"""A worker as a web process knows it: a mirror of the cameras that it says it holds."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from webapp.bus.camera_peer import CameraPeer, MirroredCamera
from webapp.bus.process_messages import Beat, Watch
from webapp.core.alert_rules import RuleKind
from webapp.core.camera_state import CameraState
from webapp.core.messages import (
    AlertMessage,
    CameraMessage,
    CountsMessage,
    Message,
    Publish,
    RoomReadings,
)

# What counts only from who holds the camera: another one may not know yet that it lost it.
OfHolder = AlertMessage | CameraMessage | CountsMessage | RoomReadings


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
        if self.may_say(message):
            super().take(message, descriptors)

    def live(self) -> list[AlertMessage]:
        """Return the alerts of its cameras, and the tests that it plays, as last said."""
        return [a for a in super().live() if a.kind == RuleKind.TEST or a.camera in self.cameras]

    def may_say(self, message: Message) -> bool:
        """Return whether it may: what is of a camera comes from who holds it."""
        if not isinstance(message, OfHolder):
            return True
        # It says what happened before the beat by which it holds the camera. Any may play a test.
        is_lost = message.camera in self.tokens and message.camera not in self.cameras
        return not is_lost or (isinstance(message, AlertMessage) and message.kind == RuleKind.TEST)

    def lost(self) -> None:
        """Hold nothing any more; who serves its link places its cameras elsewhere."""
        self._beat, self.tokens = None, {}

    def give_alerts(self, camera: str) -> list[AlertMessage]:
        """Return the alerts of a camera, and forget them: somebody else tells of them."""
        given = [a for a in self._live.values() if a.camera == camera and a.kind != RuleKind.TEST]
        for alert in given:
            del self._live[alert.id]
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
        """Show of a camera without a signal what a worker would, if that has said it."""
        self.no_signal_jpeg = worker.no_signal_jpeg or self.no_signal_jpeg

    def show(self, camera: MirroredCamera, reason: str) -> None:
        """Show a camera as offline, and why; one that is paused stays so."""
        status, now = camera.status, datetime.now(UTC)
        if status.state == CameraState.OFFLINE:
            camera.status = replace(status, reason=reason)
        elif status.state != CameraState.PAUSED:
            camera.lose(status.without_signal(now, reason), self.no_signal_jpeg)
            self._publish(camera.status.as_message())
        for pictures in camera.pictures.values():
            if self.no_signal_jpeg and not pictures.newest.newest():
                pictures.newest.put(self.no_signal_jpeg)
