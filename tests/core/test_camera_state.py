from datetime import UTC, datetime, timedelta

import pytest

from webapp.core.camera_state import CameraStateMachine, PausedState

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


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
    machine.step(newest_s, now_s, at(now_s))
    assert machine.state == expected


def test_since_is_the_last_change():
    machine = CameraStateMachine(0.0, T0, "demo")
    assert machine.since == T0
    machine.step(0.5, 1.0, at(1.0))
    machine.step(1.5, 2.0, at(2.0))
    assert (machine.state, machine.since) == ("demo", at(1.0))
    machine.step(1.5, 6.0, at(6.0))
    assert (machine.state, machine.since) == ("offline", at(6.0))
    machine.step(6.5, 6.6, at(6.6))
    assert machine.state == "demo"


@pytest.mark.parametrize("newest_s", [None, 1.0, 60.0])
def test_paused_stays_paused_whatever_comes(newest_s):
    paused = PausedState(T0)
    paused.step(newest_s, 60.0, at(60.0))
    assert (paused.state, paused.since) == ("paused", T0)
