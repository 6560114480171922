"""The thread that forgets what is older than `RETENTION_DAYS` and `AUDIT_RETENTION_DAYS`."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from webapp.core.errors import StorageError
from webapp.recording.recorder import Sessions
from webapp.storage.audit_chain import purge_audit
from webapp.storage.history import purge_history
from webapp.storage.pauses import purge_pauses
from webapp.storage.retention import Purged, clock_doubt, purge_alerts, purge_silences

logger = logging.getLogger(__name__)
EVERY_S = 3600.0
RETRY_S = 60.0
# Between two deletions, so that those who write get their turn.
PAUSE_S = 0.2

Pause = Callable[[], bool]


class RetentionLoop:
    """Purges at start and every hour, unless the clock is in doubt or another process does."""

    def __init__(
        self,
        database: Sessions,
        keep_days: int,
        keep_audit_days: int,
        stop: threading.Event,
        is_on_duty: Callable[[], bool] = lambda: True,
    ) -> None:
        self._database, self._stop, self._is_on_duty = database, stop, is_on_duty
        self._keep, self._keep_audit = timedelta(days=keep_days), timedelta(days=keep_audit_days)

    def run(self) -> None:
        """Purge until stopped; while the database is away, try again a minute later."""
        while not self._stop.is_set():
            is_done = self._is_on_duty() and self.purge_once()
            self._stop.wait(EVERY_S if is_done else RETRY_S)

    def purge_once(self) -> bool:
        """Delete what is too old now; False when the database was away."""
        now = datetime.now(UTC)
        before = now - self._keep
        try:
            doubt = self._doubt(now)
            if doubt:
                logger.warning("old records are not deleted: %s", doubt)
                return True
            audit_before = now - self._keep_audit
            purged = purge(self._database, before, audit_before, lambda: self._stop.wait(PAUSE_S))
        except StorageError as error:
            logger.warning("old records are not deleted yet: %s", error)
            return False
        if purged:
            logger.info("deleted records from before %s: %s", before.isoformat(), purged)
        return True

    def _doubt(self, now: datetime) -> str:
        with self._database.session() as session:
            return clock_doubt(session, now, self._keep)


def purge(
    database: Sessions, before: datetime, audit_before: datetime, pause: Pause = lambda: False
) -> Purged:
    """Delete history, resolved alerts, ended silences and past pauses from before a time.

    Args:
        audit_before: entries of the audit log go that are older than the day of this time, so
            that there is one checkpoint a day at most.
        pause: called between two transactions; the purge ends early when it returns True.

    Raises:
        StorageError: the database is away; what was deleted so far stays deleted.
    """
    midnight = audit_before.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    steps: tuple[Callable[[Session], Purged], ...] = (
        lambda session: Purged(history_rows=purge_history(session, before.timestamp())),
        lambda session: Purged(alerts=purge_alerts(session, before)),
        lambda session: Purged(silences=purge_silences(session, before)),
        lambda session: Purged(pauses=purge_pauses(session, before)),
        lambda session: Purged(audit_entries=purge_audit(session, midnight, datetime.now(UTC))),
    )
    total = Purged()
    for step in steps:
        # Each time in a transaction of its own, until nothing is left for it.
        purged = True
        while purged:
            with database.session() as session:
                done = step(session)
            purged = bool(done)
            total += done
            if purged and pause():
                return total
    return total
