"""A camera process as the web process knows it: a mirror of what it last said."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from webapp.bus.latest import Latest
from webapp.bus.memory_file import MemoryFile
from webapp.bus.picture_memory import PictureMemory
from webapp.bus.process_messages import (
    Beat,
    Hello,
    MemoryOpened,
    PictureSent,
    PictureShown,
    RecentPoints,
    SetCameras,
    Watch,
)
from webapp.bus.process_peer import ProcessPeer
from webapp.core.alerts import Phase
from webapp.core.camera_setup import CameraSetup
from webapp.core.camera_state import CameraState
from webapp.core.camera_status import CameraStatus, Readiness
from webapp.core.messages import (
    AlertMessage,
    CameraMessage,
    CountsMessage,
    Message,
    Publish,
    RecentPoint,
)
from webapp.core.picture_quality import PictureQuality
from webapp.core.recent_line import RecentLine

AWAY_REASON = "Its process ended or does not answer; it is started again."
STARTING_REASON = "Its process is being started."
AWAY = Readiness({"camera": False, "model": True})


class MirroredPictures:
    """The pictures of one camera in one quality."""

    def __init__(self) -> None:
        self.newest: Latest[bytes] = Latest()
        self._memory: PictureMemory | None = None

    def open_memory(self, descriptor: int) -> None:
        """Look for pictures there from now on."""
        self.close_memory()
        self._memory = PictureMemory(descriptor)

    def show(self, number: int) -> None:
        """Show the picture of a number, unless a newer one took its place."""
        picture = self._memory.take(number) if self._memory else None
        if picture is not None:
            self.newest.put(picture)

    def lose(self, no_signal_jpeg: bytes) -> None:
        """Show that there is no signal."""
        self.close_memory()
        self.newest.clear()
        if no_signal_jpeg:
            self.newest.put(no_signal_jpeg)

    def close_memory(self) -> None:
        """Give the memory back."""
        if self._memory:
            self._memory.close()
            self._memory = None


class MirroredCamera:
    """One camera of a process, as far as it was told."""

    def __init__(self, setup: CameraSetup) -> None:
        self.setup = setup
        now, connecting = datetime.now(UTC), CameraState.CONNECTING
        self.status = CameraStatus(setup.name, connecting, now, setup.kind, STARTING_REASON)
        self.newest: CountsMessage | None = None
        self.pictures: dict[PictureQuality, MirroredPictures] = {}
        self._line = RecentLine()

    def add_counts(self, counts: CountsMessage) -> None:
        """Take a new reading."""
        self.newest = counts
        self._line.add(counts.as_point(), time.monotonic())

    def set_recent(self, points: Sequence[RecentPoint]) -> None:
        """Take the last five minutes."""
        self._line = RecentLine()
        now, now_s = datetime.now(UTC), time.monotonic()
        for point in points:
            self._line.add(point, now_s - (now - point.at).total_seconds())

    def recent(self) -> list[RecentPoint]:
        """Return the last five minutes, oldest first."""
        return self._line.points()

    def of(self, quality: PictureQuality) -> MirroredPictures:
        """Return its pictures of a quality."""
        return self.pictures.setdefault(quality, MirroredPictures())

    def pause(self, since: datetime) -> None:
        """Show as paused what its process will say is paused."""
        self.status = replace(self.status, state=CameraState.PAUSED, since=since, reason="")
        self.newest = None

    def set_up(self, setup: CameraSetup) -> None:
        """Show nothing any more of what was read before, where that changes."""
        if not setup.shows_the_same(self.setup):
            for pictures in list(self.pictures.values()):
                pictures.newest.clear()
        if not setup.gives_the_same(self.setup):
            self.newest = None
            if self.status.state != CameraState.PAUSED:
                self.connect(datetime.now(UTC))
            self.status = replace(self.status, source_kind=setup.kind)
        self.setup = setup

    def reads(self, source: str) -> bool:
        """Return whether it gives pictures of a source."""
        return self.setup.source == source and self.status.state.has_frames

    def close(self) -> None:
        """End every view: the camera is no more."""
        for pictures in list(self.pictures.values()):
            pictures.close_memory()
            pictures.newest.close()

    def connect(self, since: datetime) -> None:
        """Show as connecting what its process will say is connecting."""
        self.status = replace(self.status, state=CameraState.CONNECTING, since=since, reason="")

    def lose(self, status: CameraStatus, no_signal_jpeg: bytes) -> None:
        """Forget what a process that is gone gave."""
        self.status, self.newest = status, None
        for pictures in self.pictures.values():
            pictures.lose(no_signal_jpeg)


class CameraPeer(ProcessPeer):
    """One camera process; its methods never wait for it, but for those of `calls`.

    Attributes:
        cameras: by name.
        no_signal_jpeg: what viewers see while it is away; empty until it says so.
    """

    def __init__(self, publish: Publish, *, holds_rooms: bool = False) -> None:
        """Prepare; it has no cameras yet.

        Args:
            publish: sends to browsers.
            holds_rooms: whether it is for rooms alone, or for all other cameras.
        """
        super().__init__()
        self.holds_rooms = holds_rooms
        self.cameras: dict[str, MirroredCamera] = {}
        self.wanted = SetCameras(())
        self._publish = publish
        self._beat: Beat | None = None
        self._live: dict[str, AlertMessage] = {}
        self._watched: set[tuple[str, PictureQuality]] = set()
        self.no_signal_jpeg = b""

    def linked(self) -> None:
        """Say which cameras there are, and what is watched."""
        self.send(self.wanted)
        for camera, quality in list(self._watched):
            self.send(Watch(camera, True, quality))

    def set_cameras(self, setups: Sequence[CameraSetup], others: Sequence[str]) -> None:
        """Have the process run these cameras; one that is away is told when it comes.

        Args:
            others: names of those that other processes have.
        """
        before = self.cameras
        self.cameras = {s.name: before.get(s.name) or MirroredCamera(s) for s in setups}
        for setup in setups:
            self.cameras[setup.name].set_up(setup)
        self.wanted = SetCameras(tuple(setups), tuple(others))
        self.send(self.wanted)
        for name in before.keys() - self.cameras.keys():
            self._watched = {watched for watched in self._watched if watched[0] != name}
            before[name].close()

    def watch(self, camera: str, quality: PictureQuality, is_watched: bool) -> None:
        """Have every picture of a camera in a quality shown from now on, or none."""
        if is_watched:
            self._watched.add((camera, quality))
        else:
            # The next viewer must not take the last picture for a new one.
            self._watched.discard((camera, quality))
            if camera in self.cameras:
                self.cameras[camera].of(quality).newest.clear()
        self.send(Watch(camera, is_watched, quality))

    def live(self) -> list[AlertMessage]:
        """Return its pending and open alerts, as last said."""
        return list(self._live.values())

    def readiness(self) -> Readiness:
        """Return whether it works, as last said."""
        if self._beat:
            return self._beat.readiness
        cameras = ", ".join(self.cameras)
        return replace(AWAY, reasons={"camera": f"{cameras}: {AWAY_REASON}"})

    def trouble(self) -> str:
        """Return why it cannot write something, as last said."""
        return self._beat.trouble if self._beat else ""

    def dropped_rows(self) -> int:
        """Return how many rows it gave up, as last said."""
        return self._beat.dropped_rows if self._beat else 0

    def lost(self) -> None:
        """Show its cameras as offline; those that are paused stay so."""
        self._beat = None
        for camera in self.cameras.values():
            status, since = camera.status, datetime.now(UTC)
            if status.state != CameraState.PAUSED:
                status = status.without_signal(since, AWAY_REASON)
            camera.lose(status, self.no_signal_jpeg)
            self._publish(status.as_message())

    def may_say(self, message: Message) -> bool:
        """Return whether it is believed what it says."""
        return True

    def take(self, message: Message, descriptors: list[int]) -> None:
        """Take what concerns the mirror, and pass the rest on to browsers."""
        take = _TAKES.get(type(message))
        if take:
            take(self, message, descriptors)
        else:
            self._take_published(message)

    def _take_published(self, message: Message) -> None:
        camera = self.cameras.get(getattr(message, "camera", ""))
        if isinstance(message, CountsMessage) and camera:
            camera.add_counts(message)
        elif isinstance(message, CameraMessage) and camera:
            camera.status = replace(camera.status, state=message.state, since=message.since)
        elif isinstance(message, AlertMessage):
            others = {key: alert for key, alert in self._live.items() if key != message.id}
            is_over = message.state == Phase.RESOLVED
            self._live = others if is_over else others | {message.id: message}
        self._publish(message)

    def _take_hello(self, _: Hello, descriptors: list[int]) -> None:
        with MemoryFile(descriptors[0]) as picture:
            self.no_signal_jpeg = picture.read()

    def _take_beat(self, beat: Beat, _: list[int]) -> None:
        self._tell_missed_states(beat)
        self._tell_missed_alerts(beat)
        self._live = {alert.id: alert for alert in beat.live}
        for status in beat.cameras:
            camera = self.cameras.get(status.name)
            if camera:
                camera.status = status
        self._beat = beat

    # A process says each thing once, to whoever is there: one that has just been started says most
    # of it before anybody hears it.

    def _tell_missed_states(self, beat: Beat) -> None:
        for status in beat.cameras:
            camera, said = self.cameras.get(status.name), status.as_message()
            if camera and said != camera.status.as_message():
                self._publish(said)

    def _tell_missed_alerts(self, beat: Beat) -> None:
        now = {alert.id: alert for alert in beat.live if self.may_say(alert)}
        for key, alert in now.items():
            if key not in self._live or self._live[key].state != alert.state:
                self._publish(alert)
        for key, alert in self._live.items():
            if alert.state.is_open and alert.camera in self.cameras and key not in now:
                self._publish(replace(alert, state=Phase.RESOLVED))

    def _take_recent(self, recent: RecentPoints, _: list[int]) -> None:
        if recent.camera in self.cameras:
            self.cameras[recent.camera].set_recent(recent.points)

    def _take_memory(self, opened: MemoryOpened, descriptors: list[int]) -> None:
        camera = self.cameras.get(opened.camera)
        if camera:
            camera.of(opened.quality).open_memory(descriptors[0])
        else:
            os.close(descriptors[0])

    def _take_picture(self, shown: PictureShown, _: list[int]) -> None:
        camera = self.cameras.get(shown.camera)
        if camera and (shown.camera, shown.quality) in self._watched:
            camera.of(shown.quality).show(shown.number)

    def _take_sent(self, sent: PictureSent, descriptors: list[int]) -> None:
        with MemoryFile(descriptors[0]) as file:
            picture = file.read()
        camera = self.cameras.get(sent.camera)
        if camera and (sent.camera, sent.quality) in self._watched:
            camera.of(sent.quality).newest.put(picture)


_TAKES: dict[type[Message], Callable[..., None]] = {
    Hello: CameraPeer._take_hello,
    Beat: CameraPeer._take_beat,
    RecentPoints: CameraPeer._take_recent,
    MemoryOpened: CameraPeer._take_memory,
    PictureShown: CameraPeer._take_picture,
    PictureSent: CameraPeer._take_sent,
}
