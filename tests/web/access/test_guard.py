"""Tests of who may pass, over all paths."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, update

from webapp.storage.database import Database
from webapp.storage.tables import SignInRow

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PROGRAM = {"Accept": "*/*"}
FOR_PROGRAMS = [
    "/api/cameras",
    "/api/history",
    "/stream/demo.mjpg",
    "/stream/absent.mjpg",
    "/snapshot/demo.jpg",
    "/readyz",
    "/metrics",
]
PAGES = ["/", "/password", "/logout", "/no-such-page"]


@pytest.mark.parametrize("path", FOR_PROGRAMS)
def test_a_strange_program_gets_401(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=PROGRAM)
    assert answer.status_code == 401
    assert answer.json == {"code": 401, "title": "Unauthorized", "message": "Sign in first."}


@pytest.mark.parametrize("path", FOR_PROGRAMS + PAGES)
def test_a_strange_browser_is_sent_to_sign_in(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=BROWSER)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_without_accept_is_a_page(app: Flask, path: str) -> None:
    assert app.test_client().get(path).status_code == 303


def test_a_strange_form_is_sent_to_sign_in(client: FlaskClient) -> None:
    answer = client.post("/api/cameras/demo/source", headers=BROWSER)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")


@pytest.mark.parametrize("path", ["/login", "/healthz", "/static/favicon.svg"])
def test_open_to_everybody(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        assert answer.status_code == 200


@pytest.mark.parametrize("token", ["", "x", None])
def test_a_made_up_token_is_refused(client: FlaskClient, token: object) -> None:
    with client.session_transaction() as cookie:
        cookie["token"] = token
    assert client.get("/", headers=BROWSER).status_code == 303


def test_a_cookie_signed_with_another_key_is_refused(app: Flask, signed_in: FlaskClient) -> None:
    app.secret_key = "another"
    assert signed_in.get("/").status_code == 303


def test_pages_open_while_nothing_can_be_written(
    signed_in: FlaskClient, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with database.session() as work:
        work.execute(update(SignInRow).values(last_seen_at=datetime.now(UTC) - timedelta(hours=1)))
    refuse_writes = "PRAGMA query_only = 1"
    event.listen(database.engine, "connect", lambda link, _: link.execute(refuse_writes))
    database.engine.dispose()
    assert signed_in.get("/").status_code == 200
    assert "cannot be noted now" in caplog.text


def test_every_view_is_guarded(app: Flask) -> None:
    client = app.test_client()
    # A link to a room is what lets people in there.
    open_endpoints = {
        "static",
        "auth.login",
        "ops.healthz",
        "join.page",
        "join.pictures",
        "notice.page",
    }
    for rule in app.url_map.iter_rules():
        if rule.endpoint in open_endpoints:
            continue
        path = rule.rule.replace("<camera>", "demo")
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        assert client.open(path, method=method).status_code in (303, 401), rule
