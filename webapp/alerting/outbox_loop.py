"""The thread that keeps the outbox: sees to its senders, posts what lasts, gives up the rest."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from webapp.alerting.senders import Senders, StoredTargets
from webapp.alerting.steps import repeat
from webapp.recording.recorder import Sessions
from webapp.storage.notices import NoticePolicy, notify_of_lasting, without_notification
from webapp.storage.outbox import give_up_unreachable


class OutboxLoop:
    """Lets senders follow the receivers, and posts alerts that outlasted cooldown or silence.

    Asking every second, it notices whatever changed the receivers: a page, a command.
    """

    def __init__(
        self,
        database: Sessions,
        targets: StoredTargets,
        senders: Senders,
        policy: NoticePolicy,
        stop: threading.Event,
        given_up: Callable[[int], None] = lambda count: None,
        is_on_duty: Callable[[], bool] = lambda: True,
    ) -> None:
        """Prepare.

        Args:
            given_up: takes how many messages were.
            is_on_duty: whether this process sends, not another; asked at every step.
        """
        self._database, self._targets, self._senders = database, targets, senders
        self._policy, self._stop, self._given_up = policy, stop, given_up
        self._is_on_duty = is_on_duty

    def run(self) -> None:
        """Work until stopped."""
        try:
            repeat(self._step, self._stop)
        finally:
            self._senders.end()

    def _step(self) -> bool:
        if not self._is_on_duty():
            self._senders.follow(())
            return False
        targets = self._targets.reachable()
        self._senders.follow(targets)
        is_busy = bool(targets) and self.post_what_lasts()
        return self.give_up_unreachable([target.key for target in targets]) or is_busy

    def give_up_unreachable(self, reachable: Sequence[str]) -> bool:
        """Show the admin what nobody can send any more; False when there is nothing.

        Args:
            reachable: keys of the receivers that can be reached.

        Raises:
            StorageError: the database is away.
        """
        with self._database.session() as session:
            count = give_up_unreachable(session, reachable, datetime.now(UTC))
        self._given_up(count)
        return count > 0

    def post_what_lasts(self) -> bool:
        """Post the alerts that nothing holds back any more; False when there is none.

        Raises:
            StorageError: the database is away.
        """
        with self._database.session() as session:
            alert_ids = without_notification(session, self._policy, datetime.now(UTC))
        has_posted = False
        for alert_id in alert_ids:
            with self._database.session() as session:
                has_posted |= notify_of_lasting(session, alert_id, self._policy, datetime.now(UTC))
        return has_posted
