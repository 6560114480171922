from dataclasses import replace

import pytest

from webapp.core.alert_rules import MOST_NAME_CHARACTERS, AlertRule
from webapp.core.alerts import Limits
from webapp.serving.expression_rule import rule_name, rule_to_try


@pytest.mark.parametrize(
    ("expressions", "name"),
    [
        (("angry", "fear"), "angry or fear lasts"),
        (("a" * 30, "b" * 30, "c" * 30), "a" * 30 + " or 2 more last"),
        (("a" * 100,), "a" * 74 + " lasts"),
        (("a" * 100, "b"), "a" * 65 + " or 1 more last"),
    ],
)
def test_the_name_of_a_rule_fits(expressions, name):
    assert rule_name(expressions) == name
    assert len(name) <= MOST_NAME_CHARACTERS


ANGER = AlertRule(1, "Anger", "expression", Limits(30, 20, 2, 1), expressions=("angry", "fear"))
NO_DATA = AlertRule(2, "No data", "no_data", Limits(50, 50, 2, 1))
OTHERWISE = replace(ANGER, id=0, name="of the settings")


def test_a_video_is_tried_with_the_first_rule_that_is_watched():
    later = replace(ANGER, id=3, name="Later")
    assert rule_to_try([NO_DATA, ANGER, later], ("angry", "fear"), OTHERWISE) == ANGER
    off = replace(ANGER, is_enabled=False)
    assert rule_to_try([off, later], ("angry", "fear"), OTHERWISE) == later


def test_of_that_rule_only_what_the_model_reads_is_tried():
    tried = rule_to_try([ANGER], ("happy", "fear"), OTHERWISE)
    assert tried.expressions == ("fear",)


def test_without_such_a_rule_that_of_the_settings_is_tried():
    assert rule_to_try([NO_DATA], ("angry",), OTHERWISE) == OTHERWISE
    assert rule_to_try([ANGER], ("happy",), OTHERWISE) == OTHERWISE
