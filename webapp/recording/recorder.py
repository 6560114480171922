"""The thread that writes alerts and history, so that no picture waits for a database."""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from sqlalchemy.orm import Session

from webapp.core.alert_engine import AlertChange
from webapp.core.alert_rules import RuleKind
from webapp.core.alerts import AlertState
from webapp.core.backoff import Backoff
from webapp.core.errors import StorageError
from webapp.core.history import HistoryRow
from webapp.storage.alerts import record_reading
from webapp.storage.history import write_history
from webapp.storage.leases import is_still_held
from webapp.storage.notices import NoticePolicy, write_change

logger = logging.getLogger(__name__)
# An hour of one camera; older rows are given up when nothing can be written for that long.
MOST_WAITING_ROWS = 360
MOST_AT_ONCE = 50
FIRST_RETRY_S, LONGEST_RETRY_S = 5.0, 300.0


class Sessions(Protocol):
    """Opens units of work; `storage.database.Database` does."""

    def session(self) -> AbstractContextManager[Session]:
        """Open a session, committed at its end; raises StorageError on an outage."""
        ...


# The token under which this process held the camera of a record; see `storage.leases`.
Stamp = int | None


@dataclass
class SetAside:
    """The changes of one alert that wait because the first of them could not be written.

    Attributes:
        changes: with the stamp of the time at which each was made.
        error: what kind of error it was.
        retry_at_s: when the next try is due, monotonic.
    """

    changes: deque[tuple[AlertChange, Stamp]]
    error: str
    retry_at_s: float = 0.0
    backoff: Backoff = field(default_factory=lambda: Backoff(FIRST_RETRY_S, LONGEST_RETRY_S))


class DatabaseRecorder:
    """Writes in the order things happened; retries while the database is away.

    Changes of alerts are kept until they are written. Each is written with its messages in one
    transaction, so a process that is killed leaves it whole or not at all. One that cannot be
    written though the database answers is set aside with all that follows of its alert, and tried
    again after everything else.

    Where several workers share the cameras, a record is written only as long as this one still
    holds the camera as it did when the record was made.

    Attributes:
        dropped_rows: rows of history that were given up, since the start.
        fenced: records that were dropped because another worker holds their camera.
        trouble: why something waits to be written, "" when nothing does.
    """

    def __init__(
        self,
        database: Sessions,
        policy: NoticePolicy,
        camera_count: Callable[[], int] = lambda: 1,
        token_of: Callable[[str], Stamp] | None = None,
    ) -> None:
        """Prepare.

        Args:
            database: where everything goes.
            policy: who receives messages.
            camera_count: returns how many cameras there are now; so many hours of rows may wait.
            token_of: returns the token under which this process holds a camera, None where it
                does not; None where no other could.
        """
        self._database, self._policy, self._camera_count = database, policy, camera_count
        self._token_of = token_of
        self._changes: deque[tuple[AlertChange, Stamp]] = deque()
        self._aside: dict[str, SetAside] = {}
        self._readings: dict[str, tuple[str, AlertState, Stamp]] = {}
        self._rows: deque[tuple[str, HistoryRow, Stamp]] = deque()
        self._fenced_cameras: set[str] = set()
        self._lock = threading.Lock()
        self._producers = 0
        self._has_work, self._ended = threading.Event(), threading.Event()
        self.dropped_rows = self.fenced = 0
        self.trouble = ""

    @property
    def waiting_changes(self) -> int:
        """Changes of alerts that are still to be written."""
        aside = sum(len(each.changes) for each in list(self._aside.values()))
        return len(self._changes) + aside

    @property
    def waiting_rows(self) -> int:
        """Rows of history that are still to be written."""
        return len(self._rows)

    def add_change(self, change: AlertChange) -> None:
        """Take a change of an alert."""
        self._changes.append((change, self._stamp(change.camera)))
        self._has_work.set()

    def add_reading(self, camera: str, state: AlertState) -> None:
        """Take where an open alert of a camera stands; only the newest is written."""
        self._readings[state.alert_id] = (camera, state, self._stamp(camera))
        self._has_work.set()

    def add_history(self, camera: str, row: HistoryRow) -> None:
        """Take a row of history; the oldest ones make room."""
        with self._lock:
            self._rows.append((camera, row, self._stamp(camera)))
            self._drop_oldest()
        self._has_work.set()

    def serves(self, loop: Callable[[], None]) -> Callable[[], None]:
        """Return a loop that adds records as one for which this one goes on writing; before `run`.

        When the last of these loops has ended, `run` has everything and ends, too.
        """
        self._producers += 1

        def run() -> None:
            try:
                loop()
            finally:
                with self._lock:
                    self._producers -= 1
                    if not self._producers:
                        self._ended.set()

        return run

    def run(self) -> None:
        """Write until every loop that is served has ended; what is left gets one last try."""
        backoff = Backoff()
        while not self._ended.is_set():
            self._has_work.wait(0.5)
            if self.write_waiting(time.monotonic()):
                backoff.succeeded()
            else:
                self._ended.wait(backoff.failed())
        self.write_waiting(math.inf)
        aside = (change for each in self._aside.values() for change in each.changes)
        for change, _ in (*self._changes, *aside):
            logger.critical("lost with the end of this process: %s", change)

    def write_waiting(self, now_s: float = math.inf) -> bool:
        """Write everything that waits; False when the database did not take it.

        Args:
            now_s: monotonic time; what was set aside is tried again when that is due.
        """
        self._has_work.clear()
        due = [aside for aside in self._aside.values() if aside.retry_at_s <= now_s]
        try:
            while self._changes:
                self._write_change(*self._changes[0], now_s)
                self._changes.popleft()
            self._write_readings()
            while self._rows:
                self._write_rows(MOST_AT_ONCE)
            for aside in due:
                self._retry(aside, now_s)
        except StorageError as error:
            self._note(str(error))
            return False
        count = sum(len(aside.changes) for aside in self._aside.values())
        errors = ", ".join(sorted({aside.error for aside in self._aside.values()}))
        self._note(f"Changes of alerts that are tried again: {count} ({errors})." if count else "")
        return True

    def _write_change(self, change: AlertChange, stamp: Stamp, now_s: float) -> None:
        alert_id = change.transition.alert_id
        if alert_id in self._aside:
            self._aside[alert_id].changes.append((change, stamp))
            return
        error = self._tried(partial(self._record, change=change, stamp=stamp))
        if error:
            aside = SetAside(deque([(change, stamp)]), error)
            aside.retry_at_s = now_s + aside.backoff.failed()
            self._aside[alert_id] = aside

    def _retry(self, aside: SetAside, now_s: float) -> None:
        while True:
            change, stamp = aside.changes[0]
            error = self._tried(partial(self._record, change=change, stamp=stamp))
            if error:
                aside.error, aside.retry_at_s = error, now_s + aside.backoff.failed()
                return
            aside.changes.popleft()
            if not aside.changes:
                del self._aside[change.transition.alert_id]
                return

    def _record(self, session: Session, change: AlertChange, stamp: Stamp) -> None:
        # Whoever plays a test need not hold its camera.
        is_test = change.rule.kind == RuleKind.TEST
        if is_test or self._may_write(session, change.camera, stamp):
            write_change(session, change, self._policy, datetime.now(UTC))
        else:
            self._drop_fenced(change.camera)

    def _write_readings(self) -> None:
        for alert_id in list(self._readings):
            reading = self._readings.pop(alert_id)
            try:
                self._tried(partial(self._record_reading, *reading))
            except StorageError:
                self._readings.setdefault(alert_id, reading)
                raise

    def _record_reading(
        self, camera: str, state: AlertState, stamp: Stamp, session: Session
    ) -> None:
        if self._may_write(session, camera, stamp):
            record_reading(session, state)
        else:
            self._drop_fenced(camera)

    def _stamp(self, camera: str) -> Stamp:
        return self._token_of(camera) if self._token_of else None

    def _may_write(self, session: Session, camera: str, stamp: Stamp) -> bool:
        """Return whether this process still holds a camera; if so, until the transaction ends."""
        if self._token_of is None:
            return True
        return stamp is not None and is_still_held(session, camera, stamp)

    def _drop_fenced(self, camera: str) -> None:
        self.fenced += 1
        if camera not in self._fenced_cameras:
            self._fenced_cameras.add(camera)
            logger.warning("camera %s is another worker's now: what came late is dropped", camera)

    def _tried(self, work: Callable[[Session], object]) -> str:
        """Do one piece of work in a transaction of its own; return what kind of error ended it.

        Raises:
            StorageError: the database is away.
        """
        try:
            with self._database.session() as session:
                work(session)
        except StorageError:
            raise
        except Exception as error:
            # A record that cannot be written must not hold up all that follow.
            logger.exception("a record could not be written")
            return type(error).__name__
        return ""

    def _write_rows(self, most: int) -> None:
        """Write some rows in one transaction; they leave the queue only then."""
        with self._lock:
            taken = [self._rows.popleft() for _ in range(min(most, len(self._rows)))]
        try:
            with self._database.session() as session:
                # In the order in which leases are renewed, too.
                stamped = sorted(
                    {(camera, stamp) for camera, _, stamp in taken}, key=lambda each: each[0]
                )
                written = {each for each in stamped if self._may_write(session, *each)}
                for camera, row, stamp in taken:
                    if (camera, stamp) in written:
                        write_history(session, camera, row)
        except StorageError:
            self._put_back(taken)
            raise
        except Exception:
            if len(taken) == 1:
                logger.exception("a row of history could not be written and is given up")
                with self._lock:
                    self.dropped_rows += 1
                return
            # One of them is at fault: the others must not suffer.
            self._put_back(taken)
            for _ in taken:
                self._write_rows(1)
        else:
            for camera, _, stamp in taken:
                if (camera, stamp) not in written:
                    self._drop_fenced(camera)

    def _put_back(self, taken: list[tuple[str, HistoryRow, Stamp]]) -> None:
        with self._lock:
            self._rows.extendleft(reversed(taken))
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        most = MOST_WAITING_ROWS * max(1, self._camera_count())
        while len(self._rows) > most:
            self._rows.popleft()
            self.dropped_rows += 1

    def _note(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            if trouble:
                logger.warning("alerts and history wait to be written: %s", trouble)
            else:
                logger.info("alerts and history are written again")
