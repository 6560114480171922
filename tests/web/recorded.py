"""A few hours of history with alerts, as the tests of history and of the report need them."""

from datetime import UTC, datetime, timedelta

from webapp.core.alert_engine import AlertChange
from webapp.core.alert_rules import AlertRule
from webapp.core.alerts import Limits, Transition
from webapp.core.answers import Answer
from webapp.core.history import HistoryRow
from webapp.core.scales import PRESENT_SCALE
from webapp.storage.alerts import acknowledge, comment, record_change
from webapp.storage.answers import answer_alert
from webapp.storage.database import Database
from webapp.storage.history import write_history

START = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
START_S = int(START.timestamp())
CLASSES = ("angry", "=happy", "uncertain")
RULE = AlertRule(1, "=Anger lasts", "expression", Limits(30, 20, 15, 10), expressions=("angry",))


def row(
    start_s: int,
    *,
    faces: float = 2.0,
    data_s: float = 10.0,
    indicator: float = 20.0,
    scale: int = PRESENT_SCALE,
) -> HistoryRow:
    """Return a row in which everybody looks angry."""
    return HistoryRow(
        start_s=start_s,
        length_s=10,
        data_s=data_s,
        faces_s=data_s if faces else 0.0,
        faces_mean=faces,
        faces_max=int(faces) + 1 if faces else 0,
        counts_mean=(faces, 0.0, 0.0),
        classes=CLASSES,
        indicator_mean=indicator if faces else 0.0,
        indicator_max=indicator + 10 if faces else 0.0,
        scale=scale,
    )


def write_rows(database: Database, *rows: HistoryRow, camera: str = "demo") -> None:
    """Write rows in one transaction."""
    with database.session() as session:
        for each in rows:
            write_history(session, camera, each)


def write_alert(
    database: Database,
    alert_id: str = "a1",
    after_s: float = 60.0,
    *,
    is_over: bool = True,
    rule: AlertRule = RULE,
) -> None:
    """Write an alert that fired so long after START, was acknowledged, answered and commented."""
    fired_s = START_S + after_s
    changes = [("firing", fired_s, 55.0), ("resolved", fired_s + 30, 10.0)]
    with database.session() as session:
        for change, at_s, value in changes if is_over else changes[:1]:
            moved = Transition(alert_id, change, at_s, fired_s - 15, value, 66.6)
            record_change(session, AlertChange(rule, "demo", moved))
        at = START + timedelta(seconds=after_s + 5)
        acknowledge(session, alert_id, "mira", "on my way", at)
        answer_alert(session, alert_id, Answer.WAS_NOT, "tom", at + timedelta(seconds=30))
        comment(session, alert_id, "tom", "<b>talked</b> to both", at + timedelta(minutes=1))
