from dataclasses import replace
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
    Phase,
    Transition,
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


def test_what_was_pending_before_a_long_sleep_starts_anew():
    state, _ = play([HIGH] * 3)
    _, changes = play([HIGH] * 5, state=state, start_s=5000)
    assert changes == [(0, "reset"), (1, "pending"), (4, "firing")]


def test_an_alert_says_since_when_and_how_high():
    state, _ = play([HIGH, 70.0, HIGH, HIGH])
    assert (state.since_s, state.fired_at_s, state.peak, state.value) == (1000, 1003, 70, HIGH)


def test_an_open_alert_goes_on_after_a_restart():
    state, _ = play([HIGH] * 4)
    again = AlertState("firing", state.alert_id, state.since_s, state.fired_at_s)
    ended, changes = play([HIGH, LOW, LOW, LOW], state=again, start_s=5000)
    assert changes == [(1, "recovering"), (3, "resolved")]
    assert ended.phase == "normal"


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


@settings(max_examples=100)
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


NOW_S = 1000.0
PENDING = AlertState(Phase.PENDING, "a1", 997.0, None, 1.5, 40.0, 44.0, 999.0, True)
FIRING = AlertState(Phase.FIRING, "a1", 990.0, 994.0, 2.5, 40.0, 44.0, 999.0, True)
RECOVERING = AlertState(Phase.RECOVERING, "a1", 990.0, 994.0, 1.5, 10.0, 44.0, 999.0, True)
CALM = AlertState(Phase.NORMAL, "", 0.0, None, 0.0, 12.0, 0.0, 999.0, True)


def seen(state: AlertState, value: float, **changes) -> AlertState:
    """The state after a reading now."""
    return replace(state, value=value, seen_at_s=NOW_S, is_watched=True, **changes)


@pytest.mark.parametrize(
    ("state", "value", "after"),
    [
        # The highest reading of a calm time is of no alert, nor is time that was counted before.
        (CALM, 29.0, seen(CALM, 29.0, peak=0.0)),
        (
            replace(CALM, peak=29.0, counted_s=1.0),
            30.0,
            AlertState(Phase.PENDING, "new", NOW_S, None, 0.0, 30.0, 30.0, NOW_S, True),
        ),
        (PENDING, 29.9, AlertState(value=29.9, seen_at_s=NOW_S, is_watched=True)),
        (PENDING, 30.0, seen(PENDING, 30.0, counted_s=2.5)),
        (
            replace(PENDING, counted_s=2.0),
            50.0,
            seen(PENDING, 50.0, phase=Phase.FIRING, fired_at_s=NOW_S, counted_s=0.0, peak=50.0),
        ),
        # At the exit itself an alert goes on; time is counted anew on each way back.
        (FIRING, 20.0, seen(FIRING, 20.0)),
        (FIRING, 19.9, seen(FIRING, 19.9, phase=Phase.RECOVERING, counted_s=0.0)),
        (RECOVERING, 20.0, seen(RECOVERING, 20.0, phase=Phase.FIRING, counted_s=0.0)),
        (replace(RECOVERING, counted_s=0.5), 19.9, seen(RECOVERING, 19.9, counted_s=1.5)),
        (RECOVERING, 5.0, AlertState(value=5.0, seen_at_s=NOW_S, is_watched=True)),
        # Longer steps than three seconds, and time without a reading, count for nothing.
        (replace(PENDING, seen_at_s=997.0, counted_s=-3), 40.0, seen(PENDING, 40.0, counted_s=0)),
        (replace(PENDING, seen_at_s=996.9), 40.0, seen(PENDING, 40.0)),
        (replace(PENDING, is_watched=False), 40.0, seen(PENDING, 40.0)),
        (replace(PENDING, seen_at_s=1000.5), 40.0, seen(PENDING, 40.0)),
        # A pending alert that nobody saw for more than five seconds starts anew.
        (replace(PENDING, seen_at_s=995.0), 40.0, seen(PENDING, 40.0)),
        (replace(PENDING, seen_at_s=994.9), 40.0, AlertState()),
        (replace(FIRING, seen_at_s=900.0), 40.0, seen(FIRING, 40.0)),
        (replace(FIRING, seen_at_s=None), 40.0, seen(FIRING, 40.0)),
    ],
)
def test_where_a_reading_leads(state, value, after):
    assert step(LIMITS, state, value, NOW_S, lambda: "new")[0] == after


@pytest.mark.parametrize("state", [CALM, PENDING, FIRING, RECOVERING])
def test_the_unknown_changes_nothing_but_that_nobody_watches(state):
    unknown = step(LIMITS, state, None, NOW_S, pytest.fail)
    assert unknown == (replace(state, is_watched=False), None)


@pytest.mark.parametrize(
    ("limits", "values", "expected"),
    [
        (Limits(30, 20, 0, 2), [30.0], [(0, "firing")]),
        (
            Limits(30, 20, 3, 0),
            [HIGH] * 4 + [LOW],
            [(0, "pending"), (3, "firing"), (4, "resolved")],
        ),
        (Limits(30, 20, 0, 0), [30.0, 19.0, 30.0], [(0, "firing"), (1, "resolved"), (2, "firing")]),
    ],
)
def test_without_times_to_wait_changes_come_at_once(limits, values, expected):
    assert play(values, limits)[1] == expected


@pytest.mark.parametrize(
    "limits", [(30, 31, 0, 0), (101, 20, 0, 0), (30, -1, 0, 0), (30, 20, -1, 0), (30, 20, 0, -1)]
)
def test_limits_that_contradict_themselves_are_rejected(limits):
    with pytest.raises(ValueError, match="got"):
        Limits(*limits)


@pytest.mark.parametrize(
    ("state", "change"),
    [(PENDING, "reset"), (FIRING, "resolved"), (RECOVERING, "resolved"), (CALM, None)],
)
def test_closing_from_outside_says_why(state, change):
    after, transition = close(state, NOW_S, "the camera was paused")
    assert after == AlertState()
    if change is None:
        assert transition is None
    else:
        assert transition == Transition(
            "a1", change, NOW_S, state.since_s, state.value, 44.0, "the camera was paused"
        )
