from dataclasses import replace

import pytest

from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Limits
from webapp.core.limit_words import LimitMark, LimitWords, limit_words

CLASSES = ("angry", "fear", "sad", "neutral")
WATCHED = ("angry", "fear")
LIMITS = Limits(enter=15, exit=10, hold_s=15, clear_s=5)
MEAN = AlertRule(1, "It lasts", RuleKind.EXPRESSION, LIMITS, expressions=WATCHED)
MARKS = (LimitMark(15, "alerts from 15 for 15 s"), LimitMark(10, "ends below 10"))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, MARKS),
        ({"expressions": ("fear", "boredom", "angry")}, MARKS),
        (
            {"limits": Limits(32.5, 32.5, 0, 5)},
            (LimitMark(32.5, "alerts from 32.5"), LimitMark(32.5, "ends below 32.5")),
        ),
    ],
)
def test_the_mean_of_the_indicators_expressions_is_marked(changes, expected):
    assert limit_words(replace(MEAN, **changes), WATCHED, CLASSES) == LimitWords(expected, "")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"least_people": 1}, "Alerts when at least 1 person rises, for 15 s."),
        ({"least_people": 2}, "Alerts when at least 2 people rise, for 15 s."),
        (
            {"least_share": 0.3, "limits": Limits(15, 10, 0, 0)},
            "Alerts when at least 30 % of the people in view rise.",
        ),
        (
            {"least_people": 2, "least_share": 0.5, "expressions": ("sad", "fear")},
            "Alerts when at least 2 people and 50 % of the people in view rise in fear or sad, "
            "for 15 s.",
        ),
        (
            {"expressions": ("sad",)},
            "Alerts on the share of people risen in sad instead: from 15 for 15 s, ends below 10.",
        ),
    ],
)
def test_what_compares_another_value_is_told_in_a_sentence(changes, sentence):
    assert limit_words(replace(MEAN, **changes), WATCHED, CLASSES) == LimitWords((), sentence)


def test_what_keeps_an_alert_from_coming_is_said():
    picky = replace(MEAN, min_faces=3, min_confidence=0.6)
    conditions = (
        "Only with at least 3 people in view. Leaves out people read less surely than 60 %."
    )
    assert limit_words(picky, WATCHED, CLASSES) == LimitWords(MARKS, conditions)


def test_without_a_rule_nothing_is_said():
    assert limit_words(None, WATCHED, CLASSES) == LimitWords()
