"""A camera that was switched off stays off when the server starts again."""

from collections.abc import Iterator
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
import requests
from flask import Flask
from sqlalchemy import text

from tests.gunicorn_server import CSRF_FIELD, GunicornServer
from tests.patience import PATIENCE_S, wait_until
from webapp.config import Settings
from webapp.core.errors import ConfigError, StorageError
from webapp.core.pauses import Pause
from webapp.serving.in_process import start_runtime, stop_runtime
from webapp.serving.lifecycle import prepare
from webapp.storage.database import Database
from webapp.storage.pauses import pause_camera, paused_cameras, resume_camera
from webapp.web.services import services_of

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


@pytest.fixture
def server(tmp_path) -> Iterator[GunicornServer]:
    server = GunicornServer(tmp_path, {"CAMERAS": "door=demo,hall=demo"}).start()
    try:
        yield server.wait_until_ready()
    finally:
        server.kill()


def post(server: GunicornServer, session: requests.Session, path: str) -> requests.Response:
    found = CSRF_FIELD.search(session.get(f"{server.url}/password", timeout=PATIENCE_S).text)
    assert found
    headers = {"Accept": "application/json", "X-CSRFToken": found.group(1)}
    return session.post(server.url + path, headers=headers, timeout=PATIENCE_S)


def cameras_by_name(server: GunicornServer, session: requests.Session) -> dict[str, dict]:
    cameras = session.get(f"{server.url}/api/cameras", timeout=PATIENCE_S).json()["cameras"]
    return {camera["name"]: camera for camera in cameras}


def snapshot(server: GunicornServer, session: requests.Session) -> np.ndarray:
    jpeg = session.get(f"{server.url}/snapshot/door.jpg", timeout=PATIENCE_S).content
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


def test_a_pause_outlives_the_process_and_ends_by_a_resume(server):
    session = server.sign_in()
    paused = post(server, session, "/api/cameras/door/pause").json()
    assert paused["state"] == "paused"
    card = snapshot(server, session)
    server.stop()
    server.launch()
    server.wait_until_ready()
    again = cameras_by_name(server, session)
    assert (again["door"]["state"], again["door"]["since"]) == ("paused", paused["since"])
    assert again["hall"]["state"] in ("connecting", "demo")
    assert (snapshot(server, session) == card).all()
    assert "camera door stays paused" in server.log.read_text()
    client = server.connect(session)
    assert post(server, session, "/api/cameras/door/resume").json()["state"] == "connecting"
    client.wait("camera", camera="door", state="demo")
    client.close()


@pytest.fixture
def stored(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database_url)
    yield database
    database.close()


def test_what_was_resumed_and_what_is_no_longer_configured_does_not_hinder_the_start(
    app: Flask, settings: Settings, stored: Database
) -> None:
    with stored.session() as work:
        pause_camera(work, Pause("demo", NOW, "admin"))
        pause_camera(work, Pause("cellar", NOW, "admin"))
        resume_camera(work, "demo", "admin", NOW)
    runtime = start_runtime(app, settings)
    try:
        assert [status.state for status in runtime.cameras()] != ["paused"]
    finally:
        stop_runtime(app)


def test_a_pause_whose_time_was_over_before_the_start_ends_by_itself(
    app: Flask, settings: Settings, stored: Database
) -> None:
    with stored.session() as work:
        pause_camera(work, Pause("demo", NOW, "admin", until=NOW))
        pause_camera(work, Pause("cellar", NOW, "admin", until=NOW))
    runtime = start_runtime(app, settings)
    try:
        wait_until(lambda: runtime.cameras()[0].state != "paused")
    finally:
        stop_runtime(app)
    with stored.session() as work:
        assert paused_cameras(work) == {}


def test_nothing_starts_while_it_is_unknown_what_is_paused(
    app: Flask, settings: Settings, stored: Database
) -> None:
    with stored.session() as work:
        work.execute(text("DROP TABLE paused_cameras"))
    with pytest.raises(ConfigError, match=r"DATABASE_URL.*db upgrade"):
        prepare(settings)
    services_of(app).runtime = None
    with pytest.raises(StorageError):
        start_runtime(app, settings)
    assert services_of(app).runtime is None
