"""Lets the cameras and rules of a worker be as the database says, whoever wrote it."""

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime

from webapp.alerting.service import AlertService
from webapp.cameras.runtime import Runtime
from webapp.core.camera_state import CameraState
from webapp.core.errors import StorageError
from webapp.storage.database import Database
from webapp.storage.purposes import cameras_off, purpose_ends
from webapp.web.camera_switch import CameraSwitch, switch_off_and_on

logger = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0


class FollowLoop:
    """Follows pauses, purposes and rules also while nobody is there to tell the worker.

    A purpose ends on time, whether a web instance, Redis and the database are there or not.
    """

    def __init__(
        self,
        database: Database,
        runtime: Runtime,
        alerts: AlertService,
        switch: CameraSwitch,
        is_on_duty: Callable[[], bool],
    ) -> None:
        """Prepare; `is_on_duty` says whether this worker ends pauses whose time is over."""
        self._database, self._runtime, self._alerts = database, runtime, alerts
        self._switch, self._is_on_duty = switch, is_on_duty
        # Web instances ask for a look of their own, and who read first must not switch last.
        self._following = threading.Lock()
        self._ends: Mapping[str, datetime] = {}

    def run(self) -> None:
        """Follow until the runtime stops."""
        while not self._runtime.stopping.wait(LOOK_EVERY_S):
            now = datetime.now(UTC)
            try:
                self.step(now)
            except StorageError:
                self.end_purposes(now)
            except Exception:
                # Without this thread no purpose ends.
                logger.exception("pauses and rules were not followed; it is tried again")

    def step(self, now: datetime) -> None:
        """Follow once; raises StorageError."""
        if self._is_on_duty():
            self._switch.end_pauses(now)
        with self._following:
            with self._database.session() as work:
                off = cameras_off(work, now)
                self._ends = purpose_ends(work, now)
            switch_off_and_on(self._runtime, off)
        self._alerts.rules_changed()

    def end_purposes(self, now: datetime) -> None:
        """Switch off whose purpose is over by what the database last said."""
        for camera in self._runtime.cameras():
            end = self._ends.get(camera.name)
            if end and end <= now and camera.state != CameraState.PAUSED:
                with suppress(KeyError):
                    self._runtime.pause(camera.name, end)
