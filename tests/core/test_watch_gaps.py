"""When a calm page must say that nobody is watching."""

from dataclasses import replace
from datetime import datetime

import pytest

from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Limits
from webapp.core.schedule import parse_schedule
from webapp.core.watch_gaps import Mute, watch_gaps

CLASSES = ("angry", "fear", "neutral")
MONDAY_NOON = datetime(2026, 11, 30, 12)
LIMITS = Limits(enter=15, exit=10, hold_s=15, clear_s=5)
ANGER = AlertRule(1, "Anger", RuleKind.EXPRESSION, LIMITS, expressions=("angry",))
OUTAGE = AlertRule(2, "Outage", RuleKind.NO_DATA, LIMITS)
NIGHT = parse_schedule("mon-sun 22:00-06:00")
UNSEEN = replace(ANGER, expressions=("contempt",))


@pytest.mark.parametrize(
    ("rules", "mutes", "expected"),
    [
        ([], [], ("Nobody is watching: no rule is switched on.",)),
        ([ANGER, OUTAGE], [], ()),
        ([replace(ANGER, is_enabled=False)], [], ("Nobody is watching: no rule is switched on.",)),
        ([UNSEEN], [], ("Nobody is watching: no rule is switched on.",)),
        (
            [replace(ANGER, schedule=NIGHT)],
            [],
            ("Nobody is watching at this hour: no rule is on duty.",),
        ),
        (
            [replace(ANGER, schedule=NIGHT), OUTAGE],
            [],
            ("Nobody is watching expressions: only other rules are on.",),
        ),
        (
            [replace(ANGER, camera="hall")],
            [],
            ("Nobody is watching at door: no rule is switched on.",),
        ),
        ([ANGER], [Mute(None, None)], ("Nobody gets a message: alerts are silenced.",)),
        ([ANGER], [Mute("door", 1)], ("Nobody gets a message at door: alerts are silenced.",)),
        ([ANGER, OUTAGE], [Mute(None, 1)], ()),
        (
            [replace(ANGER, camera="hall")],
            [Mute("hall", None)],
            (
                "Nobody is watching at door: no rule is switched on.",
                "Nobody gets a message at hall: alerts are silenced.",
            ),
        ),
    ],
)
def test_what_a_page_says(
    rules: list[AlertRule], mutes: list[Mute], expected: tuple[str, ...]
) -> None:
    assert (
        watch_gaps({"door": "door", "hall": "hall"}, rules, CLASSES, mutes, MONDAY_NOON) == expected
    )


def test_without_a_camera_nothing_is_missing() -> None:
    assert watch_gaps({}, [], CLASSES, [], MONDAY_NOON) == ()
