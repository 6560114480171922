"""Notes in the audit log who watched which camera, without holding up those who watch."""

import logging
import threading
import time
from collections import deque
from collections.abc import Collection
from typing import Any

from flask import request

from webapp.core.errors import StorageError
from webapp.core.utc import from_epoch_s
from webapp.core.watching import View, Watching, WatchKind, WatchLog
from webapp.storage.audit import NOT_NOTED, WATCHED, WATCHING_BEGAN, note
from webapp.storage.database import Database
from webapp.web.access.guard import current_sign_in
from webapp.web.services import current_services

# Of a database that is away for long the oldest are given up.
MOST_WAITING = 5000
AT_ONCE = 100
WRITE_EVERY_S = 2.0
logger = logging.getLogger(__name__)


class WatchNotes:
    """Takes who watches what from any thread, and writes it in a loop of its own.

    Attributes:
        dropped: entries that were given up since the start.
    """

    def __init__(self, database: Database, most_waiting: int = MOST_WAITING) -> None:
        self._database, self._most_waiting = database, most_waiting
        self._log = WatchLog()
        self._waiting: deque[Watching] = deque()
        self._lock = threading.Lock()
        self._unsaid = self.dropped = 0
        self._is_away = False

    @property
    def waiting(self) -> int:
        """Entries that are still to be written."""
        return len(self._waiting)

    def show(self, key: object, user: str, kind: WatchKind, cameras: Collection[str]) -> None:
        """Take what somebody watches from now on; see `WatchLog.show`."""
        with self._lock:
            self._put(self._log.show(key, View(user, kind, frozenset(cameras)), time.time()))

    def add(self, key: object, camera: str) -> None:
        """Take that a view shows one more camera."""
        with self._lock:
            self._put(self._log.add(key, camera, time.time()))

    def end(self, key: object) -> None:
        """Take that a view is over; again changes nothing."""
        with self._lock:
            self._log.end(key, time.time())

    def glance(self, user: str, kind: WatchKind, camera: str) -> None:
        """Take that somebody was given a single picture, or the figures of a moment."""
        key, now_s = object(), time.time()
        with self._lock:
            self._put(self._log.show(key, View(user, kind, frozenset({camera})), now_s))
            self._log.end(key, now_s)

    def run(self, stop: threading.Event) -> None:
        """Write until stopped; call `finish` then, when everybody has left."""
        while not stop.wait(WRITE_EVERY_S):
            try:
                self.step(time.time())
            except Exception:
                # What fails once must not end the notes.
                logger.exception("who watches could not be noted for a moment")

    def step(self, now_s: float) -> None:
        """Write what waits.

        Args:
            now_s: UTC epoch.
        """
        with self._lock:
            self._put(self._log.step(now_s))
        while self._waiting:
            if not self._write(now_s):
                return

    def finish(self) -> None:
        """End every stretch, and write what waits, once."""
        now_s = time.time()
        with self._lock:
            self._put(self._log.finish(now_s))
        self.step(now_s)
        if self._waiting:
            logger.error("%d entries on who watched are lost with the end", len(self._waiting))

    def _put(self, entries: list[Watching]) -> None:
        self._waiting.extend(entries)
        while len(self._waiting) > self._most_waiting:
            self._waiting.popleft()
            self._give_up(1)

    def _give_up(self, count: int) -> None:
        if not self._unsaid:
            logger.error("who watches cannot be noted; entries are given up and counted")
        self._unsaid += count
        self.dropped += count

    def _write(self, now_s: float) -> bool:
        """Write some entries in one transaction; False when the database is away."""
        with self._lock:
            taken = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
            unsaid = self._unsaid
        try:
            with self._database.session() as work:
                for each in taken:
                    at_s = each.start_s if each.end_s is None else each.end_s
                    action = WATCHING_BEGAN if each.end_s is None else WATCHED
                    note(work, each.user, action, _details(each), from_epoch_s(at_s))
                if unsaid:
                    note(work, "", NOT_NOTED, {"given up": unsaid}, from_epoch_s(now_s))
        except StorageError as error:
            with self._lock:
                self._waiting.extendleft(reversed(taken))
                self._put([])
            self._say_away(str(error))
            return False
        except Exception:
            # What cannot be written once must not hold up all that follow.
            logger.exception("entries on who watched cannot be written and are given up")
            with self._lock:
                self._give_up(len(taken))
            return True
        with self._lock:
            self._unsaid -= unsaid
        self._say_away("")
        return True

    def _say_away(self, error: str) -> None:
        if error and not self._is_away:
            logger.warning("who watches waits to be noted: %s", error)
        elif self._is_away and not error:
            logger.info("who watches is noted again")
        self._is_away = bool(error)


def note_glance(kind: WatchKind, camera: str) -> None:
    """Note that whoever sent this request sees something of a camera, for a moment."""
    # Of an answer to HEAD nobody sees anything.
    if request.method == "GET":
        user = current_sign_in().user.username
        current_services().watching.glance(user, kind, camera)


def _details(watching: Watching) -> dict[str, Any]:
    details: dict[str, Any] = {"cameras": list(watching.cameras), "kind": watching.kind.value}
    if watching.end_s is not None:
        details["from"] = from_epoch_s(watching.start_s).isoformat(timespec="seconds")
        details["to"] = from_epoch_s(watching.end_s).isoformat(timespec="seconds")
    return details
