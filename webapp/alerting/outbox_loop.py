"""The thread that keeps the outbox: posts what lasts, gives up what nobody can send."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime

from webapp.alerting.steps import repeat
from webapp.alerting.targets import Target
from webapp.recording.recorder import Sessions
from webapp.storage.notices import NoticePolicy, notify_of_lasting, without_notification
from webapp.storage.outbox import give_up_unreachable


class OutboxLoop:
    """Posts alerts that outlasted their cooldown or silence."""

    def __init__(
        self,
        database: Sessions,
        targets: Sequence[Target],
        policy: NoticePolicy,
        stop: threading.Event,
    ) -> None:
        self._database, self._policy, self._stop = database, policy, stop
        self._keys = [target.key for target in targets]

    def run(self) -> None:
        """Work until stopped."""
        repeat(self._step, self._stop)

    def _step(self) -> bool:
        is_busy = bool(self._keys) and self.post_what_lasts()
        return self.give_up_unreachable() or is_busy

    def give_up_unreachable(self) -> bool:
        """Show the admin what nobody can send any more; False when there is nothing.

        Raises:
            StorageError: the database is away.
        """
        with self._database.session() as session:
            return give_up_unreachable(session, self._keys, datetime.now(UTC)) > 0

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
