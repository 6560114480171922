"""The cameras of a process, served to the web process over a link."""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from webapp.bus.calls import Answers, Reply
from webapp.bus.link import Link
from webapp.bus.link_server import LinkServer
from webapp.bus.memory_file import MemoryFile
from webapp.bus.process_messages import (
    AddressLabelled,
    AlertPlayed,
    Beat,
    Done,
    Glance,
    Hello,
    LabelAddress,
    LeaveRoom,
    PauseCamera,
    PlayTest,
    PutPicture,
    ReadRules,
    RecentPoints,
    ResumeCamera,
    SendTest,
    SetCameras,
    SourceTried,
    TakePicture,
    TrySource,
    Watch,
)
from webapp.bus.process_use import process_use
from webapp.bus.screens import HandedPictures, Screen, SharedPictures
from webapp.core.camera_setup import CameraSetup
from webapp.core.messages import Message
from webapp.core.picture_quality import PictureQuality
from webapp.core.ports import LiveAlerts, LiveRooms, LiveRuntime
from webapp.core.process_report import ProcessReport, RecordWork

# A database that is locked will be read soon.
CHANGED_AGAIN_S = 1.0
HandOver = Callable[[str, PictureQuality], HandedPictures]
logger = logging.getLogger(__name__)


class CameraServer(LinkServer):
    """Says what happens to whoever is connected, and does what they ask."""

    def __init__(
        self,
        no_signal_jpeg: bytes,
        hand_over: HandOver = SharedPictures,
    ) -> None:
        """Prepare; `attach` comes before the first link.

        Args:
            no_signal_jpeg: what viewers see while this process is away.
            hand_over: makes what hands over the pictures of a camera in a quality.
        """
        super().__init__()
        self._no_signal_jpeg, self._hand_over = no_signal_jpeg, hand_over

    def attach(
        self,
        cameras: LiveRuntime,
        alerts: LiveAlerts,
        rooms: LiveRooms,
        records: Callable[[], RecordWork] = RecordWork,
    ) -> None:
        """Serve these; `records` returns what was and is to be written and sent."""
        self._cameras, self._alerts, self._rooms = cameras, alerts, rooms
        self._records = records
        self._setups: dict[str, CameraSetup] = {}
        self._wanted: SetCameras | None = None
        # One for each quality that was ever watched; there are few.
        self._screens: dict[tuple[str, PictureQuality], Screen] = {}
        self.answers = Answers(
            {
                TakePicture: self._take_picture,
                Glance: self._glance,
                PauseCamera: self._pause,
                ResumeCamera: lambda call, _: cameras.resume(call.camera),
                TrySource: self._try_source,
                ReadRules: lambda call, _: alerts.rules_changed(),
                LabelAddress: self._label_address,
                PlayTest: self._play_test,
                SendTest: lambda call, _: alerts.send_test(call.key),
            }
        )

    def beat(self) -> Beat:
        """Return how cameras and alerts are doing."""
        cameras, alerts = self._cameras, self._alerts
        return Beat(
            cameras=tuple(cameras.cameras()),
            readiness=cameras.readiness(),
            live=tuple(alerts.live()),
            trouble=alerts.trouble(),
            dropped_rows=alerts.dropped_rows(),
            report=ProcessReport(process_use(), self._records()),
        )

    def greet(self, link: Link) -> None:
        """Say what a web process that was not there must know."""
        cameras = self._cameras
        with MemoryFile.of(self._no_signal_jpeg) as picture:
            link.send(Hello(), [picture.fileno()])
        for status in cameras.cameras():
            link.send(RecentPoints(status.name, tuple(cameras.recent(status.name))))
            newest = cameras.newest_counts(status.name)
            if newest:
                link.send(newest)

    def unlinked(self, link: Link) -> None:
        """Nobody watches there any more."""
        for screen in list(self._screens.values()):
            screen.leave(link)

    def take(self, link: Link, message: Message, descriptors: list[int]) -> None:
        """Show pictures, or none; run other cameras; take what participants of rooms send."""
        if isinstance(message, Watch):
            screen = self._screen(message.camera, message.quality)
            (screen.watch if message.is_watched else screen.leave)(link)
        elif isinstance(message, SetCameras):
            self._set_cameras(message)
        elif isinstance(message, PutPicture):
            self._put_picture(message, descriptors)
        elif isinstance(message, LeaveRoom):
            with suppress(KeyError):
                self._rooms.leave(message.camera, message.participant)

    def cameras_changed(self, cameras: Sequence[CameraSetup]) -> None:
        """Show nothing any more of what is hidden by now, or gone."""
        setups = {setup.name: setup for setup in cameras}
        for key, screen in list(self._screens.items()):
            before, after = self._setups.get(key[0]), setups.get(key[0])
            if after is None:
                self._screens.pop(key).close()
            elif before is None or not after.shows_the_same(before):
                # What is hidden from now on must not lie in the shared memory.
                screen.clear()
        self._setups = setups

    def _label_address(self, call: LabelAddress, _: list[int]) -> Reply:
        return Reply(AddressLabelled(call.call_id, self._alerts.label_of(call.url)))

    def _play_test(self, call: PlayTest, _: list[int]) -> Reply:
        return Reply(AlertPlayed(call.call_id, self._alerts.play_test(call.camera)))

    def _take_picture(self, call: TakePicture, _: list[int]) -> Reply:
        picture = self._cameras.snapshot_jpeg(call.camera, call.quality)
        return Reply(Done(call.call_id), MemoryFile.of(picture))

    def _glance(self, call: Glance, _: list[int]) -> Reply:
        picture = self._cameras.glance_jpeg(call.camera, call.quality)
        return Reply(Done(call.call_id), MemoryFile.of(picture) if picture else None)

    def _set_cameras(self, message: SetCameras) -> None:
        self._wanted = message
        try:
            self._cameras.set_cameras(message.cameras)
        except Exception:
            # The link to the cameras that run must not end with one that cannot be made.
            logger.exception("cameras could not be changed; it is tried again")
            again = threading.Timer(CHANGED_AGAIN_S, self._set_cameras_again, (message,))
            again.daemon = True
            again.start()
            return
        self.cameras_changed(message.cameras)

    def _set_cameras_again(self, message: SetCameras) -> None:
        # Unless others are wanted by now.
        if message is self._wanted and not self.stopping.is_set():
            self._set_cameras(message)

    def _put_picture(self, message: PutPicture, descriptors: list[int]) -> None:
        size_wh = message.width_px, message.height_px
        # The room may be gone meanwhile.
        with MemoryFile(descriptors[0]) as picture, suppress(KeyError):
            self._rooms.put_picture(message.camera, message.participant, picture.read(), size_wh)

    def _try_source(self, call: TrySource, _: list[int]) -> Reply:
        trial = self._cameras.try_source(call.source)
        tried = SourceTried(call.call_id, trial.width_px, trial.height_px, trial.fps)
        return Reply(tried, MemoryFile.of(trial.jpeg))

    def _pause(self, call: PauseCamera, _files: list[int]) -> None:
        self._cameras.pause(call.camera, call.since)
        for (camera, _), screen in list(self._screens.items()):
            if camera == call.camera:
                screen.clear()

    def _screen(self, camera: str, quality: PictureQuality) -> "Screen":
        key = camera, quality
        if key not in self._screens:
            pictures = self._hand_over(camera, quality)
            self._screens[key] = Screen(self._cameras, camera, quality, pictures)
        return self._screens[key]
