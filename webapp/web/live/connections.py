"""Open streams and sockets, each tied to the sign-in that opened it and to what it might do."""

import logging
import math
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from webapp.core.access import Actor
from webapp.core.errors import StorageError
from webapp.storage.database import Database
from webapp.storage.sign_ins import keep_alive, live_actors
from webapp.web.services import utc_now

# A sign-in that another process ends, such as `user sign-out`, shows no further picture for long.
CHECK_INTERVAL_S = 0.5
# Nobody knows any more who may go on after so long without an answer of the database.
MOST_UNANSWERED_S = 30.0
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Open:
    """One open connection; see `Connections.add`."""

    sign_in_id: int
    actor: Actor
    close: Callable[[], None]
    until_s: float


class Connections:
    """Closes what belongs to a sign-in that ended: at once when asked, else at the next check.

    And what belongs to one that may do something else now: its page comes back, with the pictures
    and events that it may have then.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._open: dict[object, Open] = {}
        self._unanswered_since_s: float | None = None

    def add(
        self,
        key: object,
        sign_in_id: int,
        actor: Actor,
        close: Callable[[], None],
        until_s: float = math.inf,
    ) -> None:
        """Note an open connection.

        Args:
            key: names it, for `remove`.
            actor: who opened it, with what was allowed then.
            close: ends it; called from any thread, and at most once.
            until_s: when it ends in any case unless it is removed or added anew, monotonic.
        """
        with self._lock:
            self._open[key] = Open(sign_in_id, actor, close, until_s)

    def count(self) -> int:
        """Return how many are open."""
        return len(self._open)

    def remove(self, key: object) -> None:
        """Forget a connection that is closed; forgetting it again changes nothing."""
        with self._lock:
            self._open.pop(key, None)

    def close(self, sign_in_ids: Collection[int]) -> None:
        """Close every connection of some sign-ins; one that fails keeps none of the others open."""
        self._close_where(lambda connection: connection.sign_in_id in sign_in_ids)

    def run(self, stop: threading.Event) -> None:
        """Check every half second until stopped."""
        while not stop.wait(CHECK_INTERVAL_S):
            self.check(time.monotonic())

    def check(self, now_s: float) -> None:
        """Close whose time is over; ask the database once for all, and close who may not go on.

        Args:
            now_s: monotonic.
        """
        self._close_where(lambda connection: connection.until_s <= now_s)
        with self._lock:
            owners = {connection.sign_in_id for connection in self._open.values()}
        if not owners:
            self._unanswered_since_s = None
            return
        try:
            with self._database.session() as work:
                actors = live_actors(work, owners, utc_now())
        except Exception as error:
            # Whatever keeps the answer away: connections must not outlive it for long.
            logger.warning("Sign-ins of open connections cannot be checked now: %s", error)
            if self._unanswered_since_s is None:
                self._unanswered_since_s = now_s
            if now_s - self._unanswered_since_s >= MOST_UNANSWERED_S:
                logger.warning("Open connections are closed, since nobody can check them")
                self.close(owners)
            return
        self._unanswered_since_s = None
        self._close_where(
            # One that was opened meanwhile was not asked for; the next check does.
            lambda each: each.sign_in_id in owners and actors.get(each.sign_in_id) != each.actor
        )
        try:
            with self._database.session() as work:
                keep_alive(work, actors.keys(), utc_now())
        except StorageError as error:
            # Who may read may go on while nothing can be written.
            logger.warning("The use of open connections cannot be noted now: %s", error)

    def _close_where(self, is_over: Callable[[Open], bool]) -> None:
        with self._lock:
            keys = [key for key, connection in self._open.items() if is_over(connection)]
            ended = [self._open.pop(key) for key in keys]
        for connection in ended:
            try:
                connection.close()
            except Exception:
                # Of Socket.IO, when the client leaves at this very moment.
                logger.exception("a connection that is over could not be closed")
