import pytest

from tests.people import risen
from webapp.core.alert_rules import AlertRule, Observation
from webapp.core.alerts import Limits
from webapp.core.stretches import FaceTimes, Firing, LongestStretch, RuleTrial, Stretch

CLASSES = ("angry", "happy")


def trial(readings: list[tuple[float, float]], hold_s: float = 2.0) -> RuleTrial:
    """Try a rule on (time, probability of anger) of one face."""
    limits = Limits(enter=60, exit=40, hold_s=hold_s, clear_s=1)
    trial = RuleTrial(AlertRule(1, "anger lasts", "expression", limits, expressions=("angry",)))
    for now_s, angry in readings:
        trial.step(Observation(risen((angry,), CLASSES)), now_s)
    return trial


def every_half_second(*angry: float) -> list[tuple[float, float]]:
    return [(0.5 * index, value) for index, value in enumerate(angry)]


def test_a_reading_stands_until_the_next():
    times = FaceTimes(CLASSES)
    times.step({"angry": 2, "happy": 0}, 0.0)
    times.step({"angry": 0, "happy": 1}, 1.5)
    times.step({"angry": 0, "happy": 0}, 2.0)
    times.step({}, 5.0)
    assert times.seconds == {"angry": 3.0, "happy": 0.5}


@pytest.mark.parametrize(
    ("readings", "longest"),
    [
        ([], None),
        ([(0.0, False), (1.0, False)], None),
        ([(1.0, True)], Stretch(1.0, 1.0)),
        # Of two that are as long, the first.
        ([(0.0, True), (1.0, True), (2.0, False), (3.0, True), (4.0, True)], Stretch(0.0, 1.0)),
        ([(1.0, True), (4.0, True)], Stretch(1.0, 4.0)),
        ([(0.0, True), (1.0, False), (2.0, True), (4.0, True)], Stretch(2.0, 4.0)),
        # Nobody knows what was in the minute between.
        ([(0.0, True), (1.0, True), (61.0, True)], Stretch(0.0, 1.0)),
    ],
)
def test_the_longest_stretch(readings, longest):
    stretch = LongestStretch()
    for now_s, holds in readings:
        stretch.step(holds, now_s)
    assert stretch.longest == longest


@pytest.mark.parametrize(
    ("angry", "firings"),
    [
        ([], []),
        ([0.9] * 4, []),
        ([0.9] * 6, [Firing(0.0, 2.0)]),
        ([0.9, 0.9, 0.9, 0.1, 0.9, 0.9], []),
        ([0.1, *[0.9] * 5, *[0.1] * 3], [Firing(0.5, 2.5, 4.0)]),
        # Not below for long enough: the same alert goes on.
        ([*[0.9] * 5, 0.1, *[0.9] * 5], [Firing(0.0, 2.0)]),
        ([*[0.9] * 5, *[0.1] * 3, *[0.9] * 5], [Firing(0.0, 2.0, 3.5), Firing(4.0, 6.0)]),
    ],
)
def test_when_the_rule_would_have_fired(angry, firings):
    assert trial(every_half_second(*angry)).firings == firings


@pytest.mark.parametrize(
    ("angry", "highest", "at_s"), [([], 0, 0.0), ([0.0], 0, 0.0), ([0.1, 0.4, 0.4, 0.3], 40, 0.5)]
)
def test_the_highest_value_and_its_first_time(angry, highest, at_s):
    tried = trial(every_half_second(*angry))
    assert (tried.highest, tried.highest_at_s) == (pytest.approx(highest), at_s)


def test_what_is_not_known_changes_no_value():
    tried = trial([(0.0, 0.4)])
    tried.step(Observation(None), 0.5)
    assert (tried.highest, tried.firings) == (pytest.approx(40), [])


@pytest.mark.parametrize(
    ("step_s", "hold_s", "is_judged"), [(3.0, 2.0, True), (3.1, 2.0, False), (3.1, 0.0, True)]
)
def test_readings_too_far_apart_judge_nothing(step_s, hold_s, is_judged):
    assert trial([(8.0, 0.9), (8.0 + step_s, 0.9)], hold_s).is_judged is is_judged
