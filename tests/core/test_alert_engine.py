from dataclasses import replace
from datetime import datetime
from itertools import count

import pytest

from tests.people import resting_at_zero
from webapp.core.alert_engine import (
    CAMERA_PAUSED,
    CAMERA_REMOVED,
    OFF_DUTY,
    RULE_CHANGED,
    AlertEngine,
)
from webapp.core.alert_rules import FALSE, TRUE, AlertRule, Observation, rule_value
from webapp.core.alerts import AlertState, Limits, Phase
from webapp.core.course import NO_COURSE, Course
from webapp.core.evidence import NO_EVIDENCE
from webapp.core.schedule import parse_schedule

CLASSES = ("angry", "happy", "neutral")
# Risen by nine tenths of the ramp, and at rest.
ANGRY, CALM = [0.57, 0.0, 0.43], [0.0, 0.2, 0.8]
NOON = datetime(2026, 3, 2, 12)
ANGER = AlertRule(1, "Anger lasts", "expression", Limits(30, 20, 3, 2), expressions=("angry",))
NO_DATA = AlertRule(2, "No data", "no_data", Limits(50, 50, 2, 1))


def seen(*faces) -> Observation:
    return Observation(resting_at_zero(faces, CLASSES))


UNKNOWN = Observation(None)
# A person, and nobody, of whom a group floor says nothing.
FEW, NOBODY = (replace(seen(), unread=faces, is_suppressed=True) for faces in (1, 0))


@pytest.fixture
def play():
    """Step through observations, one a second; returns [(second, rule, change)]."""

    def run(engine, *observations, camera="hall", start_s=1000.0, local=NOON):
        story = []
        for second, observation in enumerate(observations):
            for change in engine.step(camera, observation, start_s + second, local):
                assert change.camera == camera
                story.append((second, change.rule.name, change.transition.change))
        return story

    return run


@pytest.fixture
def new_id():
    ids = count(1)
    return lambda: f"a{next(ids)}"


@pytest.mark.parametrize(
    ("changes", "observation", "expected"),
    [
        ({}, seen(ANGRY, CALM), 45.0),
        ({"expressions": ("angry", "happy")}, seen(ANGRY, [0.25, 0.2, 0.55]), 70.0),
        ({"expressions": ("fear",)}, seen(ANGRY), 0.0),
        ({"min_faces": 2}, seen(ANGRY), FALSE),
        ({"min_faces": 2}, seen(ANGRY, ANGRY), 90.0),
        ({"min_confidence": 0.55}, seen(ANGRY, [0.3, 0.2, 0.5]), 90.0),
        ({"min_confidence": 0.85}, seen(ANGRY, CALM), FALSE),
        ({"min_confidence": 0.57}, seen(ANGRY), 90.0),
        ({"least_people": 1}, seen(ANGRY, CALM, CALM), 90.0),
        ({"least_people": 2}, seen(ANGRY, CALM, CALM), FALSE),
        ({"least_share": 0.5}, seen(ANGRY, [0.45, 0.0, 0.55], CALM), 50.0),
        ({"least_people": 1, "min_faces": 4}, seen(ANGRY, CALM, CALM), FALSE),
        ({}, seen(), FALSE),
        ({}, UNKNOWN, None),
        ({}, FEW, None),
        ({}, NOBODY, FALSE),
        ({"kind": "no_data"}, FEW, FALSE),
        ({"kind": "empty_view"}, FEW, FALSE),
        ({"kind": "empty_view"}, NOBODY, TRUE),
        ({"kind": "no_data"}, UNKNOWN, TRUE),
        ({"kind": "no_data"}, seen(), FALSE),
        ({"kind": "empty_view"}, seen(), TRUE),
        ({"kind": "empty_view"}, seen(CALM), FALSE),
        ({"kind": "empty_view"}, UNKNOWN, None),
        ({"kind": "empty_view"}, replace(seen(), unread=1), FALSE),
    ],
)
def test_what_a_rule_compares_with_its_limits(changes, observation, expected):
    rule = AlertRule(**{**vars(ANGER), **changes})
    value = rule_value(rule, observation)
    assert value == (pytest.approx(expected) if expected is not None else None)


def test_each_camera_has_its_own_alert(play, new_id):
    engine = AlertEngine((ANGER,), new_id)
    assert play(engine, *[seen(ANGRY)] * 4, camera="hall")[-1] == (3, "Anger lasts", "firing")
    assert engine.state(1, "hall").alert_id != engine.state(1, "door").alert_id
    assert play(engine, seen(CALM), camera="door") == []


def test_a_rule_of_one_camera_leaves_the_others_alone(play, new_id):
    engine = AlertEngine((AlertRule(**{**vars(ANGER), "camera": "hall"}),), new_id)
    assert play(engine, *[seen(ANGRY)] * 5, camera="door") == []
    assert play(engine, *[seen(ANGRY)] * 5, camera="hall")


def test_no_data_fires_and_keeps_the_other_alert_as_it_is(play, new_id):
    engine = AlertEngine((ANGER, NO_DATA), new_id)
    story = play(engine, *[seen(ANGRY)] * 4, *[UNKNOWN] * 30, seen(CALM), seen(CALM))
    assert story == [
        (0, "Anger lasts", "pending"),
        (3, "Anger lasts", "firing"),
        (4, "No data", "pending"),
        (6, "No data", "firing"),
        (34, "No data", "recovering"),
        (35, "No data", "resolved"),
        (35, "Anger lasts", "recovering"),
    ]


def test_anger_does_not_begin_while_data_is_missing(play, new_id):
    engine = AlertEngine((ANGER, NO_DATA), new_id)
    play(engine, *[UNKNOWN] * 4)
    assert play(engine, seen(ANGRY), start_s=1004.0) == [(0, "No data", "recovering")]


@pytest.mark.parametrize("reason", [CAMERA_PAUSED, CAMERA_REMOVED, RULE_CHANGED, OFF_DUTY])
def test_alerts_are_closed_from_outside_with_the_reason(reason, play, new_id):
    rule = AlertRule(**{**vars(ANGER), "schedule": parse_schedule("mon 06:00-14:00")})
    engine = AlertEngine((rule,), new_id)
    play(engine, *[seen(ANGRY)] * 4)
    ways = {
        CAMERA_PAUSED: lambda: engine.step("hall", Observation(None, is_paused=True), 1010.0, NOON),
        CAMERA_REMOVED: lambda: engine.close_camera("hall", 1010.0, CAMERA_REMOVED),
        RULE_CHANGED: lambda: engine.replace_rules((), 1010.0),
        OFF_DUTY: lambda: engine.step("hall", seen(ANGRY), 1010.0, NOON.replace(hour=15)),
    }
    (change,) = ways[reason]()
    assert (change.transition.change, change.transition.reason) == ("resolved", reason)
    assert not engine.state(1, "hall").is_open


def test_unchanged_rules_keep_their_alerts(play, new_id):
    engine = AlertEngine((ANGER,), new_id)
    play(engine, *[seen(ANGRY)] * 4)
    assert engine.replace_rules((ANGER, NO_DATA), 1010.0) == []
    assert engine.state(1, "hall").is_open


@pytest.mark.parametrize(
    ("edit", "is_kept"),
    [
        ({"name": "Anger"}, True),
        ({"cooldown_s": 900.0}, True),
        ({"schedule": parse_schedule("mon 06:00-14:00")}, True),
        ({"limits": Limits(99, 20, 3, 2)}, False),
        ({"min_faces": 2}, False),
        ({"camera": "hall"}, False),
        ({"is_enabled": False}, False),
    ],
)
def test_an_edit_ends_an_alert_only_when_the_rule_asks_something_else(edit, is_kept, play, new_id):
    engine = AlertEngine((ANGER,), new_id)
    play(engine, *[seen(ANGRY)] * 4)
    closed = engine.replace_rules((replace(ANGER, **edit),), 1010.0)
    assert (closed == [], engine.state(1, "hall").is_open) == (is_kept, is_kept)


def test_a_restored_alert_goes_on(play, new_id):
    engine = AlertEngine((ANGER,), new_id)
    engine.restore(1, "hall", AlertState(Phase.FIRING, "old", 900.0, 903.0))
    assert play(engine, seen(ANGRY), seen(CALM)) == [(1, "Anger lasts", "recovering")]
    assert engine.state(1, "hall").alert_id == "old"


def test_a_rule_that_is_off_does_nothing(play, new_id):
    engine = AlertEngine((AlertRule(**{**vars(ANGER), "is_enabled": False}),), new_id)
    assert play(engine, *[seen(ANGRY)] * 5) == []


def test_a_camera_that_is_removed_is_forgotten_and_the_others_go_on(play, new_id):
    engine = AlertEngine((ANGER,), new_id)
    play(engine, *[seen(ANGRY)] * 4)
    play(engine, *[seen(ANGRY)] * 4, camera="gate")
    (closed,) = engine.remove_camera("hall", 1010.0)
    assert (closed.camera, closed.transition.reason) == ("hall", CAMERA_REMOVED)
    assert engine.remove_camera("hall", 1011.0) == engine.lasting("hall") == []
    assert [state.phase for state in engine.lasting("gate")] == [Phase.FIRING]


def test_what_subscribers_learn_of_a_change(new_id):
    engine = AlertEngine((ANGER,), new_id)
    (pending,) = engine.step("hall", seen(ANGRY), 1000.0, NOON)
    (reset,) = engine.step("hall", seen(CALM), 1001.0, NOON)
    first, last = pending.as_message(), reset.as_message()
    assert (first.id, last.id) == (pending.transition.alert_id,) * 2
    assert (first.state, last.state) == (Phase.PENDING, Phase.RESOLVED), "it never fired"
    assert (first.since.timestamp(), first.value, first.kind) == (1000.0, 90.0, "expression")


@pytest.mark.parametrize(
    ("kind", "expressions", "unknown", "can_fire"),
    [
        ("expression", ("angry", "happy"), (), True),
        ("expression", ("angry", "rage"), ("rage",), True),
        ("expression", ("rage", "fury"), ("rage", "fury"), False),
        ("no_data", (), (), True),
        ("empty_view", (), (), True),
    ],
)
def test_what_a_model_reads_of_a_rule(kind, expressions, unknown, can_fire):
    rule = replace(ANGER, kind=kind, expressions=expressions)
    assert rule.unknown_expressions(CLASSES) == unknown
    assert rule.can_fire(CLASSES) is can_fire


def test_missing_data_of_one_camera_holds_up_no_other(play, new_id):
    engine = AlertEngine((ANGER, NO_DATA), new_id)
    play(engine, *[UNKNOWN] * 4, camera="hall")
    assert play(engine, *[seen(ANGRY)] * 4, camera="door") == [
        (0, "Anger lasts", "pending"),
        (3, "Anger lasts", "firing"),
    ]


def test_an_open_alert_of_another_rule_is_no_lack_of_data(play, new_id):
    other = replace(ANGER, id=3, name="Also", limits=Limits(30, 20, 0, 2))
    engine = AlertEngine((other, ANGER), new_id)
    story = play(engine, *[seen(ANGRY)] * 4)
    assert (3, "Anger lasts", "firing") in story


def test_other_rules_are_watched_from_then_on_and_nothing_closes_twice(play, new_id):
    engine = AlertEngine((ANGER,), new_id)
    play(engine, *[seen(ANGRY)] * 4)
    assert [c.transition.reason for c in engine.replace_rules([NO_DATA], 1004.0)] == [RULE_CHANGED]
    assert engine.rules == (NO_DATA,)
    assert engine.replace_rules([], 1005.0) == []
    assert play(engine, seen(ANGRY)) == []


def test_an_alert_keeps_its_course_until_it_ends(play, new_id):
    engine = AlertEngine((ANGER,), new_id)
    play(engine, *[seen(ANGRY)] * 4)
    assert engine.state(1, "hall").course.until_s == (3,)
    # What comes after the firing is a span of its own, and what nobody saw as well.
    (recovering,) = engine.step("hall", seen(CALM), 1004.0, NOON)
    assert (recovering.transition.course.until_s, recovering.transition.course.lowest) == (
        (3, 4),
        (pytest.approx(90), 0),
    )
    engine.step("hall", UNKNOWN, 1005.0, NOON)
    (closed,) = engine.close_camera("hall", 1006.0, CAMERA_PAUSED)
    assert closed.transition.course.lowest == (pytest.approx(90), 0, None)
    assert engine.state(1, "hall").course == NO_COURSE


def test_the_course_of_a_restored_alert_goes_on_after_what_nobody_saw(play, new_id):
    engine = AlertEngine((ANGER,), new_id)
    course = Course((3.0, 60.0), (90.0, 40.0))
    engine.restore(1, "hall", AlertState(Phase.FIRING, "old", 900.0, 903.0, course=course))
    play(engine, seen(ANGRY), seen(ANGRY))
    after = engine.state(1, "hall").course
    assert after.until_s == (3, 60, 100, 101)
    assert after.lowest == (90, 40, None, pytest.approx(90))


def test_an_alert_keeps_what_its_highest_value_rests_on(play, new_id):
    engine = AlertEngine((ANGER, NO_DATA), new_id)
    play(engine, seen(CALM), seen(ANGRY, CALM), seen(ANGRY, ANGRY), seen(ANGRY, CALM, CALM))
    changes = engine.step("hall", seen(ANGRY, CALM), 1004.0, NOON)
    assert [change.transition.change for change in changes] == ["firing"]
    evidence = changes[0].as_message().evidence
    assert (evidence.people, evidence.in_view, evidence.rise) == (2, 2, 0.57)
    closed = engine.close_camera("hall", 1005.0, CAMERA_PAUSED)[0]
    assert closed.transition.evidence == evidence
    play(engine, seen(ANGRY, CALM), start_s=1006.0)
    assert engine.state(1, "hall").evidence.people == 1


def test_other_rules_rest_on_nobody(play, new_id):
    engine = AlertEngine((NO_DATA,), new_id)
    play(engine, *[UNKNOWN] * 3)
    assert engine.state(2, "hall").evidence == NO_EVIDENCE
