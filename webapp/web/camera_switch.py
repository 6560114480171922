"""Changes cameras for the views, in the database and in the runtime alike."""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from webapp.core.camera_setup import CameraSetup
from webapp.core.errors import StorageError
from webapp.core.pauses import Pause
from webapp.core.ports import LiveRuntime
from webapp.storage.cameras import enabled_cameras
from webapp.storage.database import Database
from webapp.storage.pauses import pause_camera, paused_cameras, resume_camera
from webapp.storage.sealing import Sealer

logger = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0


class CameraSwitch:
    """Makes one change after the other, so that database and runtime never differ.

    The database comes first: a change that would not last over a restart is refused.
    """

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database, self._sealer = database, sealer
        self._lock = threading.Lock()

    def pause(self, runtime: LiveRuntime, pause: Pause) -> None:
        """Switch a camera off; raises StorageError."""
        with self._lock:
            with self._database.session() as work:
                since = pause_camera(work, pause)
            runtime.pause(pause.camera, since)

    def resume(self, runtime: LiveRuntime, camera: str, author: str, now: datetime) -> None:
        """Switch a camera on again; raises StorageError."""
        with self._lock:
            with self._database.session() as work:
                resume_camera(work, camera, author, now)
            runtime.resume(camera)

    def run(self, runtime: LiveRuntime, stop: threading.Event) -> None:
        """End pauses whose time is over, until stopped."""
        while not stop.wait(LOOK_EVERY_S):
            try:
                self.end_pauses(runtime, datetime.now(UTC))
            except StorageError:
                # What is not kept is not done; the next look finds it again.
                continue

    def end_pauses(self, runtime: LiveRuntime, now: datetime) -> None:
        """Switch on again what was paused until now; raises StorageError."""
        with self._database.session() as work:
            over = [name for name, pause in paused_cameras(work).items() if pause.is_over(now)]
        for camera in over:
            with self._lock:
                with self._database.session() as work:
                    resume_camera(work, camera, "", now, because="its time was over")
                # A camera that is not configured now is forgotten alone.
                with suppress(KeyError):
                    runtime.resume(camera)
            logger.info("camera %s is resumed: the time of its pause is over", camera)

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
                setups = enabled_cameras(work, self._sealer)
            before(setups)
            runtime.set_cameras(setups)
