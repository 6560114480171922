"""The parts of alerting put together; what the web pages reach."""

import logging
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from webapp.alerting.sender import AlertSender
from webapp.alerting.targets import Target
from webapp.alerting.transport import AppriseTransport
from webapp.alerting.watch import BEAT_S, AlertWatch, WatchedCamera, alert_event
from webapp.core.alert_engine import CAMERA_REMOVED, RULE_CHANGED, AlertChange, AlertEngine
from webapp.core.alert_rules import AlertRule
from webapp.core.alerts import AlertState, Change, Limits, Transition
from webapp.recording.recorder import DatabaseRecorder
from webapp.storage.alerts import Alert, list_alerts
from webapp.storage.database import Database
from webapp.storage.notices import NoticePolicy
from webapp.storage.outbox import LEASE
from webapp.storage.rules import KINDS, StoredRule, list_rules, seed_rules

logger = logging.getLogger(__name__)
Publish = Callable[[str, dict[str, Any]], None]
MOST_OPEN = 10_000
CHANGES: dict[str, Change] = {
    "firing": "firing",
    "recovering": "recovering",
    "resolved": "resolved",
}
TEST_TITLE = "Evenkeel: a test"
TEST_BODY = "This receiver hears of alerts. Nothing happened; somebody pressed the test button."


@dataclass(frozen=True)
class AlertPlan:
    """What alerting is told by the settings.

    Attributes:
        seed: rules for a database that has none yet.
        cooldown_s: least time between two messages, over all rules and cameras.
        lease: how long a message that a dead process had claimed stays with it.
        beat_s: time between two looks at the cameras.
    """

    seed: Sequence[AlertRule]
    targets: Sequence[Target]
    cooldown_s: float
    zone: tzinfo
    lease: timedelta = LEASE
    beat_s: float = BEAT_S


class AlertService:
    """Owns engine, watch, recorder and sender; implements `core.ports.AlertDesk`."""

    def __init__(
        self,
        plan: AlertPlan,
        cameras: Sequence[WatchedCamera],
        classes: tuple[str, ...],
        database: Database,
        publish: Publish,
        stop: threading.Event,
    ) -> None:
        """Take up the rules and open alerts of the database; starts nothing.

        Rules that watch what the model does not read are told in the log.

        Raises:
            StorageError: the database cannot be used.
        """
        self._database, self._publish = database, publish
        self.first_rules = plan.seed
        self._targets = {target.key: target for target in plan.targets}
        self._transport = AppriseTransport()
        self._live: dict[str, dict[str, Any]] = {}
        policy = NoticePolicy(tuple(self._targets), plan.cooldown_s, plan.zone)
        self._written, self._rereading = threading.Event(), threading.Lock()
        self._recorder = DatabaseRecorder(database, policy, self._written, len(cameras))
        self._sender = AlertSender(
            database, plan.targets, self._transport, policy, stop, plan.lease
        )
        self._watch = AlertWatch(
            cameras,
            self._take_up(plan.seed, {camera.name for camera in cameras}, classes),
            self._recorder,
            self._tell,
            classes,
            plan.zone,
            stop,
            plan.beat_s,
        )

    def loops(self) -> Mapping[str, Callable[[], None]]:
        """Return what the runtime shall run, by thread name."""
        return {
            "alert-watch": self._run_watch,
            "alert-recorder": self._recorder.run,
            "alert-sender": self._sender.run,
        }

    def live(self) -> list[dict[str, Any]]:
        """Return pending and open alerts as they stand now, newest first."""
        readings = self._watch.readings()
        events = [_brought_up(e, readings.get(e["id"])) for e in self._live.copy().values()]
        return sorted(events, key=lambda event: event["since"], reverse=True)

    def rules(self) -> tuple[AlertRule, ...]:
        """Return the rules that are watched now, in the order they were made."""
        return self._watch.rules()

    def rules_changed(self) -> None:
        """Watch the rules that the database holds now; raises StorageError."""
        with self._rereading:
            # One after the other, so that who saved last is not undone by who read first.
            self._watch.use_rules(self._stored_rules())

    def targets(self) -> list[dict[str, str]]:
        """Return the receivers, without credentials."""
        return [{"key": t.key, "label": t.label} for t in self._targets.values()]

    def send_test(self, key: str) -> None:
        """Send a test message; raises KeyError and DeliveryError."""
        self._transport.send(self._targets[key], TEST_TITLE, TEST_BODY)

    def trouble(self) -> str:
        """Return why nothing can be written, or ""."""
        return self._recorder.trouble

    def _run_watch(self) -> None:
        try:
            self._watch.run()
        finally:
            # Only now has the recorder everything that is to be written.
            self._written.set()

    def _tell(self, event: str, payload: dict[str, Any]) -> None:
        if payload["state"] == "resolved":
            self._live.pop(payload["id"], None)
        else:
            self._live[payload["id"]] = payload
        self._publish(event, payload)

    def _stored_rules(self) -> list[AlertRule]:
        with self._database.session() as session:
            return [stored.rule for stored in list_rules(session)]

    def _take_up(
        self, seed: Sequence[AlertRule], cameras: set[str], classes: tuple[str, ...]
    ) -> AlertEngine:
        """Go on where the process before ended."""
        with self._database.session() as session:
            seed_rules(session, seed, datetime.now(UTC))
            stored_rules = list_rules(session)
            alerts = list_alerts(session, only_open=True, most=MOST_OPEN)
        rules = {stored.rule.id: stored.rule for stored in stored_rules}
        for stored in stored_rules:
            _warn_of_unknown(stored.rule, classes)
            _warn_of_unused(stored, seed)
        engine = AlertEngine(tuple(rules.values()), lambda: uuid.uuid4().hex)
        for alert in alerts:
            if alert.camera not in cameras:
                self._recorder.add_change(_closed(alert, CAMERA_REMOVED))
            elif alert.rule_id not in rules or not rules[alert.rule_id].applies_to(alert.camera):
                self._recorder.add_change(_closed(alert, RULE_CHANGED))
            else:
                engine.restore(alert.rule_id, alert.camera, _state(alert))
                self._live[alert.id] = alert_event(_as_change(alert, alert.phase))
        return engine


def _brought_up(event: dict[str, Any], state: AlertState | None) -> dict[str, Any]:
    """Give an event of its last change the readings since then."""
    if state is None:
        return event
    return event | {"value": round(state.value, 1), "peak": round(state.peak, 1)}


def _warn_of_unknown(rule: AlertRule, classes: tuple[str, ...]) -> None:
    unknown, known = ", ".join(rule.unknown_expressions(classes)), ", ".join(classes)
    if not rule.is_enabled or not unknown:
        return
    if rule.can_fire(classes):
        logger.warning("rule “%s”: the model knows %s; ignored: %s", rule.name, known, unknown)
        return
    # No refusal: the page that repairs the rule, and every other rule, need the running server.
    logger.error(
        "rule “%s” can never fire: it watches %s, and the model knows %s. Edit it on /admin or "
        "choose another MODEL_DIR.",
        rule.name,
        unknown,
        known,
    )


def _warn_of_unused(stored: StoredRule, seeds: Sequence[AlertRule]) -> None:
    for setting in stored.unused_settings(seeds):
        logger.warning(
            "%s says %s and is not used: the database holds the rules since the first start, and "
            "“%s” has %s there. Edit it on /admin.",
            setting.name,
            setting.says,
            stored.rule.name,
            setting.used,
        )


def _state(alert: Alert) -> AlertState:
    return AlertState(
        phase="firing" if alert.phase == "firing" else "recovering",
        alert_id=alert.id,
        since_s=alert.since.timestamp(),
        fired_at_s=alert.fired_at.timestamp(),
        value=alert.value,
        peak=alert.peak,
    )


def _closed(alert: Alert, reason: str) -> AlertChange:
    return _as_change(alert, "resolved", reason)


def _as_change(alert: Alert, change: str, reason: str = "") -> AlertChange:
    """Tell a stored alert as a change; of its rule only what messages need is known."""
    limits = Limits(0, 0, 0, 0)
    rule = AlertRule(
        alert.rule_id, alert.rule_name, KINDS[alert.kind], limits, expressions=alert.expressions
    )
    transition = Transition(
        alert_id=alert.id,
        change=CHANGES[change],
        at_s=datetime.now(UTC).timestamp(),
        since_s=alert.since.timestamp(),
        value=alert.value,
        peak=alert.peak,
        reason=reason,
    )
    return AlertChange(rule, alert.camera, transition)
