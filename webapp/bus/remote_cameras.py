"""The cameras of other processes, as the web pages see them."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from webapp.bus.camera_peer import CameraPeer, MirroredCamera
from webapp.bus.latest import Latest
from webapp.bus.process_messages import ChangeSource, PauseCamera, ResumeCamera, TakePicture
from webapp.bus.viewers import View, Viewers
from webapp.core.camera_state import CameraState
from webapp.core.camera_status import CameraStatus, Readiness
from webapp.core.errors import BusyError, SourceError
from webapp.core.messages import CountsMessage, RecentPoint
from webapp.core.picture_quality import FULL, PictureQuality

# A viewer who left is noticed at the next picture.
STILL_INTERVAL_S = 2.0
# A network camera may take long to answer.
OPENED_WITHIN_S = 30.0


class RemoteCameras:
    """Implements `core.ports.LiveRuntime`; what it returns was said before, so nothing waits.

    Attributes:
        sources: what each camera reads now, for a process that is started again.
    """

    def __init__(
        self,
        sources: Mapping[str, str],
        peers: Sequence[CameraPeer],
        classes: tuple[str, ...],
        alert_emotions: tuple[str, ...],
        max_viewers: int,
    ) -> None:
        """Prepare.

        Args:
            sources: of the cameras, by name, in the order of the pages.
            peers: the processes that hold them.
            classes: of the model, in output order.
            alert_emotions: those of the indicator.
            max_viewers: over all cameras.
        """
        self.classes, self.alert_emotions = classes, alert_emotions
        self._peers = tuple(peers)
        self._holders = {name: peer for peer in peers for name in peer.cameras}
        self.sources = dict(sources)
        self._viewers = Viewers(max_viewers)
        # Who comes and who leaves at the same time must not leave a camera dark.
        self._changing = threading.Lock()
        self._watching: Counter[tuple[str, PictureQuality]] = Counter()
        self._is_stopping = False

    def cameras(self) -> list[CameraStatus]:
        """Return the status of every camera, in the order they were added."""
        return [
            replace(self._camera(name).status, viewers=self._viewers.count(name))
            for name in self.sources
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
        mirrored = self._camera(camera)
        with self._changing:
            self._viewers.enter(camera)
            self._watching[camera, quality] += 1
            self._holder(camera).watch(camera, quality, is_watched=True)
        pictures = self._pictures(mirrored.of(quality).newest)
        return View(pictures, lambda: self._leave(camera, quality))

    def snapshot_jpeg(self, camera: str) -> bytes:
        """Return the current picture as JPEG.

        Raises:
            KeyError, ViewerLimitError: see `LiveRuntime`.
            BusyError: the camera's process is away.
        """
        holder = self._holder(camera)
        with self._viewers.place(camera):
            reply = holder.calls.ask(partial(TakePicture, camera=camera))
        assert reply.file, "the answer comes with the picture"
        with reply.file as file:
            return file.read()

    def change_source(self, camera: str, source: str) -> None:
        """Let a camera read another source from now on, until restart.

        Raises:
            KeyError: there is no such camera.
            SourceError: the source cannot be opened now; the camera reads on as before.
        """
        calls = self._holder(camera).calls
        try:
            calls.ask(partial(ChangeSource, camera=camera, source=source), (), OPENED_WITHIN_S)
        except BusyError as error:
            raise SourceError(str(error)) from error
        self.sources[camera] = source

    def pause(self, camera: str, since: datetime) -> None:
        """Close a camera and forget what it showed, until `resume`.

        A process that is away learns from the database that the camera is to stay paused.
        """
        mirrored, calls = self._camera(camera), self._holder(camera).calls
        with suppress(BusyError):
            calls.ask(partial(PauseCamera, camera=camera, since=since))
        if mirrored.status.state != CameraState.PAUSED:
            mirrored.pause(since)

    def resume(self, camera: str) -> None:
        """Open a paused camera again; one whose process is away is opened with it."""
        mirrored, calls = self._camera(camera), self._holder(camera).calls
        with suppress(BusyError):
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
        for peer in self._peers:
            for camera in peer.cameras.values():
                for pictures in list(camera.pictures.values()):
                    pictures.newest.close()

    def _camera(self, name: str) -> MirroredCamera:
        return self._holder(name).cameras[name]

    def _holder(self, name: str) -> CameraPeer:
        return self._holders[name]

    def _leave(self, camera: str, quality: PictureQuality) -> None:
        with self._changing:
            self._viewers.leave(camera)
            self._watching[camera, quality] -= 1
            if not self._watching[camera, quality]:
                self._holder(camera).watch(camera, quality, is_watched=False)

    def _pictures(self, pictures: Latest[bytes]) -> Iterator[bytes]:
        version = 0
        while not self._is_stopping:
            newer = pictures.wait_newer(version, STILL_INTERVAL_S)
            newest = newer or pictures.newest()
            if newest and not self._is_stopping:
                version = newest.version
                yield newest.value
