"""The cameras of a process, served to the web process over a link."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing

from webapp.bus.calls import Answers, Reply
from webapp.bus.link import Link
from webapp.bus.memory_file import MemoryFile
from webapp.bus.picture_memory import PictureMemory
from webapp.bus.process_messages import (
    Beat,
    Call,
    ChangeSource,
    Done,
    Hello,
    MemoryOpened,
    PauseCamera,
    PictureShown,
    ReadRules,
    RecentPoints,
    ResumeCamera,
    SendTest,
    Stop,
    TakePicture,
    Watch,
)
from webapp.core.errors import ViewerLimitError
from webapp.core.messages import Message
from webapp.core.picture_quality import PictureQuality
from webapp.core.ports import LiveAlerts, LiveRuntime

BEAT_S = 0.5
# Pictures of a scene do not all have the same size.
SPARE_SIZE = 4
RETRY_S = 0.5
logger = logging.getLogger(__name__)


class CameraServer:
    """Says what happens to whoever is connected, and does what they ask; one link at a time."""

    def __init__(self, release: str, no_signal_jpeg: bytes) -> None:
        """Prepare; `attach` comes before the first link.

        Args:
            release: the version of Evenkeel.
            no_signal_jpeg: what viewers see while this process is away.
        """
        self._release, self._no_signal_jpeg = release, no_signal_jpeg
        self._link: Link | None = None
        # What is composed first is sent first: no beat is older than the message before it.
        self._sending = threading.Lock()
        self.stopping = threading.Event()

    def attach(self, cameras: LiveRuntime, alerts: LiveAlerts) -> None:
        """Serve these."""
        self._cameras, self._alerts = cameras, alerts
        self._names = [status.name for status in cameras.cameras()]
        # One for each quality that was ever watched; there are few.
        self._screens: dict[tuple[str, PictureQuality], Screen] = {}
        self._answers = Answers(
            {
                TakePicture: self._take_picture,
                PauseCamera: self._pause,
                ResumeCamera: lambda call, _: cameras.resume(call.camera),
                ChangeSource: lambda call, _: cameras.change_source(call.camera, call.source),
                ReadRules: lambda call, _: alerts.rules_changed(),
                SendTest: lambda call, _: alerts.send_test(call.key),
            }
        )

    def publish(self, message: Message) -> None:
        """Send a message to the web process, if there is one; it reads later what it missed."""
        with self._sending:
            if self._link:
                self._link.send(message)

    def serve(self, link: Link) -> None:
        """Serve one web process until it is gone."""
        self._greet(link)
        with self._sending:
            self._link = link
            link.send(self._state())
        for screen in list(self._screens.values()):
            screen.announce()
        beats = threading.Thread(target=self._beat, args=(link,), name="beat", daemon=True)
        beats.start()
        try:
            link.serve(lambda message, descriptors: self._handle(link, message, descriptors))
        finally:
            with self._sending:
                self._link = None
            for screen in list(self._screens.values()):
                screen.watch(False)

    def request_stop(self) -> None:
        """End the link; returns at once."""
        self.stopping.set()
        link = self._link
        if link:
            link.close()

    def _greet(self, link: Link) -> None:
        cameras, receivers = self._cameras, tuple(self._alerts.receivers())
        hello = Hello(self._release, cameras.classes, cameras.alert_emotions, receivers)
        with MemoryFile.of(self._no_signal_jpeg) as picture:
            link.send(hello, [picture.fileno()])
        for camera in self._names:
            link.send(RecentPoints(camera, tuple(cameras.recent(camera))))
            newest = cameras.newest_counts(camera)
            if newest:
                link.send(newest)

    def _state(self) -> Beat:
        cameras, alerts = self._cameras, self._alerts
        return Beat(
            cameras=tuple(cameras.cameras()),
            readiness=cameras.readiness(),
            live=tuple(alerts.live()),
            trouble=alerts.trouble(),
            dropped_rows=alerts.dropped_rows(),
        )

    def _beat(self, link: Link) -> None:
        while not self.stopping.wait(BEAT_S):
            with self._sending:
                if self._link is not link:
                    return
                link.send(self._state(), instead_of=Beat)

    def _send(self, message: Message, descriptors: list[int], instead_of: object = None) -> None:
        with self._sending:
            if self._link:
                self._link.send(message, descriptors, instead_of)

    def _handle(self, link: Link, message: Message, descriptors: list[int]) -> None:
        if isinstance(message, Watch):
            self._screen(message.camera, message.quality).watch(message.is_watched)
        elif isinstance(message, Stop):
            self.request_stop()
        elif isinstance(message, Call):
            self._answers.answer(link, message, descriptors)

    def _take_picture(self, call: TakePicture, _: list[int]) -> Reply:
        picture = self._cameras.snapshot_jpeg(call.camera)
        return Reply(Done(call.call_id), MemoryFile.of(picture))

    def _pause(self, call: PauseCamera, _files: list[int]) -> None:
        self._cameras.pause(call.camera, call.since)
        for (camera, _), screen in list(self._screens.items()):
            if camera == call.camera:
                screen.clear()

    def _screen(self, camera: str, quality: PictureQuality) -> "Screen":
        key = camera, quality
        if key not in self._screens:
            self._screens[key] = Screen(self._cameras, camera, quality, self._send)
        return self._screens[key]


class Screen:
    """Shows one camera's pictures to the web process while somebody watches."""

    def __init__(
        self,
        cameras: LiveRuntime,
        camera: str,
        quality: PictureQuality,
        send: Callable[[Message, list[int], object], None],
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

    def clear(self) -> None:
        """Forget what was shown, and show what is to be seen now; nothing older comes after it."""
        with self._lock:
            self._clears += 1
            clears, is_watched = self._clears, self._is_watched
            if self._memory:
                self._memory.clear()
        if is_watched:
            self._show(self._cameras.snapshot_jpeg(self._camera), clears)

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
