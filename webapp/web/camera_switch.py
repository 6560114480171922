"""Changes cameras for the views, in the database and in the runtime alike."""

import threading
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.core.ports import LiveRuntime
from webapp.storage.cameras import enabled_cameras
from webapp.storage.database import Database
from webapp.storage.pauses import pause_camera, resume_camera
from webapp.storage.sealing import Sealer


class CameraSwitch:
    """Makes one change after the other, so that database and runtime never differ.

    The database comes first: a change that would not last over a restart is refused.
    """

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database, self._sealer = database, sealer
        self._lock = threading.Lock()

    def pause(self, runtime: LiveRuntime, camera: str, author: str, now: datetime) -> None:
        """Switch a camera off; raises StorageError."""
        with self._lock:
            with self._database.session() as work:
                since = pause_camera(work, camera, author, now)
            runtime.pause(camera, since)

    def resume(self, runtime: LiveRuntime, camera: str, author: str, now: datetime) -> None:
        """Switch a camera on again; raises StorageError."""
        with self._lock:
            with self._database.session() as work:
                resume_camera(work, camera, author, now)
            runtime.resume(camera)

    def change(self, runtime: LiveRuntime, change: Callable[[Session], None]) -> None:
        """Change cameras in the database, and let those that run follow it.

        Args:
            change: writes and notes the change; what it raises undoes it.

        Raises:
            StorageError: nothing is changed.
        """
        with self._lock:
            with self._database.session() as work:
                change(work)
                setups = enabled_cameras(work, self._sealer)
            runtime.set_cameras(setups)
