"""Switches cameras off and on for the views, in the database and in the runtime alike."""

import threading
from datetime import datetime

from webapp.core.errors import SourceError
from webapp.core.ports import LiveRuntime
from webapp.storage.audit import note
from webapp.storage.database import Database
from webapp.storage.pauses import pause_camera, resume_camera


class CameraSwitch:
    """Makes one change after the other, so that database and runtime never differ.

    The database comes first: a change that would not last over a restart is refused.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
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

    def change_source(
        self, runtime: LiveRuntime, camera: str, source: str, author: str, now: datetime
    ) -> None:
        """Let a camera read another source; raises StorageError, SourceError.

        Either way the audit log says so: first that somebody asked, then if it was refused.
        """
        with self._lock:
            with self._database.session() as work:
                details = {"camera": camera, "source": source}
                note(work, author, "camera source changed", details, now)
            try:
                runtime.change_source(camera, source)
            except SourceError as error:
                with self._database.session() as work:
                    details = {"camera": camera, "because": str(error)}
                    note(work, author, "camera source kept", details, now)
                raise
