"""The alerts of other processes, as the web pages see them."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from webapp.bus.camera_peer import CameraPeer
from webapp.bus.process_messages import (
    AddressLabelled,
    AlertPlayed,
    LabelAddress,
    PlayTest,
    ReadRules,
    SendTest,
)
from webapp.core.alert_rules import AlertRule
from webapp.core.errors import BusyError
from webapp.core.messages import AlertMessage, Receiver

# A receiver may be slow to answer.
TESTED_WITHIN_S = 60.0


class RemoteAlerts:
    """Implements `core.ports.LiveAlerts`."""

    def __init__(
        self,
        peers: Callable[[], Sequence[CameraPeer]],
        first_rules: Sequence[AlertRule],
        read_rules: Callable[[], Sequence[AlertRule]],
        read_receivers: Callable[[], Sequence[Receiver]],
    ) -> None:
        """Read the rules.

        Args:
            peers: returns the processes that watch them; the first is asked what each could answer.
            first_rules: those that the settings would make for a new database.
            read_rules: returns what the database holds; raises StorageError.
            read_receivers: the same of receivers.

        Raises:
            StorageError: the database cannot be used.
        """
        self._peers, self.first_rules, self._read_rules = peers, first_rules, read_rules
        self._rules, self._read_receivers = tuple(read_rules()), read_receivers

    def live(self) -> list[AlertMessage]:
        """Return pending and open alerts as they stand now, newest first."""
        alerts = [alert for peer in self._peers() for alert in peer.live()]
        return sorted(alerts, key=lambda alert: alert.since, reverse=True)

    def rules(self) -> tuple[AlertRule, ...]:
        """Return the rules that are watched now, in the order they were made."""
        return self._rules

    def rules_changed(self) -> None:
        """Watch the rules that the database holds now; raises StorageError.

        A process that is away reads them when it starts.
        """
        for peer in self._peers():
            with suppress(BusyError):
                peer.calls.ask(ReadRules)
        self._rules = tuple(self._read_rules())

    def read_again(self) -> None:
        """Read the rules, which another web process may have changed; raises StorageError."""
        self._rules = tuple(self._read_rules())

    def receivers(self) -> list[Receiver]:
        """Return the receivers, without credentials; raises StorageError."""
        return list(self._read_receivers())

    def label_of(self, url: str) -> str:
        """Return kind and host of a receiver's address; raises ReceiverError, BusyError."""
        answer = self._peers()[0].calls.ask(partial(LabelAddress, url=url)).message
        assert isinstance(answer, AddressLabelled)
        return answer.label

    def send_test(self, key: str) -> None:
        """Send a test message; raises KeyError, BusyError and EvenkeelError."""
        self._peers()[0].calls.ask(partial(SendTest, key=key), within_s=TESTED_WITHIN_S)

    def play_test(self, camera: str) -> str:
        """Play an alert in the process that sends, whoever has the camera; raises BusyError."""
        answer = self._peers()[0].calls.ask(partial(PlayTest, camera=camera)).message
        assert isinstance(answer, AlertPlayed)
        return answer.alert_id

    def trouble(self) -> str:
        """Return why something cannot be written, or ""."""
        return next((trouble for peer in self._peers() if (trouble := peer.trouble())), "")

    def dropped_rows(self) -> int:
        """Return how many rows of history were given up since the processes started."""
        return sum(peer.dropped_rows() for peer in self._peers())
