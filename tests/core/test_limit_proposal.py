from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.people import risen
from webapp.core.alert_engine import AlertEngine
from webapp.core.alert_rules import AlertRule, Observation, RuleKind
from webapp.core.alerts import Limits
from webapp.core.course import NO_COURSE, Course
from webapp.core.limit_proposal import (
    AnsweredAlert,
    NoProposal,
    Proposal,
    propose,
    would_fire,
)

LIMITS = Limits(25, 20, 15, 10)
NOON = datetime(2026, 3, 2, 12)


def lasting(value: float, lasts_s: int, times: int, *, was: bool) -> list[AnsweredAlert]:
    """Alerts whose value stays for so long and is over then."""
    course = Course()
    for second in range(lasts_s + 10):
        course = course.follow(second, value if second <= lasts_s else 0.0)
    return [AnsweredAlert(course, was)] * times


def right(value, lasts_s, times):
    return lasting(value, lasts_s, times, was=True)


def wrong(value, lasts_s, times):
    return lasting(value, lasts_s, times, was=False)


@pytest.mark.parametrize(
    ("alerts", "expected"),
    [
        ([], NoProposal.TOO_FEW),
        (right(40, 30, 15) + wrong(28, 30, 4), NoProposal.TOO_FEW),
        (right(40, 30, 20), NoProposal.NONE_WRONG),
        (wrong(40, 30, 20), NoProposal.NONE_RIGHT),
        (right(40, 30, 15) + wrong(40, 30, 9), NoProposal.IMPOSSIBLE),
        # From just above the false ones, no higher; a step less would drop fewer.
        (right(40, 30, 15) + wrong(28.4, 30, 9), Proposal(Limits(29, 24, 15, 10), 15, 15, 9, 9)),
        (
            right(40, 30, 15) + wrong(28, 30, 6) + wrong(34, 30, 3),
            Proposal(Limits(35, 30, 15, 10), 15, 15, 9, 9),
        ),
        # What cannot be told apart from right ones stays.
        (
            right(40, 30, 15) + wrong(28, 30, 5) + wrong(70, 60, 4),
            Proposal(Limits(29, 24, 15, 10), 15, 15, 9, 5),
        ),
        # Short ones, however high; then short ones and low ones.
        (right(30, 60, 15) + wrong(60, 18, 9), Proposal(Limits(25, 20, 20, 10), 15, 15, 9, 9)),
        (
            right(40, 60, 15) + wrong(60, 18, 5) + wrong(28, 60, 4),
            Proposal(Limits(29, 24, 20, 10), 15, 15, 9, 9),
        ),
        # Of many, one in twenty may be lost, but only where nothing else helps.
        (right(40, 30, 38) + right(26, 30, 1) + wrong(28, 30, 9), NoProposal.IMPOSSIBLE),
        (
            right(40, 30, 38) + right(26, 30, 2) + wrong(28, 30, 9),
            Proposal(Limits(29, 24, 15, 10), 40, 38, 9, 9),
        ),
        (
            right(40, 60, 38) + right(26, 60, 2) + wrong(28, 18, 9),
            Proposal(Limits(25, 20, 20, 10), 40, 40, 9, 9),
        ),
        # Of alerts that the limits of today would not raise nothing can be said.
        (
            right(40, 30, 15) + wrong(28, 30, 5) + [AnsweredAlert(NO_COURSE, was=True)] * 9,
            Proposal(Limits(29, 24, 15, 10), 15, 15, 5, 5),
        ),
        (right(40, 30, 15) + wrong(28, 30, 4) + wrong(22, 30, 9), NoProposal.TOO_FEW),
    ],
)
def test_what_is_proposed(alerts, expected):
    assert propose(LIMITS, alerts) == expected


@pytest.mark.parametrize("enter", [25.5, 99.0, 100.0])
def test_limits_stay_on_the_scale(enter):
    limits = Limits(enter, enter, 0, 0)
    alerts = right(100, 9, 15) + wrong(100, 2, 9)
    assert propose(limits, alerts) == Proposal(Limits(enter, enter, 5, 0), 15, 15, 9, 9)


@pytest.mark.parametrize(
    ("spans", "fires"),
    [
        ([], False),
        ([(16, 30)], True),
        ([(14, 30)], False),
        # A dip begins the time anew; what nobody saw does not count, and is lost when it is long.
        ([(14, 30), (15, 24), (28, 30)], False),
        ([(14, 30), (15, 24), (31, 30)], True),
        ([(10, 30), (14, None), (18, 30)], False),
        ([(10, 30), (14, None), (20, 30)], True),
        ([(10, 30), (18, None), (24, 30)], False),
        ([(40, None)], False),
    ],
)
def test_a_replay_follows_the_rule(spans, fires):
    course = Course(tuple(float(until) for until, _ in spans), tuple(low for _, low in spans))
    assert would_fire(course, LIMITS) is fires


values = st.sampled_from([0.10, 0.24, 0.25, 0.6, 0.6, None]) | st.floats(0.2, 1)
# A value, and for how many quarters of a second it stays.
stays = st.lists(st.tuples(values, st.integers(1, 40)), min_size=3, max_size=20)


def observation(value: float | None) -> Observation:
    if value is None:
        return Observation(None)
    return Observation(risen((value,), ("angry", "calm")))


@settings(max_examples=50)
@given(stays, st.sampled_from([0.0, 2.0, 5.0]))
def test_every_alert_that_fired_fires_in_its_replay(stays, hold_s):
    limits = replace(LIMITS, hold_s=hold_s, clear_s=1.0)
    rule = AlertRule(1, "Anger", RuleKind.EXPRESSION, limits, expressions=("angry",))
    engine, now_s = AlertEngine((rule,), str), 1_790_000_000.1
    for value in (value for value, quarters in stays for _ in range(quarters)):
        now_s += 0.25
        for change in engine.step("hall", observation(value), now_s, NOON):
            if change.transition.change in ("firing", "recovering", "resolved"):
                assert would_fire(change.transition.course, limits)
