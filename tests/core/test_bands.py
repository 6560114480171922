from dataclasses import replace

import pytest

from tests.people import risen
from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Limits
from webapp.core.bands import Band, Scale, band_of, limiting_rule
from webapp.core.crew import People
from webapp.core.schedule import parse_schedule

CLASSES = ("angry", "fear", "neutral")
LIMITS = Limits(enter=15, exit=10, hold_s=15, clear_s=5)
MEAN = AlertRule(1, "Anger lasts", RuleKind.EXPRESSION, LIMITS, expressions=("angry",))
TWO = replace(MEAN, id=2, least_people=2)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "calm"), (9.9, "calm"), (10, "raised"), (14.9, "raised"), (15, "alert"), (100, "alert")],
)
def test_the_bands_meet_at_the_limits(value, expected):
    assert band_of(value, LIMITS) == expected


@pytest.mark.parametrize(
    ("rules", "so_much", "expected"),
    [
        ((), (1.0,), Band.NONE),
        ((MEAN,), (), Band.CALM),
        ((MEAN,), (1.0, 0.0, 0.0, 0.0), Band.ALERT),
        ((MEAN,), (0.5, 0.0, 0.0, 0.0), Band.RAISED),
        ((TWO,), (1.0, 0.0, 0.0, 0.0), Band.CALM),
        ((TWO,), (1.0, 0.12, 0.0, 0.0), Band.RAISED),
        ((TWO,), (1.0, 0.5, 0.0, 0.0), Band.ALERT),
        ((replace(TWO, least_people=0, least_share=0.5),), (1.0, 0.2, 0.0, 0.0), Band.ALERT),
        ((replace(MEAN, min_faces=3),), (1.0, 1.0), Band.CALM),
        ((TWO, MEAN), (1.0, 0.0), Band.CALM),
        ((MEAN, TWO), (1.0, 0.0), Band.ALERT),
        ((replace(MEAN, schedule=parse_schedule("sat 06:00-06:01")),), (1.0,), Band.ALERT),
    ],
)
def test_the_band_is_that_of_the_first_rules_own_value(rules, so_much, expected):
    assert Scale(("angry",), rules).band("door", risen(so_much, CLASSES)) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"is_enabled": False},
        {"camera": "hall"},
        {"expressions": ("boredom",)},
        {"kind": RuleKind.NO_DATA},
        {"kind": RuleKind.EMPTY_VIEW},
    ],
)
def test_a_rule_that_does_not_watch_the_expressions_of_a_camera_sets_no_limits(changes):
    other = replace(MEAN, **changes)
    assert limiting_rule([other], "door", CLASSES) is None
    assert limiting_rule([other, TWO, MEAN], "door", CLASSES) == TWO


@pytest.mark.parametrize(("so_much", "expected"), [((), 0), ((0.0, 0.0), 0), ((0.01, 1.0, 0.0), 2)])
def test_whoever_counts_at_all_is_one_who_has_risen(so_much, expected):
    assert Scale(("angry",)).rising(risen(so_much, CLASSES)) == expected


def test_nobody_has_risen_in_what_the_model_does_not_know():
    scale = Scale(("boredom",))
    assert scale.rising(risen((1.0,), CLASSES)) == 0
    assert scale.rising(People.nobody(CLASSES)) == 0
