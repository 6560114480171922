"""The thread that empties the outbox: claim, send, mark."""

import logging
import secrets
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from webapp.alerting.targets import Target
from webapp.core.errors import EvenkeelError, StorageError
from webapp.recording.recorder import Sessions
from webapp.storage.notices import NoticePolicy, notify_of_lasting, without_notification
from webapp.storage.outbox import (
    LEASE,
    Message,
    claim,
    give_up_unreachable,
    mark_failed,
    mark_sent,
)

logger = logging.getLogger(__name__)
POLL_S = 1.0


class Transport(Protocol):
    """Hands a message over."""

    def send(self, target: Target, title: str, body: str) -> None:
        """Deliver a message; raises EvenkeelError, whose text holds no credentials."""
        ...


class AlertSender:
    """Sends what is due, one message after the other, and posts what outlasted its cooldown.

    Claim and mark are transactions of their own; the network is only used between them, so a
    slow receiver holds no lock.
    """

    def __init__(
        self,
        database: Sessions,
        targets: Sequence[Target],
        transport: Transport,
        policy: NoticePolicy,
        stop: threading.Event,
        lease: timedelta = LEASE,
    ) -> None:
        self._database, self._transport, self._stop = database, transport, stop
        self._policy, self._lease = policy, lease
        self._targets = {target.key: target for target in targets}
        # Unlike that of any process before: a lease left by one that died is not ours.
        self._owner = secrets.token_hex(16)

    def run(self) -> None:
        """Send until stopped."""
        while not self._stop.is_set():
            if not self._step():
                self._stop.wait(POLL_S)

    def _step(self) -> bool:
        """Do what is due; False when there was nothing, or when it failed."""
        try:
            is_busy = bool(self._targets) and (self.send_one() or self.post_what_lasts())
            return self.give_up_unreachable() or is_busy
        except StorageError:
            return False
        except Exception:
            # What fails once must not end the sending; the lease brings the message back.
            logger.exception("a message could not be handled; it is tried again")
            return False

    def send_one(self) -> bool:
        """Send the oldest message that is due; False when there is none.

        Raises:
            StorageError: the database is away; the message is claimed again when its lease ends.
        """
        with self._database.session() as session:
            message = claim(session, self._owner, self._targets, datetime.now(UTC), self._lease)
        if message is None:
            return False
        error = self._send(message)
        with self._database.session() as session:
            now = datetime.now(UTC)
            if error:
                mark_failed(session, message, self._owner, error, now)
            else:
                mark_sent(session, message, self._owner, now)
        return True

    def give_up_unreachable(self) -> bool:
        """Show the admin what nobody can send any more; False when there is nothing.

        Raises:
            StorageError: the database is away.
        """
        with self._database.session() as session:
            return give_up_unreachable(session, self._targets, datetime.now(UTC)) > 0

    def post_what_lasts(self) -> bool:
        """Post the alerts that nothing holds back any more; False when there is none.

        Raises:
            StorageError: the database is away.
        """
        with self._database.session() as session:
            alert_ids = without_notification(session)
        has_posted = False
        for alert_id in alert_ids:
            with self._database.session() as session:
                has_posted |= notify_of_lasting(session, alert_id, self._policy, datetime.now(UTC))
        return has_posted

    def _send(self, message: Message) -> str:
        try:
            self._transport.send(self._targets[message.target], message.title, message.body)
        except EvenkeelError as error:
            logger.warning("alert %s was not delivered: %s", message.key, error)
            return str(error)
        except Exception as error:
            # Foreign code: its text may hold an address with credentials.
            logger.warning("alert %s was not delivered: %s", message.key, type(error).__name__)
            return f"{type(error).__name__} in the service's own code"
        return ""
