"""Tests of whole workers, whose cameras give no picture and whose loops are stepped by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import SECRET_KEY
from tests.purposes import state_purposes
from tests.serving.worker.test_lease_keeper import SEALER, Workers
from webapp.bus.process_messages import SetCameras
from webapp.config import Settings
from webapp.core.camera_list import CameraSource
from webapp.core.camera_state import CameraState
from webapp.core.pauses import Pause
from webapp.serving.camera_parts import CameraParts
from webapp.serving.worker.follow_loop import FollowLoop
from webapp.serving.worker.lease_keeper import LeaseKeeper
from webapp.storage.alerts import find_alert, list_alerts
from webapp.storage.cameras import find_camera, remove_camera, save_camera, seed_cameras
from webapp.storage.pauses import pause_camera
from webapp.storage.purposes import newest_purposes
from webapp.storage.rules import list_rules, save_rule
from webapp.web.camera_switch import CameraSwitch

NOW_S = 1_790_000_000.0


class WholeWorker:
    """A worker whose threads do not run."""

    def __init__(self, among: Workers, settings: Settings, name: str) -> None:
        self.keeper = LeaseKeeper(among.database, name, SEALER, clock=lambda: among.now_s)
        self.events = []
        self.parts = CameraParts(
            settings, among.database, self.events.append, SetCameras(()), leases=self.keeper
        )
        self.recorder = self.parts.alerts._recorder

    def beat(self) -> None:
        self.keeper.step()
        self.keeper.hand_over(self.parts.hold)

    def watches(self, start_s: float, seconds: int) -> None:
        for second in range(seconds):
            self.parts.alerts._watch.step(start_s + second, start_s + second)

    def has(self) -> list[str]:
        return [camera.name for camera in self.parts.runtime.cameras()]


@pytest.fixture
def among(postgres_database):
    with postgres_database.session() as work:
        seed_cameras(work, [CameraSource("door", "demo")], SEALER, datetime.now(UTC))
    return Workers(postgres_database)


@pytest.fixture
def settings(tmp_path):
    return Settings(instance_dir=tmp_path, secret_key=SECRET_KEY)


def alerts(among):
    with among.database.session() as work:
        return [(alert.id, alert.phase) for alert in list_alerts(work)]


def test_an_alert_outlives_its_worker_under_its_id_and_nothing_is_doubled(among, settings):
    north, south = WholeWorker(among, settings, "north"), WholeWorker(among, settings, "south")
    among.pass_(north)
    assert (north.has(), south.has()) == (["door"], [])
    assert north.parts.runtime.cameras()[0].state == CameraState.CONNECTING
    north.watches(NOW_S, 12)
    assert north.recorder.write_waiting()
    ((alert_id, phase),) = alerts(among)
    assert phase == "firing"
    # It hangs from now on, and its lease runs out.
    among.end_leases()
    while not south.has():
        among.pass_(south)
    south.watches(NOW_S + 20, 2)
    assert [alert.id for alert in south.parts.alerts.live()] == [alert_id]
    assert south.events == []
    # It comes back, and says what it still thinks before it learns that all is taken.
    with among.database.session() as work:
        remove_camera(work, "door", "mira", datetime.now(UTC))
    north.parts.hold([], [])
    north.watches(NOW_S + 30, 1)
    assert north.recorder.write_waiting()
    assert (north.recorder.fenced, north.recorder.dropped_rows) == (1, 0)
    assert alerts(among) == [(alert_id, "firing")]
    north.beat()
    assert north.has() == []
    # Who holds the camera ends its alert when it is gone for good.
    among.pass_(south)
    south.watches(NOW_S + 31, 1)
    assert south.recorder.write_waiting()
    with among.database.session() as work:
        alert = find_alert(work, alert_id)
    assert (alert.phase, alert.reason) == ("resolved", "the camera was removed")
    assert [event.change for event in alert.events] == ["firing", "resolved"]


def test_a_worker_follows_the_database_while_nobody_tells_it_anything(among, settings):
    north = WholeWorker(among, settings, "north")
    among.pass_(north)
    now = datetime.now(UTC)
    plan = north.parts.alerts._plan
    switch = CameraSwitch(among.database, SEALER)
    runtime, alerts = north.parts.runtime, north.parts.alerts
    follow = FollowLoop(among.database, runtime, alerts, switch, plan.is_on_duty)
    with among.database.session() as work:
        pause_camera(work, Pause("door", now, "mira", until=now + timedelta(minutes=1)))
        rule = list_rules(work)[0].rule
        save_rule(work, replace(rule, name="Other"), "mira", now)
    follow.step(now)
    north.watches(NOW_S, 1)
    assert runtime.cameras()[0].state == CameraState.PAUSED
    assert alerts.rules()[0].name == "Other"
    follow.step(now + timedelta(minutes=2))
    assert runtime.cameras()[0].state == CameraState.CONNECTING
    # A camera that needs a purpose: nobody answers any more when its time is over.
    with among.database.session() as work:
        door = find_camera(work, "door", SEALER).setup
        save_camera(work, replace(door, source="rtsp://127.0.0.1:1/"), SEALER, "mira", now)
        state_purposes(work, SEALER, now)
        end = newest_purposes(work)["door"].valid_until
    among.pass_(north)
    follow.step(now)
    for moment, state in ((now, CameraState.CONNECTING), (end, CameraState.PAUSED)):
        follow.end_purposes(moment)
        assert runtime.cameras()[0].state == state
