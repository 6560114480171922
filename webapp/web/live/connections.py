"""Open streams and sockets, each tied to the sign-in that opened it and to what it might do.

Or to the API token, which says as little as a sign-in when it ends.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from webapp.core.access import Actor
from webapp.core.errors import StorageError
from webapp.storage.api_tokens import note_use, token_actors
from webapp.storage.database import Database
from webapp.storage.sign_ins import keep_alive, live_actors
from webapp.web.services import utc_now

# A sign-in that another process ends, such as `user sign-out`, shows no further picture for long.
CHECK_INTERVAL_S = 0.5
# Nobody knows any more who may go on after so long without an answer of the database.
MOST_UNANSWERED_S = 30.0
# Whether it is a token, and its id.
Owner = tuple[bool, int]
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Open:
    """One open connection; see `Connections.add`."""

    sign_in_id: int
    actor: Actor
    close: Callable[[], None]
    until_s: float
    by_token: bool


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
        by_token: bool = False,
    ) -> None:
        """Note an open connection.

        Args:
            key: names it, for `remove`.
            actor: who opened it, with what was allowed then.
            close: ends it; called from any thread, and at most once.
            until_s: when it ends in any case unless it is removed or added anew, monotonic.
            by_token: whether `sign_in_id` is that of an API token.
        """
        with self._lock:
            self._open[key] = Open(sign_in_id, actor, close, until_s, by_token)

    def count(self) -> int:
        """Return how many are open."""
        return len(self._open)

    def remove(self, key: object) -> None:
        """Forget a connection that is closed; forgetting it again changes nothing."""
        with self._lock:
            self._open.pop(key, None)

    def close(self, sign_in_ids: Collection[int]) -> None:
        """Close every connection of some sign-ins; one that fails keeps none of the others open."""
        self._close_where(lambda each: not each.by_token and each.sign_in_id in sign_in_ids)

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
            owners = {(each.by_token, each.sign_in_id) for each in self._open.values()}
        if not owners:
            self._unanswered_since_s = None
            return
        try:
            with self._database.session() as work:
                actors = _actors(work, owners)
        except Exception as error:
            # Whatever keeps the answer away: connections must not outlive it for long.
            logger.warning("Sign-ins of open connections cannot be checked now: %s", error)
            if self._unanswered_since_s is None:
                self._unanswered_since_s = now_s
            if now_s - self._unanswered_since_s >= MOST_UNANSWERED_S:
                logger.warning("Open connections are closed, since nobody can check them")
                self._close_where(lambda each: (each.by_token, each.sign_in_id) in owners)
            return
        self._unanswered_since_s = None

        def may_not_go_on(each: Open) -> bool:
            owner = (each.by_token, each.sign_in_id)
            # One that was opened meanwhile was not asked for; the next check does.
            return owner in owners and actors.get(owner) != each.actor

        self._close_where(may_not_go_on)
        try:
            with self._database.session() as work:
                keep_alive(work, _ids(actors, by_token=False), utc_now())
                if tokens := _ids(actors, by_token=True):
                    note_use(work, tokens, utc_now())
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


def _ids(owners: Iterable[Owner], *, by_token: bool) -> set[int]:
    return {each_id for is_token, each_id in owners if is_token == by_token}


def _actors(work: Session, owners: Collection[Owner]) -> dict[Owner, Actor]:
    now = utc_now()
    found: dict[Owner, Actor] = {}
    for by_token, actors_of in ((False, live_actors), (True, token_actors)):
        if ids := _ids(owners, by_token=by_token):
            found |= {(by_token, key): actor for key, actor in actors_of(work, ids, now).items()}
    return found
