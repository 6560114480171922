"""Puts alerts and rules into the database, as the watch does."""

from datetime import UTC, datetime, timedelta

from webapp.core.alert_engine import AlertChange
from webapp.core.alert_rules import AlertRule
from webapp.core.alerts import Change, Limits, Transition
from webapp.storage.alerts import record_change
from webapp.storage.database import Database
from webapp.storage.rules import seed_rules

ANGER = AlertRule(
    0, "Anger lasts", "expression", Limits(30, 20, 15, 10), expressions=("angry", "fear")
)
OUTAGE = AlertRule(0, "No data", "no_data", Limits(50, 50, 10, 5))


def add_rules(database: Database) -> None:
    """Write two rules, as the settings do; they get the ids 1 and 2."""
    with database.session() as work:
        seed_rules(work, [ANGER, OUTAGE], datetime.now(UTC))


def add_alert(
    database: Database,
    alert_id: str = "a1",
    *,
    camera: str = "door",
    ago: timedelta = timedelta(minutes=1),
    lasted: timedelta | None = None,
    rule: AlertRule = ANGER,
    reason: str = "",
) -> None:
    """Write an alert that fired some time ago; one that `lasted` is resolved."""
    fired_at = datetime.now(UTC) - ago
    with database.session() as work:
        _record(work, rule, camera, alert_id, "firing", fired_at, 62.4, "")
        if lasted is not None:
            _record(work, rule, camera, alert_id, "resolved", fired_at + lasted, 12.0, reason)


def _record(work, rule, camera, alert_id, change: Change, at, value, reason) -> None:
    at_s = at.timestamp()
    transition = Transition(alert_id, change, at_s, at_s - 15, value, value, reason)
    stored = AlertRule(1, rule.name, rule.kind, rule.limits, expressions=rule.expressions)
    assert record_change(work, AlertChange(stored, camera, transition))
