"""Tests that every way in declares what it needs, and that hidden cameras are as if absent."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import VIEWER, AuthActions
from tests.fakes import FakeLiveAlerts, FakeRuntime, alert_message, counts_message
from tests.web.alert_rows import ANGER, add_alert
from tests.web.recorded import START_S, row, write_rows
from webapp.core.access import Actor, Permission, Role
from webapp.core.camera_status import Readiness
from webapp.core.messages import LimitsMessage, SilencesChanged
from webapp.storage.database import Database
from webapp.storage.rules import seed_rules
from webapp.storage.silences import add_silence
from webapp.storage.users import User
from webapp.web.access.permissions import Audience, declared_by, needs
from webapp.web.live.sockets import EVENTS
from webapp.web.services import services_of

JSON = {"Accept": "application/json"}
OPEN = {"static", "ops.healthz", "auth.login", "join.page", "join.pictures"}
ADMIN_ALONE = (Permission.ADMINISTER, Permission.SWITCH_CAMERAS)


def endpoints(app: Flask) -> list[str]:
    return sorted({rule.endpoint for rule in app.url_map.iter_rules()})


def test_every_route_declares_whom_it_lets_in(app: Flask) -> None:
    assert [name for name in endpoints(app) if declared_by(app, name) is None] == []
    everybody = {name for name in endpoints(app) if declared_by(app, name) == Audience.EVERYBODY}
    assert everybody == OPEN


def test_every_event_of_a_client_declares_whom_it_lets_in(app: Flask) -> None:
    handlers = services_of(app).sockets.socketio.server.handlers["/"]
    assert set(handlers) == set(EVENTS)


def test_a_route_that_declares_nothing_lets_nobody_in(
    app: Flask, signed_in: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    app.view_functions["dashboard.index"] = lambda: "open to all"
    assert signed_in.get("/").status_code == 403
    assert "dashboard.index declares no permission" in caplog.text


def test_no_user_gets_into_what_is_the_admin_s_alone(
    app: Flask, client: FlaskClient, auth: AuthActions
) -> None:
    auth.login(VIEWER)
    rules = [r for r in app.url_map.iter_rules() if declared_by(app, r.endpoint) in ADMIN_ALONE]
    assert len(rules) >= 8
    for rule in rules:
        path = app.url_map.bind("localhost").build(
            rule.endpoint, {name: 1 for name in rule.arguments}, force_external=False
        )
        method = "GET" if "GET" in rule.methods else "POST"
        assert client.open(path, method=method, headers=JSON).status_code in (403, 400), path


def test_what_a_view_needs_stands_on_it() -> None:
    @needs(Permission.EXPORT)
    def view() -> str:
        return ""

    assert view.needs == Permission.EXPORT


@pytest.fixture
def limited(
    monkeypatch: pytest.MonkeyPatch, signed_in: FlaskClient, runtime: FakeRuntime
) -> FlaskClient:
    """An admin who may see the camera `door` alone."""
    actor = Actor(Role.ADMIN, frozenset({"door"}))
    monkeypatch.setattr(User, "actor", property(lambda user: actor))
    return signed_in


@pytest.mark.parametrize(
    "path",
    [
        "/?camera={}",
        "/stream/{}.mjpg",
        "/snapshot/{}.jpg",
        "/api/recent?camera={}",
        "/history?camera={}",
        "/report?camera={}",
        "/api/history?camera={}&range=hour",
        "/history/export.csv?camera={}&range=hour",
    ],
)
def test_a_hidden_camera_is_answered_like_one_that_is_not_there(
    limited: FlaskClient, database: Database, path: str
) -> None:
    for camera in ("demo", "door"):
        write_rows(database, row(START_S), camera=camera)
    hidden, absent = limited.get(path.format("demo")), limited.get(path.format("cellar"))
    assert (hidden.status_code, absent.status_code) == (404, 404)
    csrf = re.compile(r"csrf-token.*?>|csrf_token.*?>")
    texts = [
        csrf.sub("", page.text.replace(name, ""))
        for page, name in ((hidden, "demo"), (absent, "cellar"))
    ]
    assert texts[0] == texts[1]
    with limited.get(path.format("door")) as seen:
        assert seen.status_code == 200


def test_lists_leave_hidden_cameras_out(
    limited: FlaskClient, database: Database, live_alerts: FakeLiveAlerts
) -> None:
    for camera in ("demo", "door"):
        write_rows(database, row(START_S), camera=camera)
    live_alerts.messages = [alert_message("a1"), alert_message("a2", camera="demo")]
    cameras = limited.get("/api/cameras", headers=JSON).get_json()["cameras"]
    assert [camera["name"] for camera in cameras] == ["door"]
    alerts = limited.get("/api/alerts", headers=JSON).get_json()["alerts"]
    assert [alert["id"] for alert in alerts] == ["a1"]
    for page in ("/", "/alerts", "/history", "/report"):
        assert ">demo<" not in limited.get(page).text


def test_an_alert_of_a_hidden_camera_cannot_be_touched(
    limited: FlaskClient, auth: AuthActions, database: Database
) -> None:
    add_alert(database, "hidden", camera="demo")
    for deed, fields in (("ack", {"text": "mine"}), ("answer", {"answer": "was"})):
        for alert_id in ("hidden", "none"):
            answer = auth.post(f"/api/alerts/{alert_id}/{deed}", "/password", **fields)
            assert answer.status_code == 404
            assert "There is no alert with this id" in answer.text
    add_alert(database, "seen")
    for alert_id in ("hidden", "none"):
        assert limited.get(f"/alerts/{alert_id}").status_code == 404
        chosen = auth.post("/alerts/acknowledge", "/password", alert=f"seen,{alert_id}")
        assert chosen.status_code == 404
    (seen,) = limited.get("/api/alerts", headers=JSON).get_json()["alerts"]
    assert (seen["id"], seen["acknowledged"]) == ("seen", None)


def test_silences_and_rules_of_hidden_cameras_are_as_if_absent(
    limited: FlaskClient, auth: AuthActions, database: Database
) -> None:
    now = datetime.now(UTC)
    with database.session() as work:
        seed_rules(work, [replace(ANGER, camera="demo", name="Vault rule")], now)
        until = now + timedelta(hours=1)
        hidden = add_silence(
            work,
            camera="demo",
            rule_id=None,
            until=until,
            reason="vault drill",
            author="mira",
            now=now,
        )
    add_alert(database, camera="demo", rule=replace(ANGER, name="Vault rule"))
    page = limited.get("/alerts").text
    assert "vault drill" not in page
    assert "Vault rule" not in page
    for silence_id in (hidden.id, 4711):
        answer = auth.post(f"/alerts/silences/{silence_id}/end", "/password")
        assert answer.status_code == 404
    fields = {"rule": "", "length": "60", "reason": "quiet"}
    assert auth.post("/alerts/silences", "/password", camera="", **fields).status_code == 400
    assert auth.post("/alerts/silences", "/password", camera="door", **fields).status_code == 303


def test_readiness_names_no_hidden_camera(limited: FlaskClient, runtime: FakeRuntime) -> None:
    reasons = {"camera": "demo: offline", "loops": "capture-demo ended unexpectedly"}
    runtime.ready = Readiness(dict.fromkeys(reasons, False), reasons)
    answer = limited.get("/readyz")
    assert answer.get_json()["reasons"].keys() == reasons.keys()
    assert "demo" not in answer.text


def test_events_reach_only_who_may_watch_the_camera(
    app: Flask, limited: FlaskClient, runtime: FakeRuntime
) -> None:
    sockets = services_of(app).sockets
    connection = sockets.socketio.test_client(app, flask_test_client=limited)
    assert {e["args"][0]["camera"] for e in connection.get_received()} == {"door"}
    for camera in ("demo", "door", "new"):
        sockets.publish(LimitsMessage(camera))
    sockets.publish(SilencesChanged(), "demo")
    assert [event["args"][0]["camera"] for event in connection.get_received()] == ["door"]


def test_a_camera_that_is_new_reaches_pages_that_are_open(
    app: Flask, signed_in: FlaskClient
) -> None:
    sockets = services_of(app).sockets
    connection = sockets.socketio.test_client(app, flask_test_client=signed_in)
    connection.get_received()
    sockets.publish(counts_message("new"))
    sockets.publish(counts_message("new"))
    assert len(connection.get_received()) == 2
    later = sockets.socketio.test_client(app, flask_test_client=signed_in)
    later.get_received()
    sockets.publish(counts_message("new"))
    assert len(later.get_received()) == 1
