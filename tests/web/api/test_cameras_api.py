"""Tests of pausing and resuming a camera; the list itself is tested beside the other API."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import MANAGER, VIEWER, AuthActions
from tests.fakes import FakeRuntime
from tests.storage.test_pauses import audit, stored
from webapp.core.errors import StorageError
from webapp.core.privacy import Disclosure, Privacy
from webapp.storage.audit import list_entries
from webapp.storage.cameras import find_camera, save_camera
from webapp.storage.database import Database
from webapp.web.camera_switch import CameraSwitch
from webapp.web.pages.local_times import clock_text
from webapp.web.services import services_of

PAUSE, RESUME = "/api/cameras/door/pause", "/api/cameras/door/resume"
PROGRAM = {"Accept": "application/json"}


def state(runtime: FakeRuntime, camera: str = "door") -> str:
    return next(status.state for status in runtime.cameras() if status.name == camera)


def test_it_works(
    signed_in: FlaskClient, auth: AuthActions, runtime: FakeRuntime, database: Database
) -> None:
    answer = auth.post(PAUSE, "/password")
    assert (answer.status_code, answer.location) == (303, "/?camera=door#switch")
    assert state(runtime) == "paused"
    assert list(stored(database)) == ["door"]
    answer = auth.post(RESUME, "/password")
    assert (answer.status_code, answer.location) == (303, "/?camera=door#switch")
    assert state(runtime) == "connecting"
    assert stored(database) == {}
    assert audit(database) == [
        ("admin", "camera resumed", {"camera": "door"}),
        ("admin", "camera paused", {"camera": "door"}),
    ]


def test_a_program_gets_the_new_state(signed_in: FlaskClient, auth: AuthActions) -> None:
    headers = {**PROGRAM, "X-CSRFToken": auth.csrf_token("/password")}
    answer = signed_in.post(PAUSE, headers=headers)
    assert answer.status_code == 200
    assert (answer.json["name"], answer.json["state"]) == ("door", "paused")
    answer = signed_in.post(RESUME, headers=headers)
    assert answer.json["state"] == "connecting"


def test_a_pause_has_a_reason_and_ends_by_itself(
    app: Flask,
    signed_in: FlaskClient,
    auth: AuthActions,
    runtime: FakeRuntime,
    database: Database,
) -> None:
    until = (datetime.now(UTC) + timedelta(hours=2)).replace(second=0, microsecond=0)
    fields = {"reason": "lens is cleaned", "length": "until", "until": f"{until:%Y-%m-%dT%H:%M}"}
    assert auth.post(PAUSE, "/password", **fields).status_code == 303
    listed = {each["name"]: each for each in signed_in.get("/api/cameras").json["cameras"]}
    with app.app_context():
        words = f"by admin until {clock_text(until)} (lens is cleaned)"
    assert listed["door"]["reason"] == words
    assert "(lens is cleaned)" in signed_in.get("/?camera=door").text
    switch = services_of(app).switch
    for now, expected in ((datetime.now(UTC), "paused"), (until, "connecting")):
        switch.end_pauses(now)
        switch.follow(runtime, now)
        assert state(runtime) == expected
    assert stored(database) == {}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reason": "x" * 201}, "at most 200 characters, got 201"),
        ({"length": "ever"}, "a length from the list"),
        ({"length": "until", "until": "soon"}, "a day and a time"),
        ({"length": "until", "until": "2020-01-01T00:00"}, "in the next 366 days"),
    ],
)
def test_a_pause_that_cannot_be_is_told(
    signed_in: FlaskClient,
    auth: AuthActions,
    runtime: FakeRuntime,
    fields: dict[str, str],
    words: str,
) -> None:
    headers = {**PROGRAM, "X-CSRFToken": auth.csrf_token("/password")}
    answer = signed_in.post(PAUSE, headers=headers, data=fields)
    assert answer.status_code == 400 and words in answer.json["message"]
    assert state(runtime) == "offline"


def test_pausing_twice_keeps_the_first_time(
    signed_in: FlaskClient, auth: AuthActions, database: Database
) -> None:
    auth.post(PAUSE, "/password")
    before = stored(database)
    assert auth.post(PAUSE, "/password").status_code == 303
    assert stored(database) == before
    assert len(audit(database)) == 1


def test_resuming_what_runs_changes_nothing(
    signed_in: FlaskClient, auth: AuthActions, runtime: FakeRuntime, database: Database
) -> None:
    assert auth.post(RESUME, "/password").status_code == 303
    assert state(runtime) == "offline"
    assert audit(database) == []


@pytest.mark.parametrize("deed", ["pause", "resume"])
class TestRefusals:
    def test_a_stranger(self, client: FlaskClient, runtime: FakeRuntime, deed: str) -> None:
        path = f"/api/cameras/door/{deed}"
        assert client.post(path, headers=PROGRAM).status_code == 401
        assert client.post(path).status_code == 303
        assert state(runtime) == "offline"

    def test_a_viewer(
        self, client: FlaskClient, auth: AuthActions, runtime: FakeRuntime, deed: str
    ) -> None:
        auth.login(VIEWER)
        assert auth.post(f"/api/cameras/door/{deed}", "/password").status_code == 403
        assert state(runtime) == "offline"

    def test_without_csrf_field(
        self, signed_in: FlaskClient, runtime: FakeRuntime, deed: str
    ) -> None:
        assert signed_in.post(f"/api/cameras/door/{deed}").status_code == 400
        assert state(runtime) == "offline"

    def test_an_unknown_camera(
        self, signed_in: FlaskClient, auth: AuthActions, database: Database, deed: str
    ) -> None:
        assert auth.post(f"/api/cameras/cellar/{deed}", "/password").status_code == 404
        assert stored(database) == {}

    def test_by_get(self, signed_in: FlaskClient, deed: str) -> None:
        assert signed_in.get(f"/api/cameras/door/{deed}").status_code == 405

    def test_without_a_runtime(
        self, app: Flask, signed_in: FlaskClient, auth: AuthActions, deed: str
    ) -> None:
        services_of(app).runtime = None
        answer = auth.post(f"/api/cameras/door/{deed}", "/password")
        assert answer.status_code == 503


class Away(Database):
    """Cannot be written."""

    def __init__(self) -> None: ...

    def session(self):  # type: ignore[no-untyped-def]
        raise StorageError("The disk is full; make room for the database.")


@pytest.mark.parametrize(("before", "path"), [("offline", PAUSE), ("paused", RESUME)])
def test_what_cannot_be_kept_is_not_done(
    app: Flask,
    signed_in: FlaskClient,
    auth: AuthActions,
    runtime: FakeRuntime,
    before: str,
    path: str,
) -> None:
    if before == "paused":
        auth.post(PAUSE, "/password")
    services_of(app).switch = CameraSwitch(Away(), services_of(app).sealer)
    answer = auth.post(path, "/password")
    assert answer.status_code == 503
    assert "disk is full" in answer.text
    assert state(runtime) == before


def test_the_dashboard_offers_an_admin_the_switch(
    signed_in: FlaskClient, auth: AuthActions
) -> None:
    page = signed_in.get("/?camera=door").text
    assert f'action="{PAUSE}"' in page
    assert ">Pause<" in page
    auth.post(PAUSE, "/password")
    page = signed_in.get("/?camera=door").text
    assert f'action="{RESUME}"' in page
    assert ">Resume<" in page
    assert 'data-state="paused"' in page


def test_a_viewer_sees_the_pause_and_no_switch(
    client: FlaskClient, auth: AuthActions, runtime: FakeRuntime
) -> None:
    runtime.pause("door", runtime.statuses[1].since)
    auth.login(VIEWER)
    page = client.get("/?camera=door").text
    assert "data-switch" not in page
    assert 'data-state="paused"' in page


SOURCE = "/api/cameras/demo/source"


def test_a_camera_s_source_is_changed_and_noted(
    signed_in: FlaskClient, auth: AuthActions, runtime: FakeRuntime, database: Database
) -> None:
    answer = auth.post(SOURCE, "/password", source="0")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?camera=demo#switch")
    assert (runtime.tried, runtime.setups[0].source) == (["0"], "0")
    with database.session() as work:
        newest = list_entries(work, 1)[0]
    assert (newest.action, newest.details) == (
        "camera changed",
        {"camera": "demo", "source": "0"},
    )


def test_a_source_that_does_not_open_is_refused_with_the_reason_and_noted(
    app: Flask, signed_in: FlaskClient, auth: AuthActions, runtime: FakeRuntime, database: Database
) -> None:
    sealer = services_of(app).sealer
    with database.session() as work:
        setup = replace(find_camera(work, "demo", sealer).setup, worker="yard")
        save_camera(work, setup, sealer, "mira", datetime.now(UTC))
    runtime.refusal = "camera 0 is not there."
    answer = auth.post(SOURCE, "/password", source="0")
    assert answer.status_code == 409
    assert "goes on as before: camera 0 is not there." in answer.text
    assert runtime.tried == ["0 on yard"]
    with database.session() as work:
        assert list_entries(work, 1)[0].action == "camera source kept"


@pytest.mark.parametrize(
    ("path", "source", "code"),
    [
        ("/api/cameras/cellar/source", "0", 404),
        (SOURCE, "", 400),
        (SOURCE, "rtsp://10.0.0.7/", 400),
        (SOURCE, "/etc/passwd", 400),
        (SOURCE, "123", 400),
    ],
)
def test_what_is_no_source_is_refused(
    signed_in: FlaskClient,
    auth: AuthActions,
    runtime: FakeRuntime,
    path: str,
    source: str,
    code: int,
) -> None:
    assert auth.post(path, "/password", source=source).status_code == code
    assert runtime.setups == []


def test_only_an_admin_changes_a_source(
    client: FlaskClient, auth: AuthActions, runtime: FakeRuntime
) -> None:
    auth.login(VIEWER)
    assert auth.post(SOURCE, "/password", source="0").status_code == 403
    assert runtime.setups == []


def test_a_paused_camera_s_source_is_not_changed(
    signed_in: FlaskClient, auth: AuthActions, runtime: FakeRuntime
) -> None:
    auth.post("/api/cameras/demo/pause", "/password")
    answer = auth.post(SOURCE, "/password", source="0")
    assert answer.status_code == 409
    assert "resume it first" in answer.text
    assert runtime.setups == []


def test_a_manager_chooses_what_viewers_see(
    app: Flask, auth: AuthActions, client: FlaskClient, runtime: FakeRuntime
) -> None:
    auth.login(MANAGER)
    assert 'name="viewers_see"' in client.get("/?camera=demo").text
    wrong = auth.post("/api/cameras/demo/viewers", "/password", viewers_see="all")
    assert wrong.status_code == 400 and "expected labels, blur, counts" in wrong.text
    assert runtime.setups == []
    answer = auth.post("/api/cameras/demo/viewers", "/password", viewers_see="blur")
    assert answer.status_code in (200, 303)
    (setup,) = (setup for setup in runtime.setups if setup.name == "demo")
    assert setup.viewers_see == Privacy.BLUR and setup.privacy == Privacy.LABELS
    auth.logout()
    auth.login(VIEWER)
    assert 'name="viewers_see"' not in client.get("/?camera=demo").text
    assert auth.post("/api/cameras/demo/viewers", "/password").status_code == 403


def test_a_viewer_is_told_that_no_picture_is_shown(
    auth: AuthActions, client: FlaskClient, runtime: FakeRuntime
) -> None:
    auth.login(VIEWER)
    runtime.statuses = [replace(each, disclosure=Disclosure()) for each in runtime.statuses]
    page = client.get("/?camera=demo").text
    assert "No picture of anybody is shown" in page and 'alt="Camera demo: no picture"' in page
    (camera, _) = client.get("/api/cameras").get_json()["cameras"]
    assert (camera["shows"], camera["min_group"]) == ("counts", 1)
