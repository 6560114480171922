"""The thread that forgets what is older than `RETENTION_DAYS`."""

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from webapp.core.errors import StorageError
from webapp.recording.recorder import Sessions
from webapp.storage.history import purge_history
from webapp.storage.retention import Purged, purge_alerts, purge_silences

logger = logging.getLogger(__name__)
EVERY_S = 3600.0
RETRY_S = 60.0
# Between two deletions, so that those who write get their turn.
PAUSE_S = 0.2

Pause = Callable[[], bool]


class RetentionLoop:
    """Purges at start and every hour."""

    def __init__(self, database: Sessions, keep_days: int, stop: threading.Event) -> None:
        self._database, self._keep, self._stop = database, timedelta(days=keep_days), stop

    def run(self) -> None:
        """Purge until stopped; when the database is away, try again a minute later."""
        while not self._stop.is_set():
            self._stop.wait(EVERY_S if self.purge_once() else RETRY_S)

    def purge_once(self) -> bool:
        """Delete what is too old now; False when the database was away."""
        before = datetime.now(UTC) - self._keep
        try:
            purged = purge(self._database, before, lambda: self._stop.wait(PAUSE_S))
        except StorageError as error:
            logger.warning("old records are not deleted yet: %s", error)
            return False
        if purged:
            logger.info("deleted records from before %s: %s", before.isoformat(), purged)
        return True


def purge(database: Sessions, before: datetime, pause: Pause = lambda: False) -> Purged:
    """Delete history, resolved alerts and ended silences from before a time.

    Args:
        pause: called between two transactions; the purge ends early when it returns True.

    Raises:
        StorageError: the database is away; what was deleted so far stays deleted.
    """
    total = Purged()
    for step in (_history, _alerts, _silences):
        for purged in _repeated(database, step, before):
            total += purged
            if pause():
                return total
    return total


def _repeated(
    database: Sessions, step: Callable[[Session, datetime], Purged], before: datetime
) -> Iterator[Purged]:
    """Repeat a step, each time in a transaction of its own, until nothing is left for it."""
    purged = True
    while purged:
        with database.session() as session:
            done = step(session, before)
        purged = bool(done)
        if purged:
            yield done


def _history(session: Session, before: datetime) -> Purged:
    return Purged(history_rows=purge_history(session, before.timestamp()))


def _alerts(session: Session, before: datetime) -> Purged:
    return Purged(alerts=purge_alerts(session, before))


def _silences(session: Session, before: datetime) -> Purged:
    return Purged(silences=purge_silences(session, before))
