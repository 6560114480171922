import pytest

from webapp.core.backoff import Backoff
from webapp.core.rates import Durations, RateMeter


@pytest.mark.parametrize(
    ("events_s", "now_s", "per_second"),
    [
        ([], 5.0, 0.0),
        ([1.0], 1.0, 0.0),
        ([0.0, 0.5], 0.5, 2.0),
        ([0.0, 1.0, 2.0], 2.0, 1.0),
        ([0.0, 1.0], 2.0, 0.5),
        ([0.0, 3.0], 3.0, 1 / 3),
        # Nothing of the last three seconds but one.
        ([0.0, 1.0], 3.5, 0.0),
        # Whoever asks may have looked at the clock before the newest event.
        ([0.0, 1.0, 2.0], 1.0, 1.0),
    ],
)
def test_the_rate_of_the_last_three_seconds(events_s, now_s, per_second):
    meter = RateMeter()
    for event_s in events_s:
        meter.step(event_s)
    assert meter.per_second(now_s) == pytest.approx(per_second)


def test_a_long_run_keeps_only_the_events_of_its_window():
    meter = RateMeter(window_s=3.0)
    for event in range(1000):
        meter.step(event / 8)
    assert len(meter._times_s) == 25
    assert meter.per_second(999 / 8) == 8.0


def test_durations_keep_the_newest():
    durations = Durations(keep=2)
    assert durations.means_ms() == {}
    for seconds in (1.0, 0.010, 0.030):
        durations.note("detect", seconds)
    assert durations.of("detect") == [0.010, 0.030]
    assert durations.means_ms() == {"detect": pytest.approx(20.0)}
    assert durations.count("detect") == 3
    durations.clear()
    assert (durations.of("detect"), durations.count("detect")) == ([], 0)


def test_backoff_doubles_up_to_its_limit_and_starts_small_again():
    backoff = Backoff()
    assert [backoff.failed() for _ in range(5)] == [0.5, 1.0, 2.0, 4.0, 4.0]
    backoff.succeeded()
    assert backoff.failed() == 0.5
