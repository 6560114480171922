import threading

import pytest

from tests.alerting.fakes import CLASSES, FakeCamera
from webapp.core.camera_state import CameraState
from webapp.recording.history_loop import HistoryLoop


class FakeRecorder:
    def __init__(self) -> None:
        self.rows = []

    def add_history(self, camera, row):
        self.rows.append((camera, row))


@pytest.fixture
def recorder():
    return FakeRecorder()


@pytest.fixture
def cameras():
    return [FakeCamera("door")]


@pytest.fixture
def history(cameras, recorder):
    return HistoryLoop(lambda: list(cameras), recorder, threading.Event())


def play(history, seconds, start_s=1000.0):
    for second in range(seconds):
        history.step(start_s + second)


def test_a_row_is_handed_over_every_ten_seconds(history, cameras, recorder):
    cameras[0].sees(0.25)
    play(history, 21)
    assert [(name, row.start_s, row.data_s) for name, row in recorder.rows] == [
        ("door", 1000, 9.0),
        ("door", 1010, 9.0),
    ]
    row = recorder.rows[0][1]
    assert row.indicator_mean == pytest.approx(25.0)
    assert row.classes == (*CLASSES, "uncertain")


@pytest.mark.parametrize("state", [CameraState.OFFLINE, CameraState.PAUSED])
def test_a_camera_without_frames_is_time_without_data(state, history, cameras, recorder):
    cameras[0].sees(0.5)
    cameras[0].state = state
    play(history, 11)
    assert [(row.start_s, row.no_data_share) for _, row in recorder.rows] == [(1000, 1.0)]


def test_cameras_come_and_go_while_it_runs(history, cameras, recorder):
    (door,), hall = cameras, FakeCamera("hall")
    for camera in (door, hall):
        camera.sees(0.5)
    play(history, 3)
    cameras[:] = [hall]
    play(history, 4, 1003.0)
    ((name, row),) = recorder.rows
    assert (name, row.start_s, row.data_s) == ("door", 1000, 2.0)
    cameras[:] = [hall, door]
    play(history, 4, 1007.0)
    assert [(name, row.data_s) for name, row in recorder.rows[1:]] == [("hall", 6.0), ("door", 2.0)]


def test_the_loop_survives_a_strange_reading_and_hands_over_what_it_has(recorder, caplog):
    stop = threading.Event()

    class Strange(FakeCamera):
        def view(self):
            stop.set()
            raise RuntimeError("strange")

    both = (Strange("hall"), FakeCamera("door"))
    both[1].sees(0.5)
    HistoryLoop(lambda: both, recorder, stop).run()
    assert "camera hall could not be sampled" in caplog.text
    assert [name for name, _ in recorder.rows] == ["door"]
