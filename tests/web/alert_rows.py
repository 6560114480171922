"""Puts alerts and rules into the database, as the watch does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from webapp.core.alert_engine import AlertChange
from webapp.core.alert_rules import AlertRule
from webapp.core.alerts import Change, Limits, Transition
from webapp.core.answers import Answer
from webapp.core.course import NO_COURSE, Course
from webapp.core.schedule import parse_schedule
from webapp.storage.alerts import record_change
from webapp.storage.answers import answer_alert
from webapp.storage.database import Database
from webapp.storage.rules import seed_rules

ANGER = AlertRule(
    0, "Anger lasts", "expression", Limits(30, 20, 15, 10), expressions=("angry", "fear")
)
OUTAGE = AlertRule(0, "No data", "no_data", Limits(50, 50, 10, 5))
# What a browser sends of a rule, and the rule that becomes of it.
FEAR_FORM = {
    "name": "Fear at the door",
    "kind": "expression",
    "camera": "door",
    "expressions": "fear",
    "enter": "40",
    "exit": "30,5",
    "hold_s": "20",
    "clear_s": "12",
    "least_people": "2",
    "least_share": "0,3",
    "min_faces": "2",
    "min_confidence": "0.5",
    "cooldown_s": "600",
    "schedule": "sat 22:00-06:00",
    "is_enabled": "on",
    "advice": "Call the shift leader",
}
FEAR = replace(
    ANGER,
    id=3,
    name="Fear at the door",
    camera="door",
    expressions=("fear",),
    limits=Limits(40, 30.5, 20, 12),
    least_people=2,
    least_share=0.3,
    min_faces=2,
    min_confidence=0.5,
    cooldown_s=600,
    schedule=parse_schedule("sat 22:00-06:00"),
    advice="Call the shift leader",
)


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
    course: Course = NO_COURSE,
    answer: Answer | None = None,
) -> None:
    """Write an alert that fired some time ago; one that `lasted` is resolved."""
    fired_at = datetime.now(UTC) - ago
    with database.session() as work:
        _record(work, rule, camera, alert_id, "firing", fired_at, 62.4, "", course)
        if answer:
            answer_alert(work, alert_id, answer, "mira", fired_at + timedelta(minutes=2))
        if lasted is not None:
            _record(work, rule, camera, alert_id, "resolved", fired_at + lasted, 12.0, reason)


def steady_course(value: float, lasts_s: int) -> Course:
    """Return how a value went that stayed the same for so long."""
    return Course((float(lasts_s), lasts_s + 9.0), (value, 0.0))


def _record(work, rule, camera, alert_id, change: Change, at, value, reason, course=NO_COURSE):
    at_s = at.timestamp()
    transition = Transition(alert_id, change, at_s, at_s - 15, value, value, reason, course)
    stored = AlertRule(
        rule.id or 1,
        rule.name,
        rule.kind,
        rule.limits,
        expressions=rule.expressions,
        advice=rule.advice,
    )
    assert record_change(work, AlertChange(stored, camera, transition))
