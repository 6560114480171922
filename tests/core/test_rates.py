import pytest

from webapp.core.backoff import Backoff
from webapp.core.rates import Durations, RateMeter


def test_nothing_happens_at_no_rate():
    assert RateMeter().per_second(5.0) == 0.0


@pytest.mark.parametrize("per_second", [1, 15, 30])
def test_a_steady_rate_is_told(per_second):
    meter = RateMeter(window_s=3.0)
    for event in range(10 * per_second):
        meter.step(event / per_second)
    assert meter.per_second(10.0 - 1 / per_second) == pytest.approx(per_second, rel=0.01)


def test_the_rate_falls_when_events_stop():
    meter = RateMeter(window_s=3.0)
    for event in range(30):
        meter.step(event / 10)
    assert meter.per_second(3.9) < 10
    assert meter.per_second(9.0) == 0.0


def test_durations_keep_the_newest():
    durations = Durations(keep=2)
    assert durations.means_ms() == {}
    for seconds in (1.0, 0.010, 0.030):
        durations.note("detect", seconds)
    assert durations.of("detect") == [0.010, 0.030]
    assert durations.means_ms() == {"detect": pytest.approx(20.0)}
    durations.clear()
    assert durations.of("detect") == []


def test_backoff_doubles_up_to_its_limit_and_starts_small_again():
    backoff = Backoff(first_s=0.5, most_s=4.0)
    assert [backoff.failed() for _ in range(5)] == [0.5, 1.0, 2.0, 4.0, 4.0]
    backoff.succeeded()
    assert backoff.failed() == 0.5
