"""Changes cameras for the views, in the database and in the runtime alike."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy.orm import Session

from webapp.core.camera_setup import CameraSetup
from webapp.core.camera_state import CameraState
from webapp.core.camera_status import CameraStatus
from webapp.core.errors import PurposeError, StorageError
from webapp.core.pauses import Pause
from webapp.core.ports import LiveRuntime
from webapp.storage.cameras import enabled_cameras
from webapp.storage.database import Database
from webapp.storage.pauses import pause_camera, paused_cameras, resume_camera
from webapp.storage.purposes import cameras_off, find_holds
from webapp.storage.sealing import Sealer

logger = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0


class Switched(Protocol):
    """What can be switched; see `LiveRuntime`."""

    def cameras(self) -> Sequence[CameraStatus]:
        """Return the status of each that is to be switched."""
        ...

    def set_cameras(self, setups: Sequence[CameraSetup]) -> None:
        """Run these from now on."""
        ...

    def pause(self, camera: str, since: datetime) -> None:
        """Close one."""
        ...

    def resume(self, camera: str) -> None:
        """Open one again."""
        ...


@dataclass(frozen=True)
class Wanted:
    """What the database says of the cameras.

    Attributes:
        setups: those that run, in order.
        off: since when cameras are to be off, by name.
    """

    setups: Sequence[CameraSetup]
    off: Mapping[str, datetime]


class CameraSwitch:
    """Makes one change after the other, so that database and runtime never differ.

    The database comes first: a change that would not last over a restart is refused.
    """

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database, self._sealer = database, sealer
        self._lock = threading.Lock()
        self._running: Sequence[CameraSetup] | None = None

    def pause(self, runtime: LiveRuntime, pause: Pause) -> None:
        """Switch a camera off; raises StorageError."""
        with self._lock:
            with self._database.session() as work:
                since = pause_camera(work, pause)
            runtime.pause(pause.camera, since)

    def resume(self, runtime: LiveRuntime, camera: str, author: str, now: datetime) -> None:
        """Switch a camera on again.

        Raises:
            PurposeError: it has no purpose that holds, without which it stays off.
            StorageError: nothing is changed.
        """
        with self._lock:
            with self._database.session() as work:
                if hold := find_holds(work, now).get(camera):
                    raise PurposeError(f"The camera stays off because {hold.lack}.")
                resume_camera(work, camera, author, now)
            runtime.resume(camera)

    def run(self, runtime: LiveRuntime, stop: threading.Event) -> None:
        """End pauses and purposes whose time is over, until stopped."""
        while not stop.wait(LOOK_EVERY_S):
            now = datetime.now(UTC)
            try:
                self.end_pauses(now)
                self.follow(runtime, now)
            except StorageError:
                # What is not kept is not done; the next look finds it again.
                continue
            except Exception:
                # Without this thread no purpose ends.
                logger.exception("cameras were not switched; it is tried again")

    def end_pauses(self, now: datetime) -> None:
        """Forget the pauses whose time is over; raises StorageError."""
        with self._lock, self._database.session() as work:
            over = [name for name, pause in paused_cameras(work).items() if pause.is_over(now)]
            for camera in over:
                resume_camera(work, camera, "", now, because="its time was over")
        for camera in over:
            logger.info("camera %s is resumed: the time of its pause is over", camera)

    def follow(self, runtime: Switched, now: datetime) -> None:
        """Let the cameras be as the database says, whoever wrote it; raises StorageError."""
        with self._lock:
            with self._database.session() as work:
                wanted = self._wanted(work, now)
            self._take(runtime, wanted)

    def change(
        self,
        runtime: LiveRuntime,
        change: Callable[[Session], None],
        before: Callable[[Sequence[CameraSetup]], None] = lambda _: None,
    ) -> None:
        """Change cameras in the database, and let those that run follow it.

        Args:
            change: writes and notes the change; what it raises undoes it.
            before: told of the cameras before they run so.

        Raises:
            StorageError: nothing is changed.
        """
        with self._lock:
            with self._database.session() as work:
                change(work)
                wanted = self._wanted(work, datetime.now(UTC))
            before(wanted.setups)
            # Also where nothing differs: a change that failed there is made once more.
            self._running = None
            self._take(runtime, wanted)

    def _wanted(self, work: Session, now: datetime) -> Wanted:
        return Wanted(enabled_cameras(work, self._sealer), cameras_off(work, now))

    def _take(self, runtime: Switched, wanted: Wanted) -> None:
        if wanted.setups != self._running:
            runtime.set_cameras(wanted.setups)
            self._running = wanted.setups
        switch_off_and_on(runtime, wanted.off)


def switch_off_and_on(runtime: Switched, off: Mapping[str, datetime]) -> None:
    """Pause and resume cameras where they are not as they are to be.

    Args:
        off: since when cameras are to be off, by name.
    """
    for status in runtime.cameras():
        is_off = status.state == CameraState.PAUSED
        with suppress(KeyError):
            # Somebody else may remove it meanwhile.
            if status.name in off and not is_off:
                runtime.pause(status.name, off[status.name])
            elif is_off and status.name not in off:
                runtime.resume(status.name)
