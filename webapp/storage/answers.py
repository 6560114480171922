"""Whether something was the matter when an alert fired, as people say afterwards."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from webapp.core.alert_rules import AlertRule
from webapp.core.alerts import Phase
from webapp.core.answers import Answer, AnswerCounts
from webapp.core.course import NO_COURSE, Course
from webapp.core.limit_proposal import AnsweredAlert
from webapp.storage.alert_tables import AlertEventRow, AlertRow

ANSWERED = "answered"
# The newest answers say most about what a camera sees now, and a page waits for the replay.
MOST_REPLAYED = 200
DECIMALS = 2


@dataclass(frozen=True)
class CameraAnswers:
    """How the alerts of a rule at one camera were answered."""

    rule_id: int
    camera: str
    counts: AnswerCounts


def answer_alert(
    session: Session, alert_id: str, answer: Answer, author: str, now: datetime
) -> bool:
    """Keep an answer in place of an earlier one, and who gave it when.

    Returns:
        False when there is no such alert, or this is its answer already.
    """
    differs = or_(AlertRow.answer.is_(None), AlertRow.answer != answer)
    done = session.execute(
        update(AlertRow).where(AlertRow.id == alert_id, differs).values(answer=answer)
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        return False
    session.add(
        AlertEventRow(alert_id=alert_id, change=ANSWERED, at=now, author=author, text=answer)
    )
    return True


def count_answers(
    session: Session, rules: Iterable[AlertRule], among: Collection[str] | None
) -> list[CameraAnswers]:
    """Count the answers to what each rule asks today, by rule and camera, in the rules' order.

    Args:
        among: of these cameras alone, or None.
    """
    counted: list[CameraAnswers] = []
    for rule in rules:
        query = select(AlertRow.camera, AlertRow.answer, func.count()).where(*_of(rule, among))
        by_camera: dict[str, dict[str, int]] = {}
        for camera, answer, count in session.execute(
            query.group_by(AlertRow.camera, AlertRow.answer).order_by(AlertRow.camera)
        ):
            by_camera.setdefault(camera, {})[str(answer)] = count
        counted += [CameraAnswers(rule.id, c, AnswerCounts(**n)) for c, n in by_camera.items()]
    return counted


def answered_alerts(
    session: Session, rule: AlertRule, among: Collection[str] | None
) -> list[AnsweredAlert]:
    """Return how the newest alerts went that were right or false, of what a rule asks today.

    Only those that are over and came to their end by themselves: how long the others would have
    lasted nobody knows.

    Args:
        among: of these cameras alone, or None.
    """
    ended = (AlertRow.phase == Phase.RESOLVED, AlertRow.reason == "")
    judged = AlertRow.answer != Answer.CANNOT_TELL
    query = select(AlertRow.course, AlertRow.answer).where(*_of(rule, among), *ended, judged)
    newest = query.order_by(AlertRow.fired_at.desc()).limit(MOST_REPLAYED)
    return [
        AnsweredAlert(read_course(text), was=answer == Answer.WAS)
        for text, answer in session.execute(newest)
    ]


def courses_of(session: Session, alert_ids: Collection[str]) -> dict[str, Course]:
    """Return how the values of some alerts went, by the alerts' ids."""
    query = select(AlertRow.id, AlertRow.course).where(AlertRow.id.in_(alert_ids))
    return {alert_id: read_course(text) for alert_id, text in session.execute(query)}


def course_text(course: Course) -> str | None:
    """Return a course as it is stored, to hundredths; None of none."""
    if not course:
        return None
    lowest = [None if value is None else round(value, DECIMALS) for value in course.lowest]
    until_s = [round(each, DECIMALS) for each in course.until_s]
    columns = {"until_s": until_s, "lowest": lowest, "span_s": course.span_s}
    return json.dumps(columns, separators=(",", ":"))


def read_course(text: str | None) -> Course:
    """Return what `course_text` wrote."""
    if text is None:
        return NO_COURSE
    columns = json.loads(text)
    return Course(tuple(columns["until_s"]), tuple(columns["lowest"]), columns["span_s"])


def _of(rule: AlertRule, among: Collection[str] | None) -> list[Any]:
    """Return what limits a query to answered alerts of what a rule watches today.

    A rule may have watched other expressions before, or counted people otherwise; and SQLite gives
    the number of a removed rule to the next one.
    """
    wanted: list[Any] = [
        AlertRow.rule_id == rule.id,
        AlertRow.kind == rule.kind,
        AlertRow.form == rule.form,
        AlertRow.expressions == json.dumps(rule.expressions, ensure_ascii=False),
        AlertRow.answer.is_not(None),
    ]
    if rule.camera is not None:
        wanted.append(AlertRow.camera == rule.camera)
    if among is not None:
        wanted.append(AlertRow.camera.in_(among))
    return wanted
