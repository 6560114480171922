"""The parts of alerting put together; what the web pages reach."""

import logging
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial

from webapp.alerting.outbox_loop import OutboxLoop
from webapp.alerting.sender import AlertSender
from webapp.alerting.senders import Senders, StoredTargets
from webapp.alerting.stored import TakenUp, as_change, read_open, take_up
from webapp.alerting.targets import label_of
from webapp.alerting.transport import AppriseTransport
from webapp.alerting.watch import BEAT_S, AlertWatch
from webapp.core.alert_engine import CAMERA_REMOVED, AlertEngine
from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Change, Phase
from webapp.core.message_fields import EXAMPLE, Fields
from webapp.core.messages import AlertMessage, Message, Publish, Receiver
from webapp.core.played_alert import PLAYED
from webapp.core.ports import WatchedCamera
from webapp.core.process_report import FiredAlerts, Outcome, RecordWork
from webapp.core.receivers import Target
from webapp.recording.recorder import DatabaseRecorder
from webapp.storage.database import Database
from webapp.storage.notices import NoticePolicy
from webapp.storage.only_writer import be_only_preparer
from webapp.storage.outbox import LEASE
from webapp.storage.receivers import list_receivers, seed_receivers
from webapp.storage.rules import StoredRule, list_rules, seed_rules
from webapp.storage.sealing import Sealer

logger = logging.getLogger(__name__)
TEST_TITLE = "Evenkeel: a test"
TEST_BODY = "This receiver gets alerts. Nothing happened; somebody pressed the test button."


@dataclass(frozen=True)
class AlertPlan:
    """What the settings ask of alerting.

    Attributes:
        seed: rules for a database that has none yet.
        targets: receivers for such a database.
        cooldown_s: least time between two messages, over all rules and cameras.
        sealer: opens the addresses of receivers.
        is_others: whether another process watches a camera that is none of this one's, at the
            start.
        moves_on: whether another goes on with a camera that this process had until now.
        is_on_duty: whether this process sends the messages of all; asked again and again.
        lease: how long a message that a dead process had claimed stays with it.
        beat_s: time between two checks of the cameras.
        public_url: see `NoticePolicy`.
    """

    seed: Sequence[AlertRule]
    targets: Sequence[Target]
    cooldown_s: float
    zone: tzinfo
    sealer: Sealer
    is_others: Callable[[str], bool] = lambda camera: False
    moves_on: Callable[[str], bool] = lambda camera: False
    is_on_duty: Callable[[], bool] = lambda: True
    lease: timedelta = LEASE
    beat_s: float = BEAT_S
    public_url: str = ""

    @property
    def policy(self) -> NoticePolicy:
        """How often messages are sent at most, and where they lead."""
        return NoticePolicy(self.cooldown_s, self.zone, self.public_url)


class AlertService:
    """Owns engine, watch and senders; implements `core.ports.LiveAlerts`."""

    def __init__(
        self,
        plan: AlertPlan,
        cameras: Callable[[], Sequence[WatchedCamera]],
        classes: tuple[str, ...],
        database: Database,
        recorder: DatabaseRecorder,
        publish: Publish,
        stop: threading.Event,
    ) -> None:
        """Take up the rules and open alerts of the database; starts nothing.

        Rules that watch what the model does not read are named in the log.

        Args:
            plan: what the settings ask for.
            cameras: returns the cameras of now.
            classes: of the model, in output order.
            database: holds rules, alerts and outbox.
            recorder: writes what the watch sees.
            publish: sends a message to every subscriber.
            stop: ends the loops.

        Raises:
            StorageError: the database cannot be used.
        """
        self._database, self._recorder, self._publish = database, recorder, publish
        self._plan = plan
        self.first_rules = plan.seed
        self._targets = StoredTargets(database, plan.sealer)
        self._live: dict[str, AlertMessage] = {}
        self._fired: Counter[tuple[str, RuleKind]] = Counter()
        self._deliveries = Counter(dict.fromkeys(Outcome, 0))
        self._counting = threading.Lock()
        self._rereading = threading.Lock()
        self._outbox = self._build_outbox(plan, stop)
        engine = self._begin(plan, {camera.name for camera in cameras()}, classes)
        self._watch = AlertWatch(
            cameras,
            engine,
            recorder,
            self._keep_and_publish,
            plan.zone,
            stop,
            plan.beat_s,
            self._moves_on,
        )

    def loops(self) -> Mapping[str, Callable[[], None]]:
        """Return what the runtime shall run, by thread name."""
        watch = self._recorder.serves(self._watch.run)
        return {"alert-watch": watch, "alert-outbox": self._outbox.run}

    def take_up(self, cameras: Collection[str]) -> None:
        """Go on with the open alerts of cameras that another process watched until now.

        Call it before these cameras are among those of now.

        Raises:
            StorageError: nobody knows which are open.
        """
        with self._database.session() as session:
            stored = read_open(session)
        taken_up = take_up(stored, cameras, self._watch.rules())
        self._go_on_with(taken_up)
        self._watch.take_up(cameras, taken_up.states)

    def live(self) -> list[AlertMessage]:
        """Return pending and open alerts as they stand now, newest first."""
        readings, alerts = self._watch.readings(), self._live.copy()
        for alert_id in alerts.keys() & readings.keys():
            # The message of its last change, with the readings since then.
            now = readings[alert_id]
            alerts[alert_id] = replace(
                alerts[alert_id],
                value=round(now.value, 1),
                peak=round(now.peak, 1),
                evidence=now.evidence,
            )
        return sorted(alerts.values(), key=lambda alert: alert.since, reverse=True)

    def rules(self) -> tuple[AlertRule, ...]:
        """Return the rules that are watched now, in the order they were made."""
        return self._watch.rules()

    def rules_changed(self) -> None:
        """Watch the rules that the database holds now; raises StorageError."""
        with self._rereading:
            # One after the other, so that who saved last is not undone by who read first.
            self._watch.use_rules(self._stored_rules())

    def receivers(self) -> list[Receiver]:
        """Return the receivers, without credentials; raises StorageError."""
        with self._database.session() as session:
            return [Receiver(each.key, each.receiver.name) for each in list_receivers(session)]

    def label_of(self, url: str) -> str:
        """Return kind and host of a receiver's address; raises ReceiverError."""
        return label_of(url)

    def send_test(self, key: str) -> None:
        """Send a test message; raises KeyError, SealError, StorageError and DeliveryError."""
        target = self._targets.find(key)
        with closing(AppriseTransport()) as transport:
            transport.send(target, TEST_TITLE, TEST_BODY, test_fields())

    def play_test(self, camera: str) -> str:
        """Play an alert through the whole chain; returns its id at once."""
        alert_id = uuid.uuid4().hex
        self._watch.play_test(alert_id, camera)
        return alert_id

    def trouble(self) -> str:
        """Return why something cannot be written, or ""."""
        return self._recorder.trouble

    def dropped_rows(self) -> int:
        """Return how many rows of history were given up since the start."""
        return self._recorder.dropped_rows

    def work(self) -> RecordWork:
        """Return what was written and sent, and what waits for it."""
        recorder = self._recorder
        fired = tuple(FiredAlerts(*of, count) for of, count in list(self._fired.items()))
        with self._counting:
            deliveries = {str(outcome): count for outcome, count in self._deliveries.items()}
        return RecordWork(
            recorder.waiting_changes,
            recorder.waiting_rows,
            recorder.dropped_rows,
            fired,
            deliveries,
            recorder.fenced,
        )

    def _count(self, outcome: Outcome, times: int = 1) -> None:
        # Every receiver has a thread of its own.
        with self._counting:
            self._deliveries[outcome] += times

    def _build_outbox(self, plan: AlertPlan, stop: threading.Event) -> OutboxLoop:
        def send(target: Target, ends: threading.Event) -> None:
            transport = AppriseTransport()
            AlertSender(self._database, target, transport, ends, plan.lease, self._count).run()

        given_up = partial(self._count, Outcome.GIVEN_UP)
        return OutboxLoop(
            self._database,
            self._targets,
            Senders(send),
            plan.policy,
            stop,
            given_up,
            plan.is_on_duty,
        )

    def _moves_on(self, camera: str) -> bool:
        """Return whether another process goes on with the alerts of a camera that is gone."""
        if not self._plan.moves_on(camera):
            return False
        for alert in list(self._live.values()):
            if alert.camera == camera and alert.kind != RuleKind.TEST:
                self._live.pop(alert.id, None)
        return True

    def _go_on_with(self, taken_up: TakenUp) -> None:
        for change in taken_up.ended:
            self._recorder.add_change(change)
        self._live |= {message.id: message for message in taken_up.messages}

    def _keep_and_publish(self, message: Message) -> None:
        if isinstance(message, AlertMessage):
            before = self._live.get(message.id)
            if message.state == Phase.FIRING and not (before and before.state.is_open):
                # Not once more where it had begun to recover.
                self._fired[message.camera, message.kind] += 1
            if message.state == Phase.RESOLVED:
                self._live.pop(message.id, None)
            else:
                self._live[message.id] = message
        self._publish(message)

    def _stored_rules(self) -> list[AlertRule]:
        with self._database.session() as session:
            return [stored.rule for stored in list_rules(session)]

    def _begin(self, plan: AlertPlan, cameras: set[str], classes: tuple[str, ...]) -> AlertEngine:
        """Go on where the process before ended."""
        with self._database.session() as session:
            be_only_preparer(session)
            seed_rules(session, plan.seed, datetime.now(UTC))
            seed_receivers(session, plan.sealer, plan.targets, datetime.now(UTC))
            stored_rules = list_rules(session)
            stored = read_open(session)
        for each in stored_rules:
            _warn_of_unknown(each.rule, classes)
            _warn_of_unused(each, plan.seed)
        rules = tuple(each.rule for each in stored_rules)
        engine = AlertEngine(rules, lambda: uuid.uuid4().hex)
        for alert in stored.alerts:
            if alert.kind == RuleKind.TEST:
                # The process that sends played it, and ends it.
                if plan.is_on_duty():
                    self._recorder.add_change(as_change(alert, Change.RESOLVED, PLAYED))
            elif alert.camera not in cameras and not plan.is_others(alert.camera):
                self._recorder.add_change(as_change(alert, Change.RESOLVED, CAMERA_REMOVED))
        taken_up = take_up(stored, cameras, rules)
        self._go_on_with(taken_up)
        for rule_id, camera, state in taken_up.states:
            engine.restore(rule_id, camera, state)
        return engine


def test_fields() -> Fields:
    """Return the fields of a test message, each with an id of its own."""
    test_id = f"test-{uuid.uuid4().hex}"
    told = {"id": test_id, "alert": test_id, "state": "test", "kind": str(RuleKind.TEST)}
    return EXAMPLE | told | {"title": TEST_TITLE, "text": TEST_BODY, "link": ""}


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
