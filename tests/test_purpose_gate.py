"""Nothing is read from a camera before its purpose is stated, whoever would open it."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask

from tests.conftest import SECRET_KEY
from tests.patience import PATIENCE_S, wait_until
from tests.purposes import state_purposes
from webapp.config import Settings
from webapp.core.camera_list import CameraSource
from webapp.serving.in_process import start_runtime, stop_runtime
from webapp.storage.database import Database
from webapp.storage.purposes import withdraw_purpose
from webapp.storage.sealing import Sealer
from webapp.web.services import services_of


@pytest.fixture
def camera() -> Iterator[socket.socket]:
    """A network camera that sees who connects to it, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        yield listening


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
        camera.settimeout(PATIENCE_S)
        camera.accept()[0].close()
        with database.session() as work:
            withdraw_purpose(work, "hall", "mira", datetime.now(UTC))
        wait_until(lambda: runtime.cameras()[0].state == "paused")
    finally:
        stop_runtime(app)
