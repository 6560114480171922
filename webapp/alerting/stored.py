"""Alerts of the database as the engine knows them, so that one process goes on for another."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from webapp.alerting.watch import StoredState
from webapp.core.alert_engine import RULE_CHANGED, AlertChange
from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import AlertState, Change, Limits, Transition
from webapp.core.course import Course
from webapp.core.messages import AlertMessage
from webapp.storage.alerts import Alert, list_alerts
from webapp.storage.answers import courses_of

MOST_OPEN = 10_000


@dataclass(frozen=True)
class OpenAlerts:
    """Alerts that are open in the database.

    Attributes:
        courses: by the alert's id.
    """

    alerts: tuple[Alert, ...]
    courses: Mapping[str, Course]


@dataclass(frozen=True)
class TakenUp:
    """What goes on with some cameras.

    Attributes:
        states: of the alerts that go on.
        messages: what subscribers know of these.
        ended: those whose rule does not hold any more.
    """

    states: tuple[StoredState, ...]
    messages: tuple[AlertMessage, ...]
    ended: tuple[AlertChange, ...]


def read_open(session: Session) -> OpenAlerts:
    """Return the open alerts of all cameras."""
    alerts = list_alerts(session, only_open=True, most=MOST_OPEN)
    return OpenAlerts(tuple(alerts), courses_of(session, [alert.id for alert in alerts]))


def take_up(stored: OpenAlerts, cameras: Collection[str], rules: Collection[AlertRule]) -> TakenUp:
    """Return how the alerts of some cameras go on under the rules of now; not what was played."""
    known = {rule.id: rule for rule in rules}
    alerts = [a for a in stored.alerts if a.camera in cameras and a.kind != RuleKind.TEST]
    holds = {
        alert.id: alert.rule_id in known and known[alert.rule_id].applies_to(alert.camera)
        for alert in alerts
    }
    going_on = [alert for alert in alerts if holds[alert.id]]
    return TakenUp(
        tuple((a.rule_id, a.camera, state_of(a, stored.courses[a.id])) for a in going_on),
        tuple(as_change(alert, Change(alert.phase)).as_message() for alert in going_on),
        tuple(as_change(a, Change.RESOLVED, RULE_CHANGED) for a in alerts if not holds[a.id]),
    )


def state_of(alert: Alert, course: Course) -> AlertState:
    """Return where an alert stood when it was last written."""
    return AlertState(
        phase=alert.phase,
        alert_id=alert.id,
        since_s=alert.since.timestamp(),
        fired_at_s=alert.fired_at.timestamp(),
        value=alert.value,
        peak=alert.peak,
        course=course,
        evidence=alert.evidence,
    )


def as_change(alert: Alert, change: Change, reason: str = "") -> AlertChange:
    """Return a stored alert as a change; of its rule only what messages need is known."""
    rule = AlertRule(
        alert.rule_id,
        alert.rule_name,
        alert.kind,
        Limits(0, 0, 0, 0),
        expressions=alert.expressions,
        # No message says of how many.
        least_people=int(alert.counts_people),
        advice=alert.advice,
    )
    transition = Transition(
        alert_id=alert.id,
        change=change,
        at_s=datetime.now(UTC).timestamp(),
        since_s=alert.since.timestamp(),
        value=alert.value,
        peak=alert.peak,
        reason=reason,
        evidence=alert.evidence,
    )
    return AlertChange(rule, alert.camera, transition)
