import pytest

from webapp.core.alert_rules import MOST_NAME_CHARACTERS
from webapp.expression_rule import rule_name


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
