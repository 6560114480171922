"""The cameras of a process, served to the web process over a link."""

import logging
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from contextlib import closing, suppress

from webapp.bus.calls import Answers, Reply
from webapp.bus.link import Link
from webapp.bus.link_server import LinkServer
from webapp.bus.memory_file import MemoryFile
from webapp.bus.picture_memory import PictureMemory
from webapp.bus.process_messages import (
    AddressLabelled,
    AlertPlayed,
    Beat,
    Done,
    Glance,
    Hello,
    LabelAddress,
    LeaveRoom,
    MemoryOpened,
    PauseCamera,
    PictureShown,
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
from webapp.core.camera_setup import CameraSetup
from webapp.core.errors import ViewerLimitError
from webapp.core.messages import Message
from webapp.core.picture_quality import PictureQuality
from webapp.core.ports import LiveAlerts, LiveRooms, LiveRuntime
from webapp.core.process_report import ProcessReport, RecordWork

# Pictures of a scene do not all have the same size.
SPARE_SIZE = 4
RETRY_S = 0.5
# A database that is locked will be read soon.
CHANGED_AGAIN_S = 1.0
logger = logging.getLogger(__name__)


class CameraServer(LinkServer):
    """Says what happens to whoever is connected, and does what they ask."""

    def __init__(self, no_signal_jpeg: bytes) -> None:
        """Prepare; `attach` comes before the first link.

        Args:
            no_signal_jpeg: what viewers see while this process is away.
        """
        super().__init__()
        self._no_signal_jpeg = no_signal_jpeg

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

    def linked(self) -> None:
        """Let the web process see where pictures lie."""
        for screen in list(self._screens.values()):
            screen.announce()

    def unlinked(self) -> None:
        """Nobody watches any more."""
        for screen in list(self._screens.values()):
            screen.watch(False)

    def take(self, message: Message, descriptors: list[int]) -> None:
        """Show pictures, or none; run other cameras; take what participants of rooms send."""
        if isinstance(message, Watch):
            self._screen(message.camera, message.quality).watch(message.is_watched)
        elif isinstance(message, SetCameras):
            self._set_cameras(message)
        elif isinstance(message, PutPicture):
            self._put_picture(message, descriptors)
        elif isinstance(message, LeaveRoom):
            with suppress(KeyError):
                self._rooms.leave(message.camera, message.participant)

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
        setups = {setup.name: setup for setup in message.cameras}
        for key, screen in list(self._screens.items()):
            before, after = self._setups.get(key[0]), setups.get(key[0])
            if after is None:
                self._screens.pop(key).close()
            elif before is None or not after.shows_the_same(before):
                # What is hidden from now on must not lie in the shared memory.
                screen.clear()
        self._setups = setups

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
            self._screens[key] = Screen(self._cameras, camera, quality, self.publish)
        return self._screens[key]


Send = Callable[[Message, Sequence[int], Hashable], None]


class Screen:
    """Shows one camera's pictures to the web process while somebody watches."""

    def __init__(
        self,
        cameras: LiveRuntime,
        camera: str,
        quality: PictureQuality,
        send: Send,
    ) -> None:
        self._cameras, self._camera, self._quality = cameras, camera, quality
        self._send = send
        self._lock = threading.Lock()
        self._is_watched = self._is_running = False
        self._memory: PictureMemory | None = None
        self._number = self._clears = 0

    def watch(self, is_watched: bool) -> None:
        """Show every picture from now on, or none; returns at once."""
        with self._lock:
            self._is_watched = is_watched
            if is_watched and not self._is_running:
                self._is_running = True
                name = f"screen-{self._camera}"
                threading.Thread(target=self._run, name=name, daemon=True).start()

    def close(self) -> None:
        """Give the memory back: the camera is no more, and nothing of it is shown after."""
        with self._lock:
            self._is_watched = False
            self._clears += 1
            if self._memory:
                self._memory.close()
                self._memory = None

    def clear(self) -> None:
        """Forget what was shown, and show what is to be seen now; nothing older comes after it."""
        with self._lock:
            self._clears += 1
            clears, is_watched = self._clears, self._is_watched
            if self._memory:
                self._memory.clear()
        # Where there is no place for one picture more, the stream that is watched brings the next.
        with suppress(KeyError, ViewerLimitError):
            if is_watched:
                self._show(self._cameras.snapshot_jpeg(self._camera, self._quality), clears)

    def announce(self) -> None:
        """Let a new web process see the memory."""
        with self._lock:
            if self._memory:
                self._announce(self._memory)

    def _run(self) -> None:
        while True:
            try:
                return self._show_while_watched()
            except (KeyError, ViewerLimitError):
                with self._lock:
                    self._is_running = False
                return
            except Exception:
                # One picture that cannot be handed over must not end the view.
                logger.exception("camera %s: a picture was not shown", self._camera)
                time.sleep(RETRY_S)

    def _show_while_watched(self) -> None:
        with closing(self._cameras.stream(self._camera, self._quality)) as pictures:
            while self._goes_on():
                clears = self._clears
                picture = next(pictures, None)
                if picture is None:
                    # The camera is gone, or all stop.
                    raise KeyError(self._camera)
                self._show(picture, clears)

    def _goes_on(self) -> bool:
        with self._lock:
            self._is_running = self._is_watched
            return self._is_running

    def _show(self, picture: bytes, clears: int) -> None:
        with self._lock:
            if clears != self._clears:
                return
            if self._memory is None or not self._memory.fits(picture):
                self._open_memory(SPARE_SIZE * len(picture))
            self._number += 1
            assert self._memory
            self._memory.put(picture, self._number)
            shown = PictureShown(self._camera, self._number, self._quality)
            self._send(shown, [], (PictureShown, self._camera, self._quality))

    def _open_memory(self, size_bytes: int) -> None:
        if self._memory:
            self._memory.close()
        self._memory = PictureMemory.for_pictures_of(size_bytes)
        self._announce(self._memory)

    def _announce(self, memory: PictureMemory) -> None:
        self._send(MemoryOpened(self._camera, self._quality), [memory.fileno()], None)
