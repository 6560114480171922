"""The cameras of other processes, as the web pages see them."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from webapp.bus.calls import AWAY
from webapp.bus.camera_peer import CameraPeer, MirroredCamera
from webapp.bus.latest import Latest
from webapp.bus.memory_file import MemoryFile
from webapp.bus.process_messages import (
    Glance,
    LeaveRoom,
    PauseCamera,
    PutPicture,
    ResumeCamera,
    SourceTried,
    TakePicture,
    TrySource,
)
from webapp.bus.viewers import View, Viewers
from webapp.core.camera_setup import CameraSetup
from webapp.core.camera_state import CameraState
from webapp.core.camera_status import CameraStatus, Readiness
from webapp.core.camera_trial import CameraTrial
from webapp.core.errors import BusyError
from webapp.core.messages import CountsMessage, RecentPoint
from webapp.core.picture_quality import FULL, PictureQuality

# A viewer who left, or may not watch any more, is noticed at the next picture.
STILL_INTERVAL_S = 1.0
# Of a viewer who left, nobody learns while there is no picture.
NOTHING_FOR_S = 10.0
# A network camera may take long to answer.
OPENED_WITHIN_S = 30.0


class RemoteCameras:
    """Implements `core.ports.LiveRuntime` and `LiveRooms`; nothing waits: all was said before."""

    def __init__(
        self,
        peers: Sequence[CameraPeer],
        add_peer: Callable[[bool], CameraPeer | None],
        classes: tuple[str, ...],
        alert_emotions: tuple[str, ...],
        max_viewers: int,
        holders: Mapping[str, CameraPeer] | None = None,
        placed: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare; there are no cameras yet.

        Args:
            peers: the processes that hold cameras, at least one; more may come.
            add_peer: adds one to `peers`, for rooms or for other cameras, if more are allowed; None
                when they are not.
            classes: of the model, in output order.
            alert_emotions: those of the indicator.
            max_viewers: over all cameras.
            holders: the processes that hold cameras from before, by the cameras' names.
            placed: called when every camera has its process.
        """
        self.classes, self.alert_emotions = classes, alert_emotions
        self._peers, self._add_peer = peers, add_peer
        # In the order of the pages; replaced as a whole, so that readers take no lock.
        self._holders: dict[str, CameraPeer] = dict(holders or {})
        self._placed = placed
        self._setting_up = threading.Lock()
        self._viewers = Viewers(max_viewers)
        # Who comes and who leaves at the same time must not leave a camera dark.
        self._changing = threading.Lock()
        self._watching: Counter[tuple[str, PictureQuality]] = Counter()
        self._is_stopping = False

    def cameras(self) -> list[CameraStatus]:
        """Return the status of every camera, in the order they were added."""
        found = [(peer.cameras.get(name), name) for name, peer in self._holders.items()]
        return [
            replace(each.status, viewers=self._viewers.count(name), title=each.setup.title)
            for each, name in found
            if each
        ]

    def newest_counts(self, camera: str) -> CountsMessage | None:
        """Return the newest counts, or None when there is none or it is outdated."""
        mirrored = self._camera(camera)
        return mirrored.newest if mirrored.status.state.has_frames else None

    def recent(self, camera: str) -> list[RecentPoint]:
        """Return the points of the last five minutes, oldest first."""
        return self._camera(camera).recent()

    def stream(self, camera: str, quality: PictureQuality = FULL) -> View:
        """Yield JPEG pictures for one viewer; raises KeyError, ViewerLimitError at the call."""
        with self._changing:
            # Once: a camera that goes meanwhile must not keep the viewer's place.
            holder = self._holder(camera)
            mirrored = holder.cameras[camera]
            self._viewers.enter(camera)
            self._watching[camera, quality] += 1
            holder.watch(camera, quality, is_watched=True)
        pictures = self._pictures(mirrored.of(quality).newest)
        return View(pictures, lambda: self._leave(camera, quality))

    def snapshot_jpeg(self, camera: str, quality: PictureQuality = FULL) -> bytes:
        """Return the current picture as JPEG.

        Raises:
            KeyError, ViewerLimitError: see `LiveRuntime`.
            BusyError: the camera's process is away.
        """
        holder = self._holder(camera)
        with self._viewers.place(camera):
            reply = holder.calls.ask(partial(TakePicture, camera=camera, quality=quality))
        assert reply.file, "the answer comes with the picture"
        with reply.file as file:
            return file.read()

    def glance_jpeg(self, camera: str, quality: PictureQuality) -> bytes | None:
        """Return the current picture as JPEG; None unless the camera gives pictures.

        Raises:
            KeyError: see `LiveRuntime`.
            BusyError: the camera's process is away.
        """
        mirrored, calls = self._camera(camera), self._holder(camera).calls
        before = mirrored.status
        if not before.state.has_frames:
            return None
        reply = calls.ask(partial(Glance, camera=camera, quality=quality))
        if reply.file is None:
            return None
        with reply.file as file:
            picture = file.read()
        # A pause may have overtaken the picture, which nobody may see any more then.
        after = mirrored.status
        return picture if (after.state, after.since) == (before.state, before.since) else None

    def set_cameras(self, setups: Sequence[CameraSetup]) -> None:
        """Run these cameras from now on; those that are known stay with their process."""
        with self._setting_up:
            held = {s.name: holder for s in setups if (holder := self._known_holder(s))}
            for setup in setups:
                if setup.name not in held:
                    held[setup.name] = self._roomiest(setup, list(held.values()))
            self._holders = {setup.name: held[setup.name] for setup in setups}
            for peer in self._peers:
                own = [setup for setup in setups if held[setup.name] is peer]
                peer.set_cameras(own, [name for name in held if held[name] is not peer])
            self._placed()

    def try_source(self, source: str, worker: str = "") -> CameraTrial:
        """Look at a source for a moment, where a camera reads it or else in any process.

        Raises:
            SourceError: it gives no picture.
            BusyError: the process is away.
        """
        reply = self._who_tries(source, worker).calls.ask(
            partial(TrySource, source=source), (), OPENED_WITHIN_S
        )
        tried = reply.message
        assert isinstance(tried, SourceTried) and reply.file
        with reply.file as file:
            return CameraTrial(file.read(), tried.width_px, tried.height_px, tried.fps)

    def pause(self, camera: str, since: datetime) -> None:
        """Close a camera and forget what it showed, until `resume`.

        A process that is away learns from the database that the camera is to stay paused.
        """
        mirrored, calls = self._camera(camera), self._holder(camera).calls
        # Nor does one that let it go at this moment open it again.
        with suppress(BusyError, KeyError):
            calls.ask(partial(PauseCamera, camera=camera, since=since))
        if mirrored.status.state != CameraState.PAUSED:
            mirrored.pause(since)

    def resume(self, camera: str) -> None:
        """Open a paused camera again; one whose process is away is opened with it."""
        mirrored, calls = self._camera(camera), self._holder(camera).calls
        with suppress(BusyError, KeyError):
            calls.ask(partial(ResumeCamera, camera=camera))
        if mirrored.status.state == CameraState.PAUSED:
            mirrored.connect(datetime.now(UTC))

    def readiness(self) -> Readiness:
        """Report whether every camera delivers and its frames are analysed."""
        said = [peer.readiness() for peer in self._peers]
        parts = {part: all(each.parts[part] for each in said) for part in ("camera", "model")}
        reasons: dict[str, str] = {}
        for each in said:
            for part, reason in each.reasons.items():
                reasons[part] = f"{reasons[part]}; {reason}" if part in reasons else reason
        return Readiness(parts, reasons)

    def request_stop(self) -> None:
        """End every stream; returns at once. The processes end with who keeps them."""
        self._is_stopping = True
        for name, peer in self._holders.items():
            for pictures in list(peer.cameras[name].pictures.values()):
                pictures.newest.close()

    def put_picture(
        self, camera: str, participant: str, picture: bytes, size_wh: tuple[int, int]
    ) -> None:
        """See `core.ports.LiveRooms`; a process that is slow gets the newest of each alone."""
        width, height = size_wh
        message = PutPicture(camera, participant, width, height)
        with MemoryFile.of(picture) as file:
            newest_alone = (PutPicture, camera, participant)
            self._holder(camera).send(message, [file.fileno()], newest_alone)

    def leave(self, camera: str, participant: str) -> None:
        """See `core.ports.LiveRooms`."""
        self._holder(camera).send(LeaveRoom(camera, participant))

    def _known_holder(self, setup: CameraSetup) -> CameraPeer | None:
        holder = self._holders.get(setup.name)
        return holder if holder and holder.holds_rooms == setup.is_room else None

    def _roomiest(self, setup: CameraSetup, holders: Sequence[CameraPeer]) -> CameraPeer:
        """Return the process with the fewest cameras, a new one while each has some.

        Rooms have one of their own: what strangers send is decoded beside no other camera.
        """
        peers = [peer for peer in self._peers if peer.holds_rooms == setup.is_room]
        peer = min(peers, key=holders.count, default=None)
        if peer and not holders.count(peer):
            return peer
        added = self._add_peer(setup.is_room) or peer
        assert added, "there may always be a first process"
        return added

    def _who_tries(self, source: str, worker: str) -> CameraPeer:
        readers = (peer for peer in self._peers for c in peer.cameras.values() if c.reads(source))
        peer = next(readers, None) or next(iter(reversed(self._peers)), None)
        if peer is None:
            raise BusyError(AWAY)
        return peer

    def _camera(self, name: str) -> MirroredCamera:
        return self._holder(name).cameras[name]

    def _holder(self, name: str) -> CameraPeer:
        return self._holders[name]

    def _leave(self, camera: str, quality: PictureQuality) -> None:
        with self._changing:
            self._viewers.leave(camera)
            self._watching[camera, quality] -= 1
            if not self._watching[camera, quality] and camera in self._holders:
                self._holder(camera).watch(camera, quality, is_watched=False)

    def _pictures(self, pictures: Latest[bytes]) -> Iterator[bytes]:
        version, give_up_at_s = 0, time.monotonic() + NOTHING_FOR_S
        while not (self._is_stopping or pictures.is_closed):
            newer = pictures.wait_newer(version, STILL_INTERVAL_S)
            newest = newer or pictures.newest()
            if newest and not self._is_stopping:
                version = newest.version
                yield newest.value
                give_up_at_s = time.monotonic() + NOTHING_FOR_S
            elif time.monotonic() >= give_up_at_s:
                return
