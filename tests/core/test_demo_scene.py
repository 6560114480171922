from dataclasses import replace

import pytest

from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Limits
from webapp.core.demo_scene import DemoScene, fires_after_s

SCENE = DemoScene(72, 31, 61, "angry", people=2, in_view=4)
RULE = AlertRule(1, "Anger", RuleKind.EXPRESSION, Limits(25, 15, 15, 5), expressions=("angry",))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 15),
        ({"limits": Limits(51, 15, 15, 5)}, None),
        ({"limits": Limits(25, 15, 30, 5)}, None),
        ({"expressions": ("fear",)}, None),
        ({"min_faces": 5}, None),
        ({"least_people": 2}, 15),
        ({"least_people": 3}, None),
        ({"least_share": 0.5}, 15),
        ({"least_share": 0.6}, None),
    ],
)
def test_when_the_rule_fires(changes, expected):
    assert fires_after_s(SCENE, replace(RULE, **changes)) == expected


def test_without_a_rule_nothing_fires_and_looks_are_words():
    assert fires_after_s(SCENE, None) is None
    assert (SCENE.looks, replace(SCENE, expression="fear").looks) == ("angry", "afraid")
