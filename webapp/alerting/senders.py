"""One sender for each receiver, in a thread of its own, as receivers come and go."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from webapp.core.errors import SealError
from webapp.core.receivers import Target
from webapp.recording.recorder import Sessions
from webapp.storage.receivers import StoredReceiver, list_receivers
from webapp.storage.sealing import Sealer

logger = logging.getLogger(__name__)
ENDED_WITHIN_S = 1.0
# Sends to a target until the event is set.
Send = Callable[[Target, threading.Event], None]


class StoredTargets:
    """The receivers of the database, as far as their addresses can be read."""

    def __init__(self, database: Sessions, sealer: Sealer) -> None:
        self._database, self._sealer = database, sealer
        self._unreadable: set[str] = set()

    def reachable(self) -> list[Target]:
        """Return those that are switched on; names in the log, once, who cannot be reached.

        Raises:
            StorageError: the database is away.
        """
        with self._database.session() as session:
            stored = [each for each in list_receivers(session) if each.receiver.is_enabled]
        return [target for each in stored if (target := self._opened(each))]

    def find(self, key: str) -> Target:
        """Return one, also one that is switched off.

        Raises:
            KeyError: there is no such receiver.
            SealError: its address cannot be read.
            StorageError: the database is away.
        """
        with self._database.session() as session:
            stored = {each.key: each for each in list_receivers(session)}
        return stored[key].target(self._sealer)

    def _opened(self, stored: StoredReceiver) -> Target | None:
        try:
            return stored.target(self._sealer)
        except SealError as error:
            if stored.address not in self._unreadable:
                self._unreadable.add(stored.address)
                logger.error("receiver “%s” cannot be reached: %s", stored.receiver.name, error)
            return None


@dataclass(frozen=True)
class RunningSender:
    """A sender at work."""

    target: Target
    thread: threading.Thread
    stop: threading.Event


class Senders:
    """Starts and ends senders so that each target has one; for one thread."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._running: dict[str, RunningSender] = {}

    def follow(self, targets: Sequence[Target]) -> None:
        """Send to these from now on; the senders of those that stay go on undisturbed."""
        wanted = {target.key: target for target in targets}
        for key, sender in list(self._running.items()):
            if wanted.get(key) != sender.target:
                sender.stop.set()
                del self._running[key]
        for key in wanted.keys() - self._running.keys():
            self._running[key] = self._start(wanted[key])

    def end(self) -> None:
        """End all, and wait for them, but not for a receiver that does not answer."""
        ending = list(self._running.values())
        for sender in ending:
            sender.stop.set()
        deadline_s = time.monotonic() + ENDED_WITHIN_S
        for sender in ending:
            sender.thread.join(max(0.0, deadline_s - time.monotonic()))

    def _start(self, target: Target) -> RunningSender:
        stop = threading.Event()
        name = f"alert-sender-{target.key[:8]}"
        thread = threading.Thread(target=self._send, args=(target, stop), name=name, daemon=True)
        thread.start()
        return RunningSender(target, thread, stop)
