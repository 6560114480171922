from datetime import datetime

import pytest

from webapp.core.receivers import Scope
from webapp.core.schedule import parse_schedule

MONDAY_NOON = datetime(2026, 3, 2, 12)


@pytest.mark.parametrize(
    ("scope", "is_told"),
    [
        (Scope(), True),
        (Scope(rules=frozenset({1})), True),
        (Scope(rules=frozenset({2})), False),
        (Scope(rules=frozenset()), False),
        (Scope(cameras=frozenset({"door"})), True),
        (Scope(cameras=frozenset({"hall"})), False),
        (Scope(schedule=parse_schedule("mon 11:00-13:00")), True),
        (Scope(schedule=parse_schedule("tue 11:00-13:00")), False),
        (Scope(rules=frozenset({1}), cameras=frozenset({"hall"})), False),
    ],
)
def test_a_receiver_is_told_what_it_asks_for(scope, is_told):
    assert scope.wants(1, "door", MONDAY_NOON) == is_told
