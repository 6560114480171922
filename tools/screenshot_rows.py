"""A made-up shift for the pictures: rows without data, two alerts with remarks, a silence."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from webapp.config import Settings
from webapp.core.alert_engine import AlertChange
from webapp.core.alerts import Change, Transition
from webapp.core.history import ROW_S, HistoryRow
from webapp.serving.expression_rule import expression_rule
from webapp.storage.alerts import acknowledge, comment, record_change
from webapp.storage.database import Database
from webapp.storage.history import write_history
from webapp.storage.silences import add_silence

CAMERA = "demo"
CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral", "uncertain")
SHIFT_S = 8 * 3600
# Seconds before now.
ALERTS_AGO_S = {"early": 19_000, "late": 5_400}
ALERT_LASTS_S = 240
OUTAGE_AGO_S = range(12_600, 14_000)
EMPTY_AGO_S = range(8_000, 10_000)


def write_shift(database: Database, now: datetime) -> None:
    """Fill the last eight hours of a camera."""
    now_s = int(now.timestamp()) // ROW_S * ROW_S
    with database.session() as session:
        for ago_s in range(SHIFT_S, 0, -ROW_S):
            if ago_s not in OUTAGE_AGO_S:
                write_history(session, CAMERA, _row(now_s - ago_s, ago_s))
        for alert_id, ago_s in ALERTS_AGO_S.items():
            for change, at_s in (("firing", ago_s), ("resolved", ago_s - ALERT_LASTS_S)):
                record_change(session, _change(alert_id, change, now_s - at_s))
        seen_at = datetime.fromtimestamp(now_s - ALERTS_AGO_S["late"] + 40, UTC)
        acknowledge(session, "late", "admin", "On my way to line 2.", seen_at)
        said = "Dispute over the schedule, settled; both took a break."
        comment(session, "late", "admin", said, seen_at + timedelta(minutes=9))
        until, reason = now + timedelta(hours=2), "Maintenance: visors down"
        add_silence(
            session,
            camera="door",
            rule_id=None,
            until=until,
            reason=reason,
            author="admin",
            now=now,
        )


def _row(start_s: int, ago_s: int) -> HistoryRow:
    faces = 0.0 if ago_s in EMPTY_AGO_S else 3 + round(1.4 * math.sin(ago_s / 2900))
    tension = _tension(ago_s)
    shares = (tension, 0.01, 0.04, 0.22, 0.05, 0.03)
    neutral = 0.92 - sum(shares)
    return HistoryRow(
        start_s=start_s,
        length_s=ROW_S,
        data_s=float(ROW_S),
        faces_s=ROW_S if faces else 0.0,
        faces_mean=faces,
        faces_max=int(faces),
        counts_mean=tuple(faces * share for share in (*shares, neutral, 0.08)),
        classes=CLASSES,
        indicator_mean=100 * (tension + 0.04) if faces else 0.0,
        indicator_max=100 * (1.2 * tension + 0.04) if faces else 0.0,
    )


def _tension(ago_s: int) -> float:
    """Return the share of anger: it comes and goes, and stays high through every alert."""
    is_high = any(ago_s in range(at_s - ALERT_LASTS_S, at_s) for at_s in ALERTS_AGO_S.values())
    calm = 0.05 + 0.03 * math.sin(ago_s / 900) + 0.01 * math.sin(ago_s / 37)
    return 0.4 + calm if is_high else calm


def _change(alert_id: str, change: Change, at_s: float) -> AlertChange:
    rule = replace(expression_rule(Settings()), id=1)
    return AlertChange(rule, CAMERA, Transition(alert_id, change, at_s, at_s - 15, 44.0, 58.0))
