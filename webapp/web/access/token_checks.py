"""API tokens of requests, looked up; who shows wrong ones is slowed down."""

import logging
import re
import threading
import time
from typing import Any, NoReturn

from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import TooManyRequests, Unauthorized

from webapp.core.addresses import client_network
from webapp.core.api_tokens import PREFIX
from webapp.core.durations import minutes_text
from webapp.core.errors import StorageError
from webapp.storage.api_tokens import digest_of, find_token, note_use
from webapp.storage.audit import TOKEN_FAILED, UNKNOWN_USER, note
from webapp.storage.database import Database
from webapp.storage.sign_ins import SignIn
from webapp.web.access.bearer import SCHEME
from webapp.web.access.failure_notes import FailureNotes
from webapp.web.access.throttle import Throttle
from webapp.web.services import utc_now

FORM = re.compile(re.escape(PREFIX) + r"[A-Za-z0-9_-]{43}")
# Of one address, as for passwords.
FAILURES_AT_ONCE, INTERVAL_S = 50, 6.0
# A program goes on asking with a token that has ended: an entry an hour is enough of it.
NOTED_AT_ONCE, NOTED_EVERY_S = 3, 3600.0
UNKNOWN = "This API token is unknown. Have an admin make one on /admin/tokens."
logger = logging.getLogger(__name__)


class TokenChecks:
    """Finds out whose a token is.

    Whoever shows wrong ones is refused for a while unasked, but not the programs at the same
    address whose tokens were good here before.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._failures = Throttle(FAILURES_AT_ONCE, INTERVAL_S)
        self._notes = FailureNotes(NOTED_AT_ONCE, NOTED_EVERY_S)
        self._good: set[str] = set()
        self._lock = threading.Lock()

    def sign_in(self, token: str, address: str) -> SignIn:
        """Return the token and its owner, noting that it is in use.

        Raises:
            TooManyRequests: too many wrong ones came from this address.
            Unauthorized: it is unknown, over, or its owner is disabled.
            StorageError: the database is away.
        """
        network = client_network(address)
        digest = digest_of(token)
        if digest not in self._good:
            self._check_wait(network)
        found, now = self._find(token), utc_now()
        fault = _fault(found)
        if found is None or fault:
            self._good.discard(digest)
            self._fail(network, found, fault)
        self._good.add(digest)
        try:
            with self._database.session() as work:
                note_use(work, {found.id}, now)
        except StorageError as error:
            # Who may read may go on while nothing can be written.
            logger.warning("The use of a token cannot be noted now: %s", error)
        return found

    def _check_wait(self, network: str) -> None:
        with self._lock:
            wait_s = self._failures.wait_s(network, time.monotonic())
        if wait_s:
            raise TooManyRequests(
                f"Too many wrong API tokens; try again in {minutes_text(wait_s)}.",
                retry_after=wait_s,
            )

    def _find(self, token: str) -> SignIn | None:
        if not FORM.fullmatch(token):
            return None
        with self._database.session() as work:
            return find_token(work, token)

    def _fail(self, network: str, found: SignIn | None, fault: str) -> NoReturn:
        now_s = time.monotonic()
        with self._lock:
            self._failures.add_failure(network, now_s)
        shown = found.token if found else None
        times = self._notes.add(f"token {shown.id}" if shown else UNKNOWN_USER, now_s)
        if times:
            details: dict[str, Any] = {"attempts": times} if times > 1 else {}
            if shown:
                details |= {"token": shown.name, "because": fault}
            author = found.user.username if found else UNKNOWN_USER
            with self._database.session() as work:
                note(work, author, TOKEN_FAILED, details, utc_now())
        words = f"This API token {fault}." if found else UNKNOWN
        raise Unauthorized(words, www_authenticate=WWWAuthenticate(SCHEME))


def _fault(found: SignIn | None) -> str:
    if found is None or found.token is None:
        return "is unknown"
    return found.token.fault(utc_now()) or (
        "is that of a user who is disabled" if found.user.is_disabled else ""
    )
