"""Tests of the switch that keeps cameras as the database says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from tests.conftest import SECRET_KEY
from tests.fakes import FakeRuntime
from tests.purposes import purpose_of, state_purposes
from webapp.core.errors import PurposeError
from webapp.core.pauses import Pause
from webapp.core.privacy import Privacy
from webapp.core.purpose import Protection
from webapp.storage.cameras import find_camera, save_camera
from webapp.storage.database import Database
from webapp.storage.pauses import pause_camera, resume_camera
from webapp.storage.purposes import state_purpose, withdraw_purpose
from webapp.storage.sealing import Sealer
from webapp.web.camera_switch import CameraSwitch
from webapp.web.services import services_of

SEALER = Sealer(SECRET_KEY)
NOW = datetime.now(UTC)
OVER = NOW + timedelta(days=366)


@pytest.fixture
def switch(app: Flask) -> CameraSwitch:
    return services_of(app).switch


def states(runtime: FakeRuntime) -> dict[str, str]:
    return {status.name: str(status.state) for status in runtime.cameras()}


def test_a_camera_is_off_from_the_end_of_its_purpose_until_it_is_stated_anew(
    switch: CameraSwitch, runtime: FakeRuntime, database: Database
) -> None:
    switch.follow(runtime, NOW)
    assert states(runtime) == {"demo": "demo", "door": "offline"}
    switch.follow(runtime, OVER)
    assert states(runtime) == {"demo": "demo", "door": "paused"}
    with pytest.raises(PurposeError, match="stays off because the time of its purpose is over"):
        switch.resume(runtime, "door", "mira", OVER)
    with database.session() as work:
        state_purposes(work, SEALER, OVER)
    switch.follow(runtime, OVER)
    assert states(runtime)["door"] == "connecting"


def test_a_change_switches_at_once_and_another_pause_stays(
    switch: CameraSwitch, runtime: FakeRuntime, database: Database
) -> None:
    switch.change(runtime, lambda work: withdraw_purpose(work, "door", "mira", NOW))
    assert states(runtime)["door"] == "paused"
    with database.session() as work:
        pause_camera(work, Pause("door", NOW, "tom"))
    switch.change(runtime, lambda work: state_purposes(work, SEALER, NOW))
    assert states(runtime)["door"] == "paused"
    switch.resume(runtime, "door", "tom", NOW)
    assert states(runtime)["door"] == "connecting"


def test_what_a_command_wrote_protects_before_the_camera_is_opened(
    switch: CameraSwitch, runtime: FakeRuntime, database: Database
) -> None:
    switch.follow(runtime, OVER)
    seen = []
    runtime.resume = lambda camera: seen.append(runtime.setups[1].privacy)  # type: ignore[method-assign]
    with database.session() as work:
        stated = purpose_of(work, "door", OVER)
        blurred = Protection(Privacy.BLUR, 5)
        state_purpose(work, replace(stated, protection=blurred), SEALER)
    switch.follow(runtime, OVER)
    assert seen == [Privacy.BLUR] and runtime.setups[1].min_group == 5


def test_another_address_switches_off_and_the_demo_needs_no_purpose(
    switch: CameraSwitch, runtime: FakeRuntime, database: Database
) -> None:
    with database.session() as work:
        door = find_camera(work, "door", SEALER)
    assert door
    for source, state in (("rtsp://elsewhere/", "paused"), ("demo", "connecting")):
        setup = replace(door.setup, source=source)
        switch.change(runtime, lambda work, s=setup: save_camera(work, s, SEALER, "mira", NOW))
        assert states(runtime)["door"] == state


def test_a_pause_of_a_camera_that_is_gone_is_in_nobody_s_way(
    switch: CameraSwitch, runtime: FakeRuntime, database: Database
) -> None:
    with database.session() as work:
        pause_camera(work, Pause("cellar", NOW, "mira"))
        pause_camera(work, Pause("demo", NOW, "mira"))
    switch.follow(runtime, NOW)
    assert states(runtime) == {"demo": "paused", "door": "offline"}
    with database.session() as work:
        resume_camera(work, "demo", "mira", NOW)
    switch.follow(runtime, NOW)
    assert states(runtime)["demo"] == "connecting"
