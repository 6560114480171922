from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.alert_story import AlertStory, ExpectedPhase
from webapp.core.alert_engine import AlertChange
from webapp.core.alert_rules import AlertRule
from webapp.core.alerts import (
    LONGEST_STEP_S,
    AlertState,
    Limits,
    close,
    step,
)

LIMITS = Limits(enter=30, exit=20, hold_s=3, clear_s=2)
HIGH, MIDDLE, LOW = 40.0, 25.0, 10.0


def play(values, limits=LIMITS, interval_s=1.0, state=None, start_s=1000.0):
    """Step through readings; returns the last state and [(second, change)]."""
    ids = count(1)
    state = state or AlertState()
    changes = []
    for number, value in enumerate(values):
        now_s = start_s + number * interval_s
        state, transition = step(limits, state, value, now_s, lambda: f"a{next(ids)}")
        if transition:
            changes.append((now_s - start_s, transition.change))
    return state, changes


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([LOW] * 5, []),
        ([MIDDLE] * 9, []),
        ([HIGH] * 3, [(0, "pending")]),
        ([HIGH] * 4, [(0, "pending"), (3, "firing")]),
        ([HIGH, HIGH, MIDDLE, HIGH, HIGH], [(0, "pending"), (2, "reset"), (3, "pending")]),
        ([HIGH] * 4 + [MIDDLE] * 9, [(0, "pending"), (3, "firing")]),
        ([HIGH] * 4 + [LOW] * 2, [(0, "pending"), (3, "firing"), (4, "recovering")]),
        (
            [HIGH] * 4 + [LOW] * 3,
            [(0, "pending"), (3, "firing"), (4, "recovering"), (6, "resolved")],
        ),
        (
            [HIGH] * 4 + [LOW, LOW, MIDDLE, LOW, LOW],
            [(0, "pending"), (3, "firing"), (4, "recovering"), (6, "firing"), (7, "recovering")],
        ),
        ([HIGH, HIGH, None, HIGH, HIGH, HIGH], [(0, "pending"), (5, "firing")]),
        ([HIGH] * 4 + [None] * 60, [(0, "pending"), (3, "firing")]),
        ([HIGH] * 4 + [LOW] + [None] * 60, [(0, "pending"), (3, "firing"), (4, "recovering")]),
        ([HIGH, HIGH] + [None] * 7, [(0, "pending"), (7, "reset")]),
    ],
)
def test_the_life_of_an_alert(values, expected):
    assert play(values)[1] == expected


def test_times_of_zero_fire_and_resolve_at_once():
    limits = Limits(30, 30, hold_s=0, clear_s=0)
    assert play([HIGH, LOW], limits)[1] == [(0, "firing"), (1, "resolved")]


def test_time_nobody_watched_counts_for_nothing():
    state, changes = play([HIGH] * 3, interval_s=LONGEST_STEP_S + 1)
    assert changes == [(0, "pending")]
    assert state.counted_s == 0.0


def test_a_clock_set_back_counts_for_nothing():
    state, _ = play([HIGH] * 3)
    state, transition = step(LIMITS, state, HIGH, 0.0, str)
    assert (state.counted_s, transition) == (2.0, None)


def test_what_was_pending_before_a_long_sleep_starts_anew():
    state, _ = play([HIGH] * 3)
    _, changes = play([HIGH] * 5, state=state, start_s=5000)
    assert changes == [(0, "reset"), (1, "pending"), (4, "firing")]


def test_an_alert_shows_since_when_and_how_high():
    state, _ = play([HIGH, 70.0, HIGH, HIGH])
    assert (state.since_s, state.fired_at_s, state.peak, state.value) == (1000, 1003, 70, HIGH)


def test_an_open_alert_goes_on_after_a_restart():
    state, _ = play([HIGH] * 4)
    again = AlertState("firing", state.alert_id, state.since_s, state.fired_at_s)
    ended, changes = play([HIGH, LOW, LOW, LOW], state=again, start_s=5000)
    assert changes == [(1, "recovering"), (3, "resolved")]
    assert ended.phase == "normal"


@pytest.mark.parametrize(
    ("values", "change"), [([HIGH], "reset"), ([HIGH] * 4, "resolved"), ([LOW], None)]
)
def test_closing_from_outside_records_why(values, change):
    state, transition = close(play(values)[0], 2000.0, "the camera was paused")
    assert state.phase == "normal"
    assert (transition.change if transition else None) == change
    assert not transition or transition.reason == "the camera was paused"


@pytest.mark.parametrize(
    "limits", [(10, 20, 1, 1), (101, 20, 1, 1), (30, -1, 1, 1), (30, 20, -1, 1)]
)
def test_limits_that_make_no_sense_are_refused(limits):
    with pytest.raises(ValueError, match="got"):
        Limits(*limits)


levels = st.sampled_from([0, 10, 30, 60, 90, 95, 100]) | st.floats(0, 100)
times_s = st.sampled_from([0, 1, 2.5, 6]) | st.floats(0, 20)
limits = st.builds(
    lambda a, b, hold, clear: Limits(max(a, b), min(a, b), hold, clear),
    levels,
    levels,
    times_s,
    times_s,
)
# A reading, how long after the one before, and how often so: alerts fire on what lasts.
readings = st.tuples(
    st.one_of(st.none(), levels, levels, levels),
    st.floats(0, LONGEST_STEP_S) | st.sampled_from([0.5, 1, LONGEST_STEP_S]) | st.floats(-5, 60),
    st.integers(1, 5),
)


@settings(deadline=None, max_examples=100)
@given(limits, st.lists(readings, min_size=10, max_size=30))
def test_whatever_comes_the_story_is_consistent(limits, readings):
    rule, ids = AlertRule(1, "Anger", "expression", limits), count()
    state, now_s = AlertState(), 1000.0
    story, expected = AlertStory(), ExpectedPhase(limits)
    for value, elapsed_s in [each for *each, times in readings for _ in range(times)]:
        now_s += elapsed_s
        state, transition = step(limits, state, value, now_s, lambda: f"a{next(ids)}")
        story.add([AlertChange(rule, "hall", transition)] if transition else [])
        assert state.phase == story.phase(rule.id, "hall") == expected.read(value, now_s)
        assert expected.counted_s in (None, state.counted_s)
        assert value is not None or not transition or transition.change == "reset"
