"""A camera is paused while its alert is open: real loops, real database, fake pictures."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.alerting.test_watch import ANGER, NO_DATA
from tests.cameras.fakes import CLASSES, FakeClassifier, FakeDetector, FakeOpener, FakeRenderer
from tests.cameras.fakes import crop as fake_crop
from tests.patience import PATIENCE_S
from tests.receivers import SEALER
from webapp.alerting.service import AlertPlan, AlertService
from webapp.cameras.analysis import FaceModels
from webapp.cameras.camera import CameraPlan
from webapp.cameras.runtime import Runtime, RuntimePlan
from webapp.core.alerts import Limits
from webapp.core.camera_setup import CameraSetup
from webapp.core.camera_state import SourceKind
from webapp.core.messages import AlertMessage, Message
from webapp.recording.recorder import DatabaseRecorder
from webapp.storage.alerts import list_alerts

AT_ONCE = Limits(50, 50, 0, 0)
RULES = [replace(ANGER, id=0, limits=AT_ONCE), replace(NO_DATA, id=0, limits=AT_ONCE)]


class Published:
    """Waits for alerts that are published."""

    def __init__(self) -> None:
        self.alerts: list[AlertMessage] = []
        self._changed = threading.Condition()

    def __call__(self, message: Message) -> None:
        with self._changed:
            self.alerts += [message] if isinstance(message, AlertMessage) else []
            self._changed.notify_all()

    def wait(self, holds: Callable[[], object]) -> None:
        with self._changed:
            assert self._changed.wait_for(holds, PATIENCE_S), self.alerts


@pytest.fixture
def published():
    return Published()


@pytest.fixture
def runtime(database, published):
    models = FaceModels(FakeDetector(2), fake_crop, FakeClassifier(), ("angry",))
    camera = CameraPlan("door", SourceKind.CAMERA, FakeOpener(), lambda: models, FakeRenderer())
    door = CameraSetup("door", "Door", "0")
    plan = [door], lambda setup: camera, lambda image: b"", CLASSES, ("angry",)
    cameras = RuntimePlan(*plan, max_viewers=2)
    runtime = Runtime(cameras, lambda _: None)
    plan = AlertPlan(RULES, (), 0.0, UTC, SEALER, beat_s=0.02)
    recorder = DatabaseRecorder(database, plan.policy)
    service = AlertService(
        plan,
        runtime.camera_set.current,
        CLASSES,
        database,
        recorder,
        published,
        runtime.stopping,
    )
    for name, loop in {**service.loops(), "recorder": recorder.run}.items():
        runtime.add_loop(name, loop)
    runtime.start()
    yield runtime
    runtime.stop()


def test_pausing_closes_the_alert_and_is_no_lack_of_data(database, runtime, published):
    published.wait(lambda: has_come(published, "Anger lasts", "firing"))
    before = len(published.alerts)
    runtime.pause("door", datetime.now(UTC))
    published.wait(lambda: has_come(published, "Anger lasts", "resolved"))
    assert [a.rule for a in published.alerts[before:]] == ["Anger lasts"], "no data is no alert"
    runtime.stop()
    with database.session() as session:
        alerts = [alert for alert in list_alerts(session) if alert.rule_name == "Anger lasts"]
    assert [(a.phase, a.reason) for a in alerts] == [("resolved", "the camera was paused")]


def test_an_alert_fires_again_after_the_pause(runtime, published):
    published.wait(lambda: has_come(published, "Anger lasts", "firing"))
    runtime.pause("door", datetime.now(UTC))
    published.wait(lambda: has_come(published, "Anger lasts", "resolved"))
    before = len(published.alerts)
    runtime.resume("door")
    published.wait(lambda: has_come(published, "Anger lasts", "firing", after=before))


def has_come(published: Published, rule: str, state: str, after: int = 0) -> bool:
    return any(a.rule == rule and a.state == state for a in published.alerts[after:])
