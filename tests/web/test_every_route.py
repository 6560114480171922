"""Tests of all routes, by every role: what asks changes nothing, and what is wrong is refused."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.conftest import ADMIN, MANAGER, NEWCOMER, AuthActions
from tests.fakes import FakeRuntime
from tests.fuzz_forms import fuzz
from tests.web.alert_rows import ANGER, add_alert
from webapp.storage.database import Database
from webapp.storage.rules import seed_rules
from webapp.web.services import utc_now

STRANGER = ""
READS_FILES = ("/api/analyse", "/admin/files")
DEEP = b"[" * 20_000
FORM, JSON, MULTIPART = (
    "application/x-www-form-urlencoded",
    "application/json",
    "multipart/form-data; boundary=b",
)
PART = b"--b\r\nContent-Disposition: form-data; name=\"text\"; filename*=none''x\r\n\r\nx\r\n--b--"
NAMES = ("%00", "%ff", "%2e%2e", "%ed%a0%80", "x" * 3000, "9" * 40)
VALUES = (
    "%00",
    "%ff",
    "%ed%a0%80",
    "9" * 30,
    "nan",
    "http%3A%2F%2F%5B",
    "0001-01-01T00:00:00-23:59",
    "9999-12-31T23:59:59-23:59",
    "x" * 5000,
)
PARAMETERS = (
    *("camera", "from", "to", "range", "next", "page", "open", "state", "rule", "kind", "who"),
)
TIMES = ("from", "to")
FIELDS = (
    *("text", "answer", "next", "camera", "rule", "length", "until", "reason", "source", "on"),
    *("name", "kind", "expressions", "enter", "exit", "hold_s", "clear_s", "least_people"),
    *("least_share", "min_faces", "schedule", "username", "password", "current_password"),
    *("new_password", "repeat_password", "advice", "alert", "address", "rules", "cameras"),
    *("hours", "title", "turn_deg", "mask", "detect_width", "most_fps", "deed", "to"),
    *("privacy", "viewers_see", "min_group", "approved_by", "is_informed", "region"),
    *("less_because", "days", "reads_since"),
    *("role", "which_cameras", "members", "code", "key", "worker", "owner", "scopes"),
    *("url", "method", "headers", "body", "body_kind", "secret"),
)
BODIES = (
    (DEEP, JSON),
    (b'{"text": "\\ud800", "answer": "\\ud800"}', JSON),
    (b"9" * 20_000, JSON),
    (b"\xff\xfe", JSON),
    (b"{}", "application/json; charset=none"),
    (DEEP, FORM),
    (DEEP, MULTIPART),
    (PART, MULTIPART),
    (b"x", "multipart/form-data"),
    (b"x", "application/octet-stream"),
    (b"x", "\xff"),
)
HEADERS = (
    {"Cookie": "evenkeel_session=" + "." * 5000, "Content-Length": "-1", "Origin": "http://["},
    {"Cookie": "evenkeel_session=.eJw.x.y", "Content-Length": "9" * 30, "X-CSRFToken": "\xff"},
    {"Cookie": "evenkeel_session=\xff; =;;", "Content-Type": "application/json; charset*=none''x"},
    {
        "Accept": "text/html;q=nan, \xff;q=x",
        "Range": f"bytes={'9' * 5000}-",
        "If-Modified-Since": "Mon, 01 Jan 99999999999 00:00:00 +9999",
        "Authorization": "Digest \xff",
        "Referer": "http://[",
    },
)


@pytest.fixture
def house(app: Flask, database: Database) -> Flask:
    """The application with an alert and a rule to act upon, and forms that need no secret field."""
    with database.session() as work:
        seed_rules(work, [ANGER], utc_now())
    add_alert(database, "1")
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture(params=[STRANGER, NEWCOMER, MANAGER, ADMIN])
def visitor(request: pytest.FixtureRequest, client: FlaskClient, auth: AuthActions) -> FlaskClient:
    """Somebody of each role."""
    if request.param != STRANGER:
        assert auth.login(request.param).status_code == 303
    return client


def path_of(rule: Rule, name: str = "", camera: str = "demo") -> str:
    """Return the rule's path about what is there, or with `name` for each part that varies."""
    known = {"camera": camera, "form": "csv", "name": camera}
    parts = re.compile(r"<(?:[^:<>]+:)?(\w+)>")
    return parts.sub(lambda part: name or known.get(part[1], "1"), rule.rule)


def state_of(database: Database, runtime: FakeRuntime) -> set[str]:
    """Return all that a request could have changed."""
    with database.session() as work:
        dump = work.connection().connection.driver_connection.iterdump()
        return {*dump, repr(runtime.cameras()), repr(runtime.setups)}


def requests_of(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield method and path of each route; a stream only by HEAD, since it would not end."""
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods - {"OPTIONS", "HEAD"}):
            yield "HEAD" if "stream" in rule.rule else method, path_of(rule)


def server_errors(client: FlaskClient, wanted: Iterator[tuple[str, str, dict]]) -> list[str]:
    """Send what is wanted; returns what the server took for its own fault."""
    failed = []
    # Answers to programs are made in a fraction of the time, by the same views.
    client.environ_base["HTTP_ACCEPT"] = "application/json"
    for method, path, changes in wanted:
        with client.open(path, method=method, **changes) as answer:
            # 503: nothing in these tests reads files.
            if answer.status_code >= 500 and not path.startswith(READS_FILES):
                failed.append(f"{answer.status_code} {method} {path[:60]} {str(changes)[:60]}")
    return failed


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_what_only_asks_changes_nothing(
    house: Flask, visitor: FlaskClient, database: Database, runtime: FakeRuntime, method: str
) -> None:
    before = state_of(database, runtime)
    page_before = visitor.get("/logout").status_code
    for path in [path_of(rule) for rule in house.url_map.iter_rules()] + ["/socket.io/?EIO=4"]:
        visitor.open(path, method=method).close()
    assert visitor.get("/logout").status_code == page_before
    assert state_of(database, runtime) ^ before == set()


def test_names_in_paths(house: Flask, signed_in: FlaskClient) -> None:
    rules = [rule for rule in house.url_map.iter_rules() if rule.arguments]
    wanted = (
        (method, path_of(rule, name), {})
        for rule in rules
        for method in rule.methods - {"OPTIONS", "HEAD"}
        for name in NAMES
    )
    assert server_errors(signed_in, wanted) == []


def test_queries(house: Flask, signed_in: FlaskClient) -> None:
    wanted = (
        (method, f"{path}?" + "&".join(f"{name}={value}" for name in names), {})
        for method, path in requests_of(house)
        if method != "POST"
        for value in VALUES
        for names in (PARAMETERS, TIMES)[
            : 2 if "/history" in path or path in ("/report", "/alerts") else 1
        ]
    )
    assert server_errors(signed_in, wanted) == []


def test_forms_and_bodies(house: Flask, signed_in: FlaskClient) -> None:
    forms = ["&".join(f"{name}={value}" for name in FIELDS) for value in VALUES]
    bodies = [*((form.encode(), FORM) for form in forms), *BODIES]
    wanted = (
        (method, path, {"data": data, "content_type": kind})
        for method, path in requests_of(house)
        if method == "POST" and path != "/logout"
        for data, kind in bodies
    )
    assert server_errors(signed_in, wanted) == []


def test_headers(house: Flask, signed_in: FlaskClient) -> None:
    wanted = (
        (method, path, {"headers": headers})
        for method, path in requests_of(house)
        for headers in HEADERS
    )
    assert server_errors(signed_in, wanted) == []


def test_forms_filled_in_at_random_are_taken_or_refused() -> None:
    figures = fuzz(cases=120, seed=7)
    assert figures["read"] >= 10 and figures["refused"] >= 5
