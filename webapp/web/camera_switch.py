"""Switches cameras off and on for the views, in the database and in the runtime alike."""

import threading
from datetime import datetime
from typing import cast

from flask import current_app

from webapp.core.ports import LiveRuntime
from webapp.storage.database import Database
from webapp.storage.pauses import pause_camera, resume_camera

SWITCH = "evenkeel_camera_switch"


class CameraSwitch:
    """Obeys one wish after the other, so that database and runtime never differ.

    The database comes first: a wish that cannot be kept over a restart is refused.
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


def current_switch() -> CameraSwitch:
    """Return the switch of this app."""
    return cast(CameraSwitch, current_app.extensions[SWITCH])
