import numpy as np
import pytest

from webapp.core.frame import Frame, FrameIntervals


@pytest.mark.parametrize(
    ("interval_s", "stale_after_s"), [(0.0, 3.0), (1.0, 3.0), (5.0, 12.5), (600.0, 120.0)]
)
def test_the_age_that_a_frame_may_have_follows_its_camera(interval_s, stale_after_s):
    frame = Frame(np.zeros((1, 1, 3), np.uint8), 100.0, 0, interval_s=interval_s)
    assert not frame.is_stale(100.0 + stale_after_s)
    assert frame.is_stale(100.1 + stale_after_s)


def test_a_quick_camera_is_known_to_be_quick_within_a_second():
    intervals = FrameIntervals()
    learnt_s = [intervals.step(0.04 * number) for number in range(25)]
    assert learnt_s[0] == 4.0
    assert learnt_s[-1] < 0.4


def test_a_slow_camera_stays_slow():
    intervals = FrameIntervals()
    assert [intervals.step(5.0 * number) for number in range(4)] == [4.0, 5.0, 5.0, 5.0]
