"""Alerts as they were: records changes, acknowledgements and comments; lists them."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from webapp.core.alert_engine import AlertChange
from webapp.core.alert_rules import MEAN_FORM, RuleKind
from webapp.core.alerts import AlertState, Change, Phase
from webapp.core.answers import Answer
from webapp.core.evidence import NO_EVIDENCE, Evidence
from webapp.core.utc import from_epoch_s
from webapp.storage.alert_tables import AlertEventRow, AlertRow
from webapp.storage.answers import course_text

OPEN = tuple(phase for phase in Phase if phase.is_open)
KEPT_CHANGES = (Change.FIRING, Change.RECOVERING, Change.RESOLVED)


@dataclass(frozen=True)
class AlertEvent:
    """Something that happened to an alert; `author` is "" for its own changes."""

    change: str
    at: datetime
    value: float | None
    author: str
    text: str


@dataclass(frozen=True)
class Alert:
    """An alert that fired; times are aware UTC, `value` and `peak` 0-100.

    Attributes:
        counts_people: whether its rule did, when it fired.
        advice: what its rule said is to be done, when it fired.
    """

    id: str
    rule_id: int
    rule_name: str
    kind: RuleKind
    camera: str
    expressions: tuple[str, ...]
    phase: Phase
    since: datetime
    fired_at: datetime
    resolved_at: datetime | None
    value: float
    peak: float
    reason: str
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    answer: Answer | None = None
    evidence: Evidence = NO_EVIDENCE
    counts_people: bool = False
    advice: str = ""
    events: tuple[AlertEvent, ...] = ()

    @property
    def is_open(self) -> bool:
        """True until it is resolved."""
        return self.phase.is_open


def record_change(session: Session, change: AlertChange) -> bool:
    """Write one change of an alert; pending ones that never fired leave no trace.

    Returns:
        Whether it was new: a change written before is left as it is, and so is what is over.
    """
    transition = change.transition
    if transition.change not in KEPT_CHANGES:
        return False
    at = from_epoch_s(transition.at_s)
    known = session.get(AlertRow, transition.alert_id)
    if known is None:
        session.add(_new_row(change))
        session.flush()
    elif known.phase == Phase.RESOLVED or _has_event(
        session, transition.alert_id, transition.change, at
    ):
        return False
    else:
        _update(known, change)
    session.add(
        AlertEventRow(
            alert_id=transition.alert_id,
            change=transition.change,
            at=at,
            value=transition.value,
            author="",
            text=transition.reason,
        )
    )
    return True


def record_reading(session: Session, state: AlertState) -> bool:
    """Write where an open alert stands now: newest and highest reading, and how it came there.

    Returns:
        False when there is no such open alert.
    """
    is_it = and_(AlertRow.id == state.alert_id, AlertRow.phase.in_(OPEN))
    newest = {"value": state.value, "peak": state.peak, "course": course_text(state.course)}
    newest |= vars(state.evidence)
    done = session.execute(update(AlertRow).where(is_it).values(newest))
    return bool(done.rowcount)  # type: ignore[attr-defined]


def acknowledge(session: Session, alert_id: str, author: str, text: str, now: datetime) -> bool:
    """Note that somebody has seen to an open alert.

    Returns:
        False when there is no such alert, or somebody was faster.
    """
    is_new = and_(AlertRow.id == alert_id, AlertRow.acknowledged_at.is_(None))
    done = session.execute(
        update(AlertRow).where(is_new).values(acknowledged_at=now, acknowledged_by=author)
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        return False
    _add_note(session, alert_id, "acknowledged", author, text, now)
    return True


def comment(session: Session, alert_id: str, author: str, text: str, now: datetime) -> bool:
    """Add a remark to an alert; False when there is no such alert."""
    if session.get(AlertRow, alert_id) is None:
        return False
    _add_note(session, alert_id, "comment", author, text, now)
    return True


def find_alert(session: Session, alert_id: str) -> Alert | None:
    """Return one alert with everything that happened to it."""
    row = session.get(AlertRow, alert_id)
    if row is None:
        return None
    return _as_alert(row, tuple(_events(session, [alert_id]).get(alert_id, ())))


def list_alerts(
    session: Session,
    *,
    camera: str | None = None,
    among: Collection[str] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    only_open: bool = False,
    only_past: bool = False,
    only_waiting: bool = False,
    rule: str | None = None,
    kind: RuleKind | None = None,
    with_tests: bool = True,
    with_events: bool = False,
    most: int = 200,
    skip: int = 0,
) -> list[Alert]:
    """List alerts, newest first, that were open between two times.

    Args:
        camera: of this one alone, or None.
        among: of these alone, or None.
        only_waiting: those that nobody has acknowledged, but no test that is over.
        rule: of the rule that had this name when they fired, or None.
        kind: of this kind alone, or None.
        with_tests: those that somebody played, too.
    """
    wanted = _wanted(camera, start, end, only_open=only_open, only_past=only_past)
    if only_waiting:
        is_past_test = and_(AlertRow.kind == RuleKind.TEST, AlertRow.phase.not_in(OPEN))
        wanted &= AlertRow.acknowledged_at.is_(None) & ~is_past_test
    if not with_tests:
        wanted &= AlertRow.kind != RuleKind.TEST
    if rule is not None:
        wanted &= AlertRow.rule_name == rule
    if kind is not None:
        wanted &= AlertRow.kind == kind
    query = select(AlertRow).where(wanted).order_by(AlertRow.fired_at.desc(), AlertRow.id)
    if among is not None:
        query = query.where(AlertRow.camera.in_(among))
    rows = session.scalars(query.limit(most).offset(skip)).all()
    events = _events(session, [row.id for row in rows]) if with_events else {}
    return [_as_alert(row, tuple(events.get(row.id, ()))) for row in rows]


def fired_rules(session: Session, among: Collection[str] | None = None) -> list[str]:
    """List the names of the rules that fired, as they were then, of some cameras or of all."""
    query = select(AlertRow.rule_name).distinct().order_by(AlertRow.rule_name)
    if among is not None:
        query = query.where(AlertRow.camera.in_(among))
    return list(session.scalars(query))


def count_alerts(session: Session, camera: str, start: datetime, end: datetime) -> int:
    """Count the alerts of a camera that were open at some time between two times, but no tests."""
    wanted = _wanted(camera, start, end) & (AlertRow.kind != RuleKind.TEST)
    return session.scalar(select(func.count()).select_from(AlertRow).where(wanted)) or 0


def _wanted(
    camera: str | None,
    start: datetime | None,
    end: datetime | None,
    *,
    only_open: bool = False,
    only_past: bool = False,
) -> ColumnElement[bool]:
    wanted: list[ColumnElement[bool]] = []
    if camera is not None:
        wanted.append(AlertRow.camera == camera)
    if only_open:
        wanted.append(AlertRow.phase.in_(OPEN))
    if only_past:
        wanted.append(AlertRow.phase.not_in(OPEN))
    if start is not None:
        wanted.append(or_(AlertRow.resolved_at.is_(None), AlertRow.resolved_at >= start))
    if end is not None:
        wanted.append(AlertRow.fired_at < end)
    return and_(True, *wanted)


def _new_row(change: AlertChange) -> AlertRow:
    rule, transition = change.rule, change.transition
    return AlertRow(
        id=transition.alert_id,
        rule_id=rule.id,
        rule_name=rule.name,
        kind=rule.kind,
        form=rule.form,
        camera=change.camera,
        expressions=json.dumps(rule.expressions, ensure_ascii=False),
        phase=transition.change,
        since=from_epoch_s(transition.since_s),
        fired_at=from_epoch_s(transition.at_s),
        resolved_at=from_epoch_s(transition.at_s) if transition.change == Change.RESOLVED else None,
        value=transition.value,
        peak=transition.peak,
        reason=transition.reason,
        advice=rule.advice,
        course=course_text(transition.course),
        **vars(transition.evidence),
    )


def _update(row: AlertRow, change: AlertChange) -> None:
    transition = change.transition
    row.phase, row.value = transition.change, transition.value
    if transition.peak > row.peak:
        row.peak = transition.peak
        for name, figure in vars(transition.evidence).items():
            setattr(row, name, figure)
    if transition.course:
        # Who closes an alert at a start does not know it.
        row.course = course_text(transition.course)
    if transition.change == Change.RESOLVED:
        row.resolved_at, row.reason = from_epoch_s(transition.at_s), transition.reason


def _has_event(session: Session, alert_id: str, change: str, at: datetime) -> bool:
    query = select(AlertEventRow.id).where(
        AlertEventRow.alert_id == alert_id,
        AlertEventRow.change == change,
        AlertEventRow.at == at,
    )
    return session.scalar(query) is not None


def _add_note(
    session: Session, alert_id: str, change: str, author: str, text: str, now: datetime
) -> None:
    session.add(
        AlertEventRow(
            alert_id=alert_id, change=change, at=now, value=None, author=author, text=text
        )
    )


def _events(session: Session, alert_ids: list[str]) -> dict[str, list[AlertEvent]]:
    query = select(AlertEventRow).where(AlertEventRow.alert_id.in_(alert_ids))
    events: dict[str, list[AlertEvent]] = {}
    for row in session.scalars(query.order_by(AlertEventRow.at, AlertEventRow.id)):
        event = AlertEvent(row.change, row.at, row.value, row.author, row.text)
        events.setdefault(row.alert_id, []).append(event)
    return events


def evidence_of(row: AlertRow) -> Evidence:
    """Return what an alert rests on, as far as it is stored."""
    return Evidence(
        row.people or 0,
        row.in_view or 0,
        row.rise or 0.0,
        row.face_px,
        row.sharpness,
        row.turn_deg,
    )


def _as_alert(row: AlertRow, events: tuple[AlertEvent, ...] = ()) -> Alert:
    return Alert(
        id=row.id,
        rule_id=row.rule_id,
        rule_name=row.rule_name,
        kind=RuleKind(row.kind),
        camera=row.camera,
        expressions=tuple(json.loads(row.expressions)),
        phase=Phase(row.phase),
        since=row.since,
        fired_at=row.fired_at,
        resolved_at=row.resolved_at,
        value=row.value,
        peak=row.peak,
        reason=row.reason,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        answer=Answer(row.answer) if row.answer else None,
        evidence=evidence_of(row),
        counts_people=row.form != MEAN_FORM,
        advice=row.advice,
        events=events,
    )
