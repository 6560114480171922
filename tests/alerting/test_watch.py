import threading
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import numpy as np
import pytest

from webapp.alerting.watch import AlertWatch
from webapp.core.alert_engine import AlertEngine
from webapp.core.alert_rules import AlertRule
from webapp.core.alerts import Limits
from webapp.core.camera_state import STALE_AFTER_S
from webapp.core.faces import Faces
from webapp.core.snapshot import CameraStatus, Snapshot

CLASSES = ("angry", "neutral")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANGER = AlertRule(1, "Anger lasts", "expression", Limits(30, 20, 2, 1), expressions=("angry",))
NO_DATA = AlertRule(2, "No data", "no_data", Limits(50, 50, 2, 1))


class FakeCamera:
    name = "door"

    def __init__(self) -> None:
        self.state, self.source_kind = "live", "demo"
        self.snapshot = None

    def status(self):
        return CameraStatus(self.name, self.state, NOW, self.source_kind)

    def newest_snapshot(self):
        return self.snapshot

    def sees(self, angry: float, at_s: float) -> None:
        faces = Faces.empty()
        self.snapshot = Snapshot(
            camera=self.name,
            at=NOW,
            captured_at_s=at_s,
            frame_number=1,
            faces=faces,
            track_ids=np.zeros(1, np.int64),
            probabilities=np.array([[angry, 1 - angry]], np.float32),
            uncertain=np.zeros(1, bool),
            classes=CLASSES,
            counts={"angry": int(angry > 0.5), "neutral": int(angry <= 0.5), "uncertain": 0},
            indicator=100 * angry,
        )


class FakeRecorder:
    def __init__(self) -> None:
        self.changes, self.readings, self.rows = [], [], []

    def add_change(self, change):
        self.changes.append(change)

    def add_reading(self, state):
        self.readings.append(state)

    def add_history(self, camera, row):
        self.rows.append((camera, row))


@pytest.fixture
def camera():
    return FakeCamera()


@pytest.fixture
def recorder():
    return FakeRecorder()


@pytest.fixture
def events():
    return []


@pytest.fixture
def watch(camera, recorder, events):
    ids = count(1)
    engine = AlertEngine((ANGER, NO_DATA), lambda: f"a{next(ids)}")
    return AlertWatch(
        [camera],
        engine,
        recorder,
        lambda name, payload: events.append((name, payload)),
        CLASSES,
        UTC,
        threading.Event(),
    )


def play(watch, camera, angry, seconds, start_s):
    for second in range(seconds):
        now_s = start_s + second
        if angry is not None:
            camera.sees(angry, now_s)
        watch.step(now_s, now_s)


def test_lasting_anger_is_recorded_and_pushed(watch, camera, recorder, events):
    play(watch, camera, 0.9, 3, 1000.0)
    assert [c.transition.change for c in recorder.changes] == ["pending", "firing"]
    name, payload = events[-1]
    assert name == "alert"
    assert payload == {
        "id": "a1",
        "camera": "door",
        "rule": "Anger lasts",
        "rule_id": 1,
        "kind": "expression",
        "expressions": ["angry"],
        "state": "firing",
        "since": "1970-01-01T00:16:40+00:00",
        "value": 90.0,
        "peak": 90.0,
        "reason": "",
    }


def test_what_never_fired_ends_on_the_page_too(watch, camera, events):
    play(watch, camera, 0.9, 1, 1000.0)
    play(watch, camera, 0.0, 1, 1001.0)
    assert [payload["state"] for _, payload in events] == ["pending", "resolved"]


@pytest.mark.parametrize("trouble", ["offline", "stalled"])
def test_a_camera_away_and_a_stalled_analysis_are_no_data(trouble, watch, camera, events):
    play(watch, camera, 0.0, 2, 1000.0)
    if trouble == "offline":
        camera.state = "offline"
    start_s = 1002.0 + STALE_AFTER_S
    play(watch, camera, None, 4, start_s)
    assert [(p["rule"], p["state"]) for _, p in events] == [
        ("No data", "pending"),
        ("No data", "firing"),
    ]


def test_pausing_closes_the_alert_with_its_reason(watch, camera, recorder):
    play(watch, camera, 0.9, 3, 1000.0)
    camera.state = "paused"
    watch.step(1003.0, 1003.0)
    last = recorder.changes[-1].transition
    assert (last.change, last.reason) == ("resolved", "the camera was paused")


def test_history_is_handed_over_every_ten_seconds(watch, camera, recorder):
    play(watch, camera, 0.25, 11, 1000.0)
    ((name, row),) = recorder.rows
    assert (name, row.start_s, row.data_s) == ("door", 1000, 9.0)
    assert row.indicator_mean == pytest.approx(25.0)
    assert row.classes == (*CLASSES, "uncertain")


def test_new_rules_hold_from_the_next_beat(watch, camera, recorder):
    play(watch, camera, 0.9, 3, 1000.0)
    watch.use_rules([replace(ANGER, limits=Limits(95, 94, 2, 1))])
    watch.step(1003.0, 1003.0)
    last = recorder.changes[-1].transition
    assert (last.change, last.reason) == ("resolved", "the rule was changed or removed")


def test_the_loop_survives_a_strange_reading_and_hands_over_what_it_has(camera, recorder, caplog):
    stop = threading.Event()

    class Strange(FakeCamera):
        def newest_snapshot(self):
            stop.set()
            raise RuntimeError("strange")

    strange = Strange()
    strange.name = "hall"
    watch = AlertWatch([strange, camera], AlertEngine((), str), recorder, print, CLASSES, UTC, stop)
    camera.sees(0.5, 0.0)
    watch.run()
    assert "camera hall could not be watched" in caplog.text
    assert [name for name, _ in recorder.rows] == ["door"]


def test_what_cannot_be_published_is_recorded(camera, recorder, caplog):
    def refuse(*_):
        raise OSError("no connection")

    engine = AlertEngine((replace(ANGER, limits=Limits(30, 20, 0, 0)), NO_DATA), lambda: "a1")
    stop = threading.Event()
    watch = AlertWatch([camera], engine, recorder, refuse, CLASSES, UTC, stop)
    play(watch, camera, 0.9, 2, 1000.0)
    assert [c.transition.change for c in recorder.changes] == ["firing"]
    watch.use_rules([])
    with pytest.raises(OSError):
        watch.step(1002.0, 1002.0)
    assert [c.transition.change for c in recorder.changes] == ["firing", "resolved"]


def test_the_course_of_an_open_alert_is_handed_over_every_ten_seconds(watch, camera, recorder):
    for second in range(25):
        camera.sees(0.4 + 0.02 * second, second)
        watch.step(1000.0 + second, second)
    assert [state.phase for state in recorder.readings] == ["firing", "firing"]
    assert [state.peak for state in recorder.readings] == pytest.approx([60, 80])
    (newest,) = watch.readings().values()
    assert (newest.value, newest.peak) == pytest.approx((88, 88))


def test_what_is_over_or_never_fired_has_no_course(watch, camera, recorder):
    camera.sees(0.9, 0)
    watch.step(1000.0, 0)
    assert [state.phase for state in watch.readings().values()] == ["pending"]
    camera.sees(0.0, 1)
    watch.step(1001.0, 1)
    assert watch.readings() == {}
    assert recorder.readings == []


def test_an_alert_of_the_demo_ends_when_a_camera_takes_its_place(watch, camera, recorder):
    for second in range(4):
        camera.sees(0.9, second)
        watch.step(1000.0 + second, second)
    camera.source_kind = "camera"
    camera.sees(0.9, 4)
    watch.step(1004.0, 4)
    firing, ended, anew = [change.transition for change in recorder.changes[-3:]]
    assert (firing.change, ended.change, anew.change) == ("firing", "resolved", "pending")
    assert ended.reason == "another source took the camera's place"
    assert anew.alert_id != ended.alert_id
