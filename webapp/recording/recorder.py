"""The thread that writes alerts and history, so that no picture waits for a database."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from sqlalchemy.orm import Session

from webapp.core.alert_engine import AlertChange
from webapp.core.alerts import AlertState
from webapp.core.backoff import Backoff
from webapp.core.errors import StorageError
from webapp.core.history import HistoryRow
from webapp.storage.alerts import record_reading
from webapp.storage.history import write_history
from webapp.storage.notices import NoticePolicy, write_change

logger = logging.getLogger(__name__)
# An hour of one camera; older rows are given up when nothing can be written for that long.
MOST_WAITING_ROWS = 360
MOST_AT_ONCE = 50


class Sessions(Protocol):
    """Opens units of work; `storage.database.Database` does."""

    def session(self) -> AbstractContextManager[Session]:
        """Open a session, committed at its end; raises StorageError on an outage."""
        ...


class DatabaseRecorder:
    """Writes in the order things happened; retries while the database is away.

    Changes of alerts are kept until they are written. Each is written with its messages in one
    transaction, so a process that is killed leaves it whole or not at all.
    """

    def __init__(
        self, database: Sessions, policy: NoticePolicy, stop: threading.Event, camera_count: int = 1
    ) -> None:
        self._database, self._policy, self._stop = database, policy, stop
        self._changes: deque[AlertChange] = deque()
        self._readings: dict[str, AlertState] = {}
        self._rows: deque[tuple[str, HistoryRow]] = deque(maxlen=MOST_WAITING_ROWS * camera_count)
        self._has_work = threading.Event()
        self.dropped_rows = 0
        self.trouble = ""

    def add_change(self, change: AlertChange) -> None:
        """Take a change of an alert."""
        self._changes.append(change)
        self._has_work.set()

    def add_reading(self, state: AlertState) -> None:
        """Take where an open alert stands; only the newest is written."""
        self._readings[state.alert_id] = state
        self._has_work.set()

    def add_history(self, camera: str, row: HistoryRow) -> None:
        """Take a row of history; the oldest one makes room."""
        if len(self._rows) == self._rows.maxlen:
            self.dropped_rows += 1
        self._rows.append((camera, row))
        self._has_work.set()

    def run(self) -> None:
        """Write until stopped; what is left then gets one last try."""
        backoff = Backoff()
        while not self._stop.is_set():
            self._has_work.wait(0.5)
            if self.write_waiting():
                backoff.succeeded()
            else:
                self._stop.wait(backoff.failed())
        self.write_waiting()

    def write_waiting(self) -> bool:
        """Write everything that waits; False when the database did not take it."""
        self._has_work.clear()
        try:
            while self._changes:
                self._write_change(self._changes[0])
                self._changes.popleft()
            self._write_readings()
            while self._rows:
                self._write_rows(MOST_AT_ONCE)
        except StorageError as error:
            self._note(str(error))
            return False
        self._note("")
        return True

    def _write_change(self, change: AlertChange) -> None:
        self._write(lambda session: write_change(session, change, self._policy, datetime.now(UTC)))

    def _write_readings(self) -> None:
        for alert_id in list(self._readings):
            state = self._readings.pop(alert_id)
            try:
                self._write(partial(record_reading, state=state))
            except StorageError:
                self._readings.setdefault(alert_id, state)
                raise

    def _write(self, work: Callable[[Session], object]) -> None:
        """Do one piece of work in a transaction of its own."""
        try:
            with self._database.session() as session:
                work(session)
        except StorageError:
            raise
        except Exception:
            _give_up()

    def _write_rows(self, most: int) -> None:
        """Write some rows in one transaction; they leave the queue only then."""
        taken = [self._rows.popleft() for _ in range(min(most, len(self._rows)))]
        try:
            with self._database.session() as session:
                for camera, row in taken:
                    write_history(session, camera, row)
        except StorageError:
            self._put_back(taken)
            raise
        except Exception:
            if len(taken) <= 1:
                return _give_up()
            # One of them is at fault: the others must not suffer.
            self._put_back(taken)
            for _ in taken:
                self._write_rows(1)

    def _put_back(self, taken: list[tuple[str, HistoryRow]]) -> None:
        """Return rows to the head of the queue; those that came meanwhile keep their places."""
        room = (self._rows.maxlen or 0) - len(self._rows)
        kept = taken[-room:] if room else []
        self.dropped_rows += len(taken) - len(kept)
        self._rows.extendleft(reversed(kept))

    def _note(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            if trouble:
                logger.warning("alerts and history wait to be written: %s", trouble)
            else:
                logger.info("alerts and history are written again")


def _give_up() -> None:
    # A record that can never be written must not hold up all that follow.
    logger.exception("a record could not be written and is given up")
