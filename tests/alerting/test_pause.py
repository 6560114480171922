"""A camera is paused while its alert is open: real loops, real database, fake pictures."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.alerting.test_watch import ANGER, NO_DATA, FakeCamera, FakeRecorder
from tests.cameras.fakes import CLASSES, FakeClassifier, FakeDetector, FakeOpener, FakeRenderer
from tests.cameras.fakes import crop as fake_crop
from webapp.alerting.service import AlertPlan, AlertService
from webapp.alerting.watch import AlertWatch
from webapp.cameras.analysis import FaceModels
from webapp.cameras.camera import CameraPlan
from webapp.cameras.runtime import Runtime, RuntimePlan
from webapp.core.alert_engine import AlertEngine
from webapp.core.alerts import Limits
from webapp.storage.alerts import list_alerts

WITHIN_S = 20.0
AT_ONCE = Limits(50, 50, 0, 0)
RULES = [replace(ANGER, id=0, limits=AT_ONCE), replace(NO_DATA, id=0, limits=AT_ONCE)]


class Told:
    """Waits for what is pushed."""

    def __init__(self) -> None:
        self.alerts: list[dict] = []
        self._changed = threading.Condition()

    def __call__(self, event: str, payload: dict) -> None:
        with self._changed:
            self.alerts += [payload] if event == "alert" else []
            self._changed.notify_all()

    def wait(self, holds: Callable[[], object]) -> None:
        with self._changed:
            assert self._changed.wait_for(holds, WITHIN_S), self.alerts


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def runtime(database, told):
    models = FaceModels(FakeDetector(2), fake_crop, FakeClassifier(), ("angry",))
    plan = CameraPlan("door", "camera", FakeOpener(), lambda: models, FakeRenderer())
    others = RuntimePlan([plan], lambda *_: plan, CLASSES, ("angry",), max_viewers=2)
    runtime = Runtime(others, lambda *_: None)
    service = AlertService(
        AlertPlan(RULES, (), 0.0, UTC, beat_s=0.02),
        runtime.camera_set.current(),
        CLASSES,
        database,
        told,
        runtime.stopping,
    )
    for name, loop in service.loops().items():
        runtime.add_loop(name, loop)
    runtime.start()
    yield runtime
    runtime.stop()


def test_pausing_closes_the_alert_and_is_no_lack_of_data(database, runtime, told):
    told.wait(lambda: is_told(told, "Anger lasts", "firing"))
    before = len(told.alerts)
    runtime.pause("door", datetime.now(UTC))
    told.wait(lambda: is_told(told, "Anger lasts", "resolved"))
    assert [a["rule"] for a in told.alerts[before:]] == ["Anger lasts"], "no data is not told"
    runtime.stop()
    with database.session() as session:
        alerts = [alert for alert in list_alerts(session) if alert.rule_name == "Anger lasts"]
    assert [(a.phase, a.reason) for a in alerts] == [("resolved", "the camera was paused")]


def test_an_alert_fires_again_after_the_pause(runtime, told):
    told.wait(lambda: is_told(told, "Anger lasts", "firing"))
    runtime.pause("door", datetime.now(UTC))
    told.wait(lambda: is_told(told, "Anger lasts", "resolved"))
    before = len(told.alerts)
    runtime.resume("door")
    told.wait(lambda: is_told(told, "Anger lasts", "firing", after=before))


def is_told(told: Told, rule: str, state: str, after: int = 0) -> bool:
    return any(a["rule"] == rule and a["state"] == state for a in told.alerts[after:])


def test_a_pause_is_time_without_data():
    camera, recorder = FakeCamera(), FakeRecorder()
    watch = AlertWatch(
        [camera], AlertEngine((), str), recorder, print, CLASSES, UTC, threading.Event()
    )
    camera.sees(0.5, 1000.0)
    camera.state = "paused"
    for second in range(11):
        watch.step(1000.0 + second, 1000.0 + second)
    rows = [row for _, row in recorder.rows]
    assert [(row.start_s, row.no_data_share) for row in rows] == [(1000, 1.0)]
