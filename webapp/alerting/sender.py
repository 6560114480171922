"""The thread that sends one receiver its messages: claim, send, mark."""

import logging
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy.orm import Session

from webapp.alerting.steps import repeat
from webapp.core.errors import EvenkeelError
from webapp.core.message_fields import Fields, plain_fields
from webapp.core.process_report import Outcome
from webapp.core.receivers import Target
from webapp.recording.recorder import Sessions
from webapp.storage.outbox import LEASE, Message, claim, is_given_up, mark_failed, mark_sent

logger = logging.getLogger(__name__)


class Transport(Protocol):
    """Hands a message over."""

    def send(self, target: Target, title: str, body: str, fields: Fields) -> None:
        """Deliver a message; raises EvenkeelError, whose text holds no credentials."""
        ...

    def close(self) -> None:
        """Give back what was kept for the next message."""
        ...


class AlertSender:
    """Sends one receiver what is due, one message after the other.

    Each receiver has a sender of its own, so that none waits for another. Claim and mark are
    transactions of their own; the network is only used between them, so a slow receiver holds no
    lock.
    """

    def __init__(
        self,
        database: Sessions,
        target: Target,
        transport: Transport,
        stop: threading.Event,
        lease: timedelta = LEASE,
        count: Callable[[Outcome], None] = lambda outcome: None,
    ) -> None:
        """Prepare; `count` takes what became of each try."""
        self._database, self._target, self._transport = database, target, transport
        self._stop, self._lease, self._count = stop, lease, count
        # Unlike that of any process before: a lease left by one that died is not ours.
        self._owner = secrets.token_hex(16)

    def run(self) -> None:
        """Send until stopped."""
        try:
            repeat(self._step, self._stop)
        finally:
            self._transport.close()

    def _step(self) -> bool:
        has_sent = self.send_one()
        if not has_sent:
            self._transport.close()
        return has_sent

    def send_one(self) -> bool:
        """Send the oldest message that is due; False when there is none.

        Raises:
            StorageError: the database is away; the message is claimed again when its lease ends.
        """
        keys, now = [self._target.key], datetime.now(UTC)
        with self._database.session() as session:
            message = claim(session, self._owner, keys, now, self._lease)
        if message is None:
            return False
        error = self._send(message)
        with self._database.session() as session:
            outcome = self._mark(session, message, error, datetime.now(UTC))
        self._count(outcome)
        return True

    def _mark(self, session: Session, message: Message, error: str, now: datetime) -> Outcome:
        if not error:
            mark_sent(session, message, self._owner, now)
            return Outcome.DELIVERED
        mark_failed(session, message, self._owner, error, now)
        return Outcome.GIVEN_UP if is_given_up(message, now) else Outcome.FAILED

    def _send(self, message: Message) -> str:
        try:
            fields = message.fields or plain_fields(message.key, message.title, message.body)
            self._transport.send(self._target, message.title, message.body, fields)
        except EvenkeelError as error:
            logger.warning("alert %s was not delivered: %s", message.key, error)
            return str(error)
        except Exception as error:
            # Its text may hold an address with credentials.
            logger.warning("alert %s was not delivered: %s", message.key, type(error).__name__)
            return f"{type(error).__name__} while it was being sent"
        return ""
