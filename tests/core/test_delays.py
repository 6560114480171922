import pytest

from webapp.core.delays import DELAY_BOUNDS_S, NO_DELAYS, DelayMeter


def test_delays_are_counted_between_their_bounds_and_summed():
    meter = DelayMeter()
    assert meter.delays() == NO_DELAYS
    for delay_s in (0.0, DELAY_BOUNDS_S[0], DELAY_BOUNDS_S[0] + 0.001, 60.0):
        meter.note(delay_s)
    counts = [2, 1, *[0] * (len(DELAY_BOUNDS_S) - 2), 1]
    assert meter.delays().counts == tuple(counts)
    assert meter.delays().total_s == pytest.approx(60.051)


def test_what_it_takes_at_present_begins_with_the_first_and_follows_slowly():
    meter = DelayMeter()
    meter.note(2.0)
    assert meter.delays().recent_s == 2.0
    meter.note(1.0)
    assert meter.delays().recent_s == pytest.approx(1.9)
