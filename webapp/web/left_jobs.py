"""Ends what goes on for users who signed out everywhere, or may not sign in any more."""

import logging
import threading

from webapp.core.errors import BusyError, StorageError
from webapp.core.ports import AnalysisJobs
from webapp.storage.database import Database
from webapp.storage.sign_ins import signed_in_users
from webapp.web.services import utc_now

EVERY_S = 1.0
logger = logging.getLogger(__name__)


class LeftJobs:
    """Cancels the files of users without a sign-in; nobody would see what was read."""

    def __init__(self, database: Database, jobs: AnalysisJobs) -> None:
        self._database, self._jobs = database, jobs

    def run(self, stop: threading.Event) -> None:
        """Look every second until stopped."""
        while not stop.wait(EVERY_S):
            try:
                self.cancel()
            except (BusyError, StorageError):
                # Where nobody can be asked, nothing is cancelled.
                continue

    def cancel(self) -> None:
        """Cancel what nobody waits for.

        Raises:
            BusyError: the process that reads is away.
            StorageError: the database cannot be used.
        """
        going_on = self._jobs.going_on()
        if not going_on:
            return
        with self._database.session() as work:
            present = signed_in_users(work, {job.owner for job in going_on}, utc_now())
        for job in going_on:
            if job.owner not in present:
                self._forget(job.owner, job.status.id)

    def _forget(self, owner: int, job_id: str) -> None:
        try:
            self._jobs.forget(owner, job_id)
        except KeyError:
            # It ended meanwhile.
            return
        logger.info("a file is not read on: whoever handed it in signed out")
