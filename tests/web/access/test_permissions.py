"""Tests that every way in declares what it needs, and that hidden cameras are as if absent."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.attack import visitors
from tests.attack.routes import may_pass
from tests.conftest import ADMIN, MANAGER, VIEWER, AuthActions
from tests.fakes import FakeLiveAlerts, FakeRuntime, alert_message, counts_message
from tests.web.alert_rows import ANGER, add_alert
from tests.web.recorded import START_S, row, write_rows
from tests.web.test_every_route import path_of
from webapp.core.access import ROLES, Actor, Permission, Role
from webapp.core.camera_state import CameraState
from webapp.core.camera_status import Readiness
from webapp.core.messages import LimitsMessage, SilencesChanged
from webapp.storage.accounts import limit_cameras
from webapp.storage.database import Database
from webapp.storage.rules import list_rules, seed_rules
from webapp.storage.silences import add_silence
from webapp.storage.users import find_user
from webapp.web.access.permissions import Audience, declared_by, lets_in, needs, scope_of
from webapp.web.access.visible import NOT_FOR_ALL
from webapp.web.live.sockets import EVENTS
from webapp.web.services import services_of

JSON = {"Accept": "application/json"}
OPEN = {
    *("static", "ops.healthz", "auth.login", "second_factor.sign_in"),
    *("join.page", "notice.page", "join.pictures"),
}


def method_of(rule: Rule) -> str:
    """Return what a rule is asked by."""
    return sorted(rule.methods - {"OPTIONS", "HEAD"})[0]


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


@pytest.mark.parametrize("username", [VIEWER, MANAGER])
def test_who_lacks_a_permission_is_refused_whatever_needs_it(
    app: Flask, client: FlaskClient, auth: AuthActions, username: str
) -> None:
    auth.login(username)
    lacking = set(Permission) - ROLES[Role(username)]
    rules = [r for r in app.url_map.iter_rules() if declared_by(app, r.endpoint) in lacking]
    assert len(rules) >= 8
    token = {"X-CSRFToken": auth.csrf_token("/password")}
    for rule in rules:
        answer = client.open(path_of(rule), method=method_of(rule), headers=JSON | token)
        assert answer.status_code == 403, rule
        assert f"As a {username} you may not" in answer.get_json()["message"]


@pytest.mark.parametrize("role", Role)
def test_the_attack_knows_who_may_what(app: Flask, role: Role) -> None:
    # Its own table, written by hand: what is new here is new there.
    visitor = {Role.VIEWER: visitors.VIEWER, Role.MANAGER: visitors.MANAGER}.get(role, ADMIN)
    for rule in app.url_map.iter_rules():
        declared, path = declared_by(app, rule.endpoint), path_of(rule, visitors.SEEN)
        assert declared
        is_open, method = declared == Audience.EVERYBODY, method_of(rule)
        assert may_pass(visitors.STRANGER, method, path) is is_open, rule
        assert may_pass(visitor, method, path) is lets_in(declared, Actor(role)), rule
        by_token = is_open and not rule.rule.startswith("/login")
        for program in (*visitors.TOKENS, *visitors.BAD_TOKENS):
            is_for = scope_of(app, rule.endpoint) == visitors.TOKENS.get(program, "none")
            assert may_pass(program, method, path) is (is_for or by_token), (program, rule)


def test_what_a_view_needs_stands_on_it() -> None:
    @needs(Permission.EXPORT)
    def view() -> str:
        return ""

    assert view.needs == Permission.EXPORT


@pytest.fixture
def limited(client: FlaskClient, auth: AuthActions, database: Database) -> FlaskClient:
    """A manager who may see the camera `door` alone."""
    with database.session() as work:
        manager = find_user(work, MANAGER)
        limit_cameras(work, manager, {"door"}, ADMIN, datetime.now(UTC))
    auth.login(MANAGER)
    return client


@pytest.fixture
def places(database: Database) -> dict[str, tuple[str, str, str]]:
    """What the parts of addresses name: something hidden, something absent, something seen."""
    for camera in ("demo", "door"):
        write_rows(database, row(START_S), camera=camera)
    now = datetime.now(UTC)
    until, why = now + timedelta(hours=1), {"reason": "a drill", "author": "mira", "now": now}
    with database.session() as work:
        seed_rules(work, [replace(ANGER, camera="demo", name="Vault")], now)
        (vault,) = (stored.rule for stored in list_rules(work))
        of_camera = add_silence(work, camera="demo", rule_id=None, until=until, **why)
        add_silence(work, camera=None, rule_id=vault.id, until=until, **why)
        seen = add_silence(work, camera="door", rule_id=None, until=until, **why)
    add_alert(database, "a-vault", camera="demo", rule=vault)
    add_alert(database, "seen")
    return {
        "camera": ("demo", "cellar", "door"),
        "alert_id": ("a-vault", "a-cellar", "seen"),
        "alert": ("a-vault", "a-cellar", "seen"),
        "silence_id": (str(of_camera.id), "4711", str(seen.id)),
        "rule": ("Vault", "Cellar", "Door"),
    }


# Parts that name nothing of a camera.
OTHER_PARTS = {"form", "job_id"}
# What differs each time: secret fields, ages and times of day, what processes take; and a state
# that is called as the hidden camera is.
CHANGES = re.compile(
    r"data-csrf=\S+|csrf.token.*?>|data-age>[^<]*|\d\d:\d\d:\d\d[.\d]*"
    r'|evenkeel_(?:process|disk|records).*|state="demo"'
)
# One that is over, so that it reads the same each time.
A_TIME = "from=2026-11-20T13:00:00Z&to=2026-11-20T15:00:00Z"
# Whatever else a form may need, so that the name alone decides.
FIELDS = {"text": "mine", "answer": "was", "rule": "", "length": "60", "reason": "quiet"}


def within_reach(app: Flask) -> Iterator[Rule]:
    """Yield what a manager may ask for."""
    for rule in app.url_map.iter_rules():
        if declared_by(app, rule.endpoint) in ROLES[Role.MANAGER]:
            yield rule


def answered(client: FlaskClient, method: str, path: str, name: str, **fields: str) -> tuple:
    """Return status and text, without the name that was asked for and what differs each time."""
    with client.open(path, method=method, data=fields or None) as answer:
        is_endless = "stream" in path and answer.status_code == 200
        text = "" if is_endless else answer.get_data().decode(errors="replace")
    if method == "POST":
        # Some leave something to say to the next page.
        client.get("/alerts")
    text = CHANGES.sub("", text)
    # As a word: there are others that begin like a camera's name.
    is_named = name and not name.isdecimal()
    return answer.status_code, re.sub(rf"\b{re.escape(name)}\b", "NAME", text) if is_named else text


def test_what_is_hidden_is_answered_like_what_is_not_there(
    app: Flask, limited: FlaskClient, auth: AuthActions, places: dict[str, tuple[str, str, str]]
) -> None:
    fields = FIELDS | {"csrf_token": auth.csrf_token("/password")}
    compared = 0
    for rule in within_reach(app):
        method = method_of(rule)
        parts = rule.arguments - OTHER_PARTS
        assert parts <= places.keys(), f"{rule} names something that nobody is asked about"
        for part in parts:
            hidden, absent = (
                answered(limited, method, path_of(rule, name), name, **fields)
                for name in places[part][:2]
            )
            assert hidden == absent and hidden[0] == 404, rule
            assert answered(limited, method, path_of(rule, places[part][2]), "", **fields)[0] < 404
            compared += 1
        # And by query or field; views that take none answer the same in any case.
        for part in ("camera", "rule", "alert"):
            named = ((name, path_of(rule, places["camera"][2])) for name in places[part][:2])
            of_query = [
                answered(limited, "GET", f"{path}?{part}={name}&{A_TIME}", name)
                for name, path in named
                if method == "GET" and not rule.arguments & places.keys()
            ]
            of_form = [
                answered(limited, method, path_of(rule), name, **fields | {part: name})
                for name in places[part][:2]
                if method == "POST" and not rule.arguments
            ]
            for found in (of_query, of_form):
                assert len(set(found)) <= 1, f"{rule} {part}"
                compared += len(found) // 2
    assert compared >= 35


def test_a_view_that_asks_nobody_is_found(
    app: Flask, limited: FlaskClient, auth: AuthActions, places: dict[str, tuple[str, str, str]]
) -> None:
    @needs(Permission.WATCH)
    def leak(camera: str) -> str:
        return "there" if camera in ("demo", "door") else "absent"

    app.view_functions["stream.snapshot"] = leak
    with pytest.raises(AssertionError):
        test_what_is_hidden_is_answered_like_what_is_not_there(app, limited, auth, places)


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


def test_one_hidden_alert_among_chosen_ones_leaves_all_as_they_are(
    limited: FlaskClient, auth: AuthActions, places: dict[str, tuple[str, str, str]]
) -> None:
    for alert_id in ("a-vault", "a-cellar"):
        chosen = auth.post("/alerts/acknowledge", "/password", alert=f"seen,{alert_id}")
        assert chosen.status_code == 404
    (seen,) = limited.get("/api/alerts", headers=JSON).get_json()["alerts"]
    assert (seen["id"], seen["acknowledged"]) == ("seen", None)


def test_no_page_shows_anything_of_a_hidden_camera(
    app: Flask, limited: FlaskClient, places: dict[str, tuple[str, str, str]]
) -> None:
    told = [
        path_of(rule)
        for rule in within_reach(app)
        if method_of(rule) == "GET" and not rule.arguments
    ]
    assert {"/", "/wall", "/alerts", "/history", "/report", "/api/cameras"} <= set(told)
    for path in told:
        page = CHANGES.sub("", limited.get(path).text)
        assert not re.search(r"\bdemo\b|[Vv]ault", page), path
    assert limited.get("/alerts").text.count("a drill") == 1


def test_who_may_see_no_camera_at_all_sees_none(
    limited: FlaskClient, database: Database, places: dict[str, tuple[str, str, str]]
) -> None:
    with database.session() as work:
        limit_cameras(work, find_user(work, MANAGER), set(), ADMIN, datetime.now(UTC))
    assert "no camera" in limited.get("/").text.lower()
    assert limited.get("/api/cameras", headers=JSON).get_json() == {"cameras": []}
    assert limited.get("/api/alerts", headers=JSON).get_json()["alerts"] == []
    assert limited.get("/alerts?camera=door").status_code == 200
    for path in ("/history", "/report", "/?camera=door"):
        assert limited.get(path).status_code in (200, 404)
        assert "door" not in limited.get(path.split("?")[0]).text


def test_silences_are_for_cameras_that_one_sees(limited: FlaskClient, auth: AuthActions) -> None:
    fields = {"rule": "", "length": "60", "reason": "quiet"}
    assert auth.post("/alerts/silences", "/password", camera="", **fields).status_code == 400
    assert auth.post("/alerts/silences", "/password", camera="door", **fields).status_code == 303


def test_readiness_is_that_of_the_cameras_one_sees(
    limited: FlaskClient, runtime: FakeRuntime
) -> None:
    door = runtime.statuses[1]
    reasons = {"camera": "demo: offline; door: offline", "loops": "capture-demo ended"}
    runtime.ready = Readiness(dict.fromkeys(reasons, False), reasons)
    answer = limited.get("/readyz").get_json()
    assert answer["parts"]["camera"] is False
    assert answer["reasons"] == {"camera": f"door: {door.reason}", "loops": NOT_FOR_ALL}
    runtime.statuses[1] = replace(door, state=CameraState.LIVE)
    answer = limited.get("/readyz").get_json()
    assert answer["parts"]["camera"] is True and "camera" not in answer["reasons"]
    assert 'camera="door"' in limited.get("/metrics").text


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
