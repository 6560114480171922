"""Nothing is read from a camera before its purpose is stated, whoever would open it."""

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask

from tests.conftest import SECRET_KEY
from tests.purposes import state_purposes
from webapp.cameras.runtime import Runtime
from webapp.config import Settings
from webapp.core.camera_list import CameraSource
from webapp.serving.in_process import start_runtime, stop_runtime
from webapp.storage.database import Database
from webapp.storage.purposes import withdraw_purpose
from webapp.storage.sealing import Sealer
from webapp.web.services import services_of

WITHIN_S = 20.0


@pytest.fixture
def camera() -> Iterator[socket.socket]:
    """A network camera that sees who connects to it, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        yield listening


def wait_for(runtime: Runtime, state: str) -> None:
    deadline_s = time.monotonic() + WITHIN_S
    while runtime.cameras()[0].state != state:
        assert time.monotonic() < deadline_s, runtime.cameras()
        time.sleep(0.05)


def test_no_camera_is_opened_before_its_purpose_is_stated(
    app: Flask, settings: Settings, database: Database, camera: socket.socket, caplog
) -> None:
    source = f"http://127.0.0.1:{camera.getsockname()[1]}/video"
    services_of(app).runtime = None
    runtime = start_runtime(app, replace(settings, cameras=(CameraSource("hall", source),)))
    try:
        assert [status.state for status in runtime.cameras()] == ["paused"]
        assert "camera hall stays off because no purpose is stated" in caplog.text
        services_of(app).switch.follow(runtime, datetime.now(UTC))
        runtime.resume("hall")
        with pytest.raises(BlockingIOError):
            camera.accept()
        with database.session() as work:
            state_purposes(work, Sealer(SECRET_KEY), datetime.now(UTC))
        camera.settimeout(WITHIN_S)
        camera.accept()[0].close()
        with database.session() as work:
            withdraw_purpose(work, "hall", "mira", datetime.now(UTC))
        wait_for(runtime, "paused")
    finally:
        stop_runtime(app)
