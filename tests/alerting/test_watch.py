import threading
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest

from tests.alerting.fakes import FakeCamera
from webapp.alerting.watch import AlertWatch
from webapp.core.alert_engine import AlertEngine
from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import AlertState, Limits, Phase
from webapp.core.camera_state import CameraState
from webapp.core.evidence import Evidence
from webapp.core.messages import AlertMessage

ANGER = AlertRule(
    1, "Anger lasts", RuleKind.EXPRESSION, Limits(30, 20, 2, 1), expressions=("angry",)
)
NO_DATA = AlertRule(2, "No data", RuleKind.NO_DATA, Limits(50, 50, 2, 1))
AT_ONCE = Limits(30, 20, 0, 0)


class FakeRecorder:
    def __init__(self) -> None:
        self.changes, self.readings = [], []

    def add_change(self, change):
        self.changes.append(change)

    def add_reading(self, camera, state):
        self.readings.append(state)


@pytest.fixture
def camera():
    return FakeCamera("door")


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
    return AlertWatch(lambda: [camera], engine, recorder, events.append, UTC, threading.Event())


def play(watch, camera, angry, seconds, start_s):
    for second in range(seconds):
        now_s = start_s + second
        camera.sees(angry)
        watch.step(now_s, now_s)


def test_lasting_anger_is_recorded_and_pushed(watch, camera, recorder, events):
    play(watch, camera, 0.9, 3, 1000.0)
    assert [c.transition.change for c in recorder.changes] == ["pending", "firing"]
    assert events[-1] == AlertMessage(
        id="a1",
        camera="door",
        rule="Anger lasts",
        rule_id=1,
        kind=RuleKind.EXPRESSION,
        expressions=("angry",),
        state=Phase.FIRING,
        since=datetime(1970, 1, 1, 0, 16, 40, tzinfo=UTC),
        value=90.0,
        peak=90.0,
        evidence=Evidence(people=1, in_view=1, rise=0.57),
    )


def test_what_never_fired_ends_on_the_page_too(watch, camera, events):
    play(watch, camera, 0.9, 1, 1000.0)
    play(watch, camera, 0.0, 1, 1001.0)
    assert [message.state for message in events] == ["pending", "resolved"]


@pytest.mark.parametrize("state", [CameraState.OFFLINE, CameraState.LIVE])
def test_a_camera_away_and_a_stalled_analysis_are_no_data(state, watch, camera, events):
    play(watch, camera, 0.0, 2, 1000.0)
    camera.state = state
    play(watch, camera, None, 4, 1002.0)
    assert [(message.rule, message.state) for message in events] == [
        ("No data", "pending"),
        ("No data", "firing"),
    ]


def test_pausing_closes_the_alert_with_its_reason(watch, camera, recorder):
    play(watch, camera, 0.9, 3, 1000.0)
    camera.state = CameraState.PAUSED
    watch.step(1003.0, 1003.0)
    last = recorder.changes[-1].transition
    assert (last.change, last.reason) == ("resolved", "the camera was paused")


def test_new_rules_hold_from_the_next_beat(watch, camera, recorder):
    play(watch, camera, 0.9, 3, 1000.0)
    watch.use_rules([replace(ANGER, limits=Limits(95, 94, 2, 1))])
    watch.step(1003.0, 1003.0)
    last = recorder.changes[-1].transition
    assert (last.change, last.reason) == ("resolved", "the rule was changed or removed")


def test_the_loop_survives_a_strange_reading_and_watches_the_others(camera, recorder, caplog):
    stop = threading.Event()

    class Strange(FakeCamera):
        def view(self):
            stop.set()
            raise RuntimeError("strange")

    engine = AlertEngine((replace(ANGER, limits=AT_ONCE),), lambda: "a1")
    both, events = (Strange("hall"), camera), []
    watch = AlertWatch(lambda: both, engine, recorder, events.append, UTC, stop, beat_s=0.001)
    camera.sees(0.5)
    watch.run()
    assert "camera hall could not be watched" in caplog.text
    assert [message.camera for message in events] == ["door"]


def test_what_cannot_be_published_is_recorded(camera, recorder, caplog):
    def refuse(*_):
        raise OSError("no connection")

    engine = AlertEngine((replace(ANGER, limits=AT_ONCE), NO_DATA), lambda: "a1")
    stop = threading.Event()
    watch = AlertWatch(lambda: [camera], engine, recorder, refuse, UTC, stop)
    play(watch, camera, 0.9, 2, 1000.0)
    assert [c.transition.change for c in recorder.changes] == ["firing"]
    watch.use_rules([])
    watch.step(1002.0, 1002.0)
    assert "was not published" in caplog.text
    assert [c.transition.change for c in recorder.changes] == ["firing", "resolved"]


def test_the_readings_of_an_open_alert_are_handed_over_every_ten_seconds(watch, camera, recorder):
    for second in range(25):
        camera.sees(0.4 + 0.02 * second)
        watch.step(1000.0 + second, second)
    assert [state.phase for state in recorder.readings] == ["firing", "firing"]
    assert [state.peak for state in recorder.readings] == pytest.approx([60, 80])
    (newest,) = watch.readings().values()
    assert (newest.value, newest.peak) == pytest.approx((88, 88))


def test_what_is_over_or_never_fired_has_no_readings(watch, camera, recorder):
    camera.sees(0.9)
    watch.step(1000.0, 0)
    assert [state.phase for state in watch.readings().values()] == ["pending"]
    camera.sees(0.0)
    watch.step(1001.0, 1)
    assert watch.readings() == {}
    assert recorder.readings == []


def test_an_alert_of_the_demo_ends_when_a_camera_takes_its_place(watch, camera, recorder):
    for second in range(4):
        camera.sees(0.9)
        watch.step(1000.0 + second, second)
    camera.revision += 1
    camera.sees(0.9)
    watch.step(1004.0, 4)
    firing, ended, anew = [change.transition for change in recorder.changes[-3:]]
    assert (firing.change, ended.change, anew.change) == ("firing", "resolved", "pending")
    assert ended.reason == "another source took the camera's place"
    assert anew.alert_id != ended.alert_id


def test_a_camera_that_is_gone_ends_its_alerts_and_comes_back_as_a_new_one(recorder, events):
    door, hall = FakeCamera("door"), FakeCamera("hall")
    present, ids = [door, hall], count(1)
    engine = AlertEngine((replace(ANGER, limits=AT_ONCE),), lambda: f"a{next(ids)}")
    watch = AlertWatch(
        lambda: list(present), engine, recorder, events.append, UTC, threading.Event()
    )
    for camera in (door, hall):
        camera.sees(0.9)
    watch.step(1000.0, 0.0)
    present.remove(door)
    watch.step(1001.0, 1.0)
    gone = recorder.changes[-1]
    assert (gone.camera, gone.transition.change) == ("door", "resolved")
    assert gone.transition.reason == "the camera was removed"
    assert [state.alert_id for state in watch.readings().values()] == ["a2"]
    door.revision = 7
    present.append(door)
    watch.step(1002.0, 2.0)
    assert [change.transition.alert_id for change in recorder.changes] == ["a1", "a2", "a1", "a3"]


def test_no_reading_of_the_old_source_counts_for_the_new_one(watch, camera, recorder):
    """The new source is calm, and what the old one showed is not stepped as the new one's."""
    play(watch, camera, 0.9, 4, 1000.0)
    camera.revision += 1
    camera.sees(0.0)
    watch.step(1004.0, 4.0)
    assert [c.transition.change for c in recorder.changes] == ["pending", "firing", "resolved"]
    assert recorder.changes[-1].transition.reason == "another source took the camera's place"


def test_a_restored_alert_of_a_camera_that_goes_before_the_first_look_ends(recorder):
    engine = AlertEngine((ANGER,), str)
    engine.restore(1, "door", AlertState(Phase.FIRING, "a1", 900.0, 903.0))
    present = [FakeCamera("door")]
    watch = AlertWatch(lambda: list(present), engine, recorder, print, UTC, threading.Event())
    assert list(watch.readings()) == ["a1"]
    present.clear()
    watch.step(1000.0, 0.0)
    assert recorder.changes[-1].transition.reason == "the camera was removed"
