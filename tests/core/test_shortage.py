"""When a machine is short of time, and when it is no more."""

from webapp.core.shortage import Shortage


def steps(shortage: Shortage, latency_s: float, start_s: float, seconds: float) -> float | None:
    """Step ten times a second; return when it changed first, None if it did not."""
    before = shortage.is_short
    for tenth in range(int(10 * seconds)):
        now_s = start_s + tenth / 10
        shortage.step(latency_s, now_s)
        if shortage.is_short != before:
            return now_s - start_s
    return None


def test_it_is_short_when_pictures_wait_long_and_not_when_one_hiccups():
    shortage = Shortage()
    assert steps(shortage, 0.05, 0, 10) is None
    shortage.step(2.0, 10.0)
    assert steps(shortage, 0.05, 10.1, 10) is None
    became_short_s = steps(shortage, 0.6, 20, 10)
    assert became_short_s is not None and 0.5 < became_short_s < 5


def test_it_stays_so_for_a_while_and_does_not_flicker_between_the_limits():
    shortage = Shortage()
    steps(shortage, 1.0, 0, 2)
    assert shortage.is_short
    assert steps(shortage, 0.2, 2, 60) is None
    assert steps(shortage, 0.05, 62, 60) < 10
    assert not shortage.is_short and steps(shortage, 0.2, 122, 60) is None


def test_it_eases_no_earlier_than_ten_seconds_after_it_became_short():
    shortage = Shortage()
    shortage.step(0.0, 0.0)
    became_short_s = steps(shortage, 2.0, 0.1, 5)
    eased_s = steps(shortage, 0.01, 0.1 + became_short_s, 60)
    assert 9.9 < eased_s < 11
