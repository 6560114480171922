from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from webapp.core.camera_state import CameraStateMachine, PausedState
from webapp.core.frame import Frame

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def frame_at(captured_at_s: float | None) -> Frame | None:
    image_bgr = np.zeros((1, 1, 3), np.uint8)
    return None if captured_at_s is None else Frame(image_bgr, captured_at_s, 0)


@pytest.mark.parametrize(
    ("newest_s", "now_s", "expected"),
    [
        (None, 100.0, "connecting"),
        (None, 103.0, "connecting"),
        (None, 103.1, "offline"),
        (101.0, 101.0, "live"),
        (101.0, 104.0, "live"),
        (101.0, 104.1, "offline"),
    ],
)
def test_state_by_age_of_the_newest_frame(newest_s, now_s, expected):
    machine = CameraStateMachine(100.0, T0, "live")
    assert machine.state == "connecting"
    machine.step(frame_at(newest_s), now_s, at(now_s))
    assert machine.state == expected


def test_a_slow_camera_is_not_offline_between_two_pictures():
    machine = CameraStateMachine(0.0, T0, "live")
    slow = replace(frame_at(10.0), interval_s=5.0)
    machine.step(slow, 22.5, at(22.5))
    assert machine.state == "live"
    machine.step(slow, 22.6, at(22.6))
    assert machine.state == "offline"


def test_since_is_the_last_change():
    machine = CameraStateMachine(0.0, T0, "demo")
    assert machine.since == T0
    machine.step(frame_at(0.5), 1.0, at(1.0))
    machine.step(frame_at(1.5), 2.0, at(2.0))
    assert (machine.state, machine.since) == ("demo", at(1.0))
    machine.step(frame_at(1.5), 6.0, at(6.0))
    assert (machine.state, machine.since) == ("offline", at(6.0))
    machine.step(frame_at(6.5), 6.6, at(6.6))
    assert machine.state == "demo"


@pytest.mark.parametrize("newest_s", [None, 1.0, 60.0])
def test_paused_stays_paused_whatever_comes(newest_s):
    paused = PausedState(T0)
    paused.step(frame_at(newest_s), 60.0, at(60.0))
    assert (paused.state, paused.since) == ("paused", T0)
