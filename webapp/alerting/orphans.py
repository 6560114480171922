"""The loop that ends alerts which none of several workers watches any more."""

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from webapp.alerting.stored import MOST_OPEN, as_change
from webapp.core.alert_engine import CAMERA_REMOVED, AlertChange
from webapp.core.alert_rules import RuleKind
from webapp.core.alerts import Change
from webapp.core.errors import StorageError
from webapp.core.messages import Publish
from webapp.core.played_alert import LASTS_S, PLAYED
from webapp.recording.recorder import Sessions
from webapp.storage.alerts import list_alerts
from webapp.storage.cameras import enabled_names
from webapp.storage.leases import held_among
from webapp.storage.notices import NoticePolicy, write_change

logger = logging.getLogger(__name__)
EVERY_S = 5.0
# Whoever played it ended it by then, if anybody does.
TEST_IS_OVER = timedelta(seconds=LASTS_S + 10)


class OrphanLoop:
    """Ends the alerts of cameras that went while nobody held them, and tests of a dead worker.

    A worker that still holds a camera ends its alerts itself when the camera goes.
    """

    def __init__(
        self,
        database: Sessions,
        policy: NoticePolicy,
        publish: Publish,
        is_on_duty: Callable[[], bool],
        stop: threading.Event,
    ) -> None:
        """Prepare; `is_on_duty` says whether this worker does it, and is asked at every look."""
        self._database, self._policy, self._publish = database, policy, publish
        self._is_on_duty, self._stop = is_on_duty, stop

    def run(self) -> None:
        """Look until stopped."""
        while not self._stop.wait(EVERY_S):
            try:
                if self._is_on_duty():
                    self.step(datetime.now(UTC))
            except StorageError:
                continue
            except Exception:
                logger.exception("alerts that nobody watches were not ended; it is tried again")

    def step(self, now: datetime) -> None:
        """End those that nobody watches; raises StorageError."""
        with self._database.session() as session:
            ended = list(_ended(session, now))
            for change in ended:
                write_change(session, change, self._policy, now)
        for change in ended:
            self._publish(change.as_message())


def _ended(session: Session, now: datetime) -> Iterator[AlertChange]:
    alerts, enabled = list_alerts(session, only_open=True, most=MOST_OPEN), enabled_names(session)
    played = [alert for alert in alerts if alert.kind == RuleKind.TEST]
    of_gone = [a for a in alerts if a not in played and a.camera not in enabled]
    held = held_among(session, {alert.camera for alert in of_gone}) if of_gone else set()
    for alert in played:
        if now - alert.fired_at > TEST_IS_OVER:
            yield as_change(alert, Change.RESOLVED, PLAYED)
    for alert in of_gone:
        if alert.camera not in held:
            yield as_change(alert, Change.RESOLVED, CAMERA_REMOVED)
