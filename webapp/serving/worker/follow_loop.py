"""Lets a worker do as the database says, whoever wrote it: pauses, purposes, rules."""

import logging
import threading
from datetime import UTC, datetime

from webapp.alerting.service import AlertService
from webapp.cameras.runtime import Runtime
from webapp.core.errors import StorageError
from webapp.serving.stored import stored_rules
from webapp.serving.worker.lease_keeper import LeaseKeeper
from webapp.storage.database import Database
from webapp.storage.purposes import cameras_off
from webapp.web.camera_switch import CameraSwitch, switch_off

LOOK_EVERY_S = 1.0
logger = logging.getLogger(__name__)


class FollowLoop:
    """Looks every second, and when a web instance says that something changed."""

    def __init__(
        self,
        runtime: Runtime,
        alerts: AlertService,
        database: Database,
        switch: CameraSwitch,
        leases: LeaseKeeper,
    ) -> None:
        """Prepare.

        Args:
            runtime: the cameras that are held.
            alerts: watches the rules.
            database: says what is to be.
            switch: ends pauses whose time is over.
            leases: says whether it is this worker that does.
        """
        self._runtime, self._alerts = runtime, alerts
        self._database, self._switch, self._leases = database, switch, leases
        self._following = threading.Lock()

    def run(self, stop: threading.Event) -> None:
        """Follow until stopped."""
        while not stop.wait(LOOK_EVERY_S):
            try:
                self.step()
            except StorageError:
                # The next look finds it.
                continue
            except Exception:
                # Without this thread no purpose ends.
                logger.exception("the database was not followed; it is tried again")

    def step(self) -> None:
        """Follow once; raises StorageError."""
        now = datetime.now(UTC)
        if self._leases.is_on_duty():
            self._switch.end_pauses(now)
        with self._following:
            with self._database.session() as work:
                off = cameras_off(work, now)
            switch_off(self._runtime, off)
            if tuple(stored_rules(self._database)) != self._alerts.rules():
                self._alerts.rules_changed()
