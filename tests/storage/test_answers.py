"""Tests of answers and courses, and that a downgrade loses nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from alembic import command
from sqlalchemy import text

from tests.storage.test_alerts import RULE, START, change
from webapp.core.alerts import AlertState
from webapp.core.answers import Answer, AnswerCounts
from webapp.core.course import NO_COURSE, Course
from webapp.core.limit_proposal import AnsweredAlert
from webapp.storage.alerts import find_alert, record_change, record_reading
from webapp.storage.answers import (
    CameraAnswers,
    answer_alert,
    answered_alerts,
    count_answers,
    courses_of,
)
from webapp.storage.upgrade import _alembic_config

COURSE = Course((2.004, 15.0, 20.5), (40.127, None, 31.0), 4.0)
ROUNDED = Course((2.0, 15.0, 20.5), (40.13, None, 31.0), 4.0)
END_S = START.timestamp() + 60
TOLD = dict.fromkeys(("a1", "a2"), Answer.WAS) | {"a3": Answer.WAS_NOT, "a4": Answer.CANNOT_TELL}


def with_course(alert_change, course=COURSE):
    return replace(alert_change, transition=replace(alert_change.transition, course=course))


@pytest.fixture
def answered(database):
    """Two right alerts, a false one and one of which nobody can tell; a fifth is not answered."""
    with database.session() as session:
        for number in range(1, 6):
            camera = "hall" if number == 2 else "door"
            record_change(session, with_course(change(f"a{number}", camera=camera)))
            record_change(session, change(f"a{number}", "resolved", END_S, camera))
        for alert_id, answer in TOLD.items():
            assert answer_alert(session, alert_id, answer, "mira", START)


def test_the_last_answer_counts_and_the_same_again_changes_nothing(database):
    with database.session() as session:
        record_change(session, change())
        outcomes = [
            answer_alert(session, alert_id, answer, author, START + timedelta(minutes=minute))
            for minute, (alert_id, answer, author) in enumerate(
                [
                    ("a1", Answer.CANNOT_TELL, "mira"),
                    ("a1", Answer.CANNOT_TELL, "tom"),
                    ("a1", Answer.WAS_NOT, "tom"),
                    ("gone", Answer.WAS, "tom"),
                ]
            )
        ]
    assert outcomes == [True, False, True, False]
    with database.session() as session:
        alert = find_alert(session, "a1")
    assert alert.answer == Answer.WAS_NOT
    assert [(e.change, e.author, e.text, e.value) for e in alert.events[1:]] == [
        ("answered", "mira", "cannot_tell", None),
        ("answered", "tom", "was_not", None),
    ]


@pytest.mark.parametrize(
    ("changes", "among", "expected"),
    [
        ({}, None, {"door": AnswerCounts(1, 1, 1), "hall": AnswerCounts(1)}),
        ({}, {"hall"}, {"hall": AnswerCounts(1)}),
        ({}, set(), {}),
        ({"camera": "door"}, None, {"door": AnswerCounts(1, 1, 1)}),
        ({"camera": "door"}, {"hall"}, {}),
        # What was answered of another condition says nothing of this one.
        ({"expressions": ("angry", "fear")}, None, {}),
        ({"kind": "empty_view"}, None, {}),
        ({"least_people": 2}, None, {}),
        ({"id": 2}, None, {}),
    ],
)
@pytest.mark.usefixtures("answered")
def test_answers_are_counted_by_rule_and_camera(changes, among, expected, database):
    rule = replace(RULE, **changes)
    with database.session() as session:
        counted = count_answers(session, [rule], among)
        judged = answered_alerts(session, rule, among)
    assert counted == [CameraAnswers(rule.id, name, n) for name, n in expected.items()]
    total = sum(expected.values(), AnswerCounts())
    assert sorted(alert.was for alert in judged) == [False] * total.was_not + [True] * total.was
    assert {alert.course for alert in judged} <= {ROUNDED}


def test_a_course_is_kept_and_goes_on_with_every_write(database):
    def course():
        with database.session() as session:
            return courses_of(session, ["a1"])["a1"]

    with database.session() as session:
        record_change(session, change())
    assert course() == NO_COURSE
    with database.session() as session:
        record_reading(session, AlertState(alert_id="a1", course=COURSE))
    assert course() == ROUNDED
    with database.session() as session:
        # Whoever closes it at a start does not know its course.
        record_change(session, change(kind="resolved", at_s=END_S))
        answer_alert(session, "a1", Answer.WAS, "mira", START)
    with database.session() as session:
        assert answered_alerts(session, RULE, None) == [AnsweredAlert(ROUNDED, was=True)]


@pytest.mark.parametrize("reason", ["", "the camera was paused"])
def test_an_alert_that_was_cut_short_is_not_replayed(reason, database):
    with database.session() as session:
        record_change(session, with_course(change()))
        answer_alert(session, "a1", Answer.WAS, "mira", START)
        assert answered_alerts(session, RULE, None) == []
        record_change(session, change(kind="resolved", at_s=END_S, reason=reason))
        assert len(answered_alerts(session, RULE, None)) == (not reason)
        (counted,) = count_answers(session, [RULE], None)
    assert counted.counts.judged == 1


@pytest.mark.usefixtures("answered")
def test_a_downgrade_keeps_the_alerts_and_what_else_happened_to_them(database):
    with database.session() as session:
        command.downgrade(_alembic_config(session.connection()), "0006")
        events = session.execute(text("SELECT DISTINCT change FROM alert_events")).scalars().all()
        assert session.scalar(text("SELECT COUNT(*) FROM alert_events")) == 10
        assert sorted(events) == ["firing", "resolved"]
    with database.session() as session:
        command.upgrade(_alembic_config(session.connection()), "head")
    with database.session() as session:
        assert find_alert(session, "a1").answer is None
        assert courses_of(session, ["a1"]) == {"a1": NO_COURSE}
