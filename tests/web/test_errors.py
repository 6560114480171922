"""Tests of errors as pages and as JSON."""

import logging
import re
import sqlite3

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import AuthActions
from webapp.core.access import Permission
from webapp.storage.database import Database
from webapp.web.access.forms import OLD_PAGE
from webapp.web.access.permissions import needs


def test_a_page_for_people(signed_in: FlaskClient) -> None:
    answer = signed_in.get("/nothing")
    assert answer.status_code == 404
    assert "<h1>There is nothing here</h1>" in answer.text
    assert "The address may be mistyped, or what was here has been removed." in answer.text


def test_json_for_programs(signed_in: FlaskClient) -> None:
    answer = signed_in.get("/nothing", headers={"Accept": "application/json"})
    assert answer.get_json()["title"] == "Not Found"


def test_no_page_has_the_frameworks_words(client: FlaskClient, auth: AuthActions) -> None:
    old = client.post("/login", data={"username": "admin"})
    assert (old.status_code, OLD_PAGE in old.text) == (400, True)
    assert auth.login().status_code == 303
    for answer in (client.get("/nothing"), client.post("/history"), client.get("/alerts?page=x")):
        assert answer.status_code >= 400
        assert not re.search("the server|The method is|CSRF (token|session)", answer.text)


def test_who_lost_a_race_is_back_where_the_form_was(
    signed_in: FlaskClient, auth: AuthActions
) -> None:
    fields = {"csrf_token": auth.csrf_token("/admin")}
    headers = {"Referer": "http://localhost/alerts?camera=door"}
    answer = signed_in.post("/alerts/silences/7/end", data=fields, headers=headers)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/alerts?camera=door")
    assert "There is no such silence, or it is over already." in signed_in.get("/alerts").text
    assert "There is no such silence" not in signed_in.get("/alerts").text, "it is said once"
    elsewhere = {"Referer": "http://evil.example/alerts"}
    answer = signed_in.post("/alerts/silences/7/end", data=fields, headers=elsewhere)
    assert answer.status_code == 404


def test_the_allowed_methods_are_named(signed_in: FlaskClient) -> None:
    answer = signed_in.delete("/api/cameras")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_an_unexpected_error_reveals_nothing(
    app: Flask, signed_in: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    @needs(Permission.WATCH)
    def fail() -> str:
        raise RuntimeError("rtsp://user:secret@camera")

    app.view_functions["dashboard.index"] = fail
    answer = signed_in.get("/")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert "RuntimeError" in caplog.text


def test_a_locked_database(
    client: FlaskClient, auth: AuthActions, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    csrf_token = auth.csrf_token()
    fields = {"csrf_token": csrf_token, "username": "admin", "password": "correct horse battery"}
    lock = sqlite3.connect(str(database.engine.url.database))
    lock.execute("BEGIN EXCLUSIVE")
    with caplog.at_level(logging.ERROR):
        answer = client.post("/login", data=fields)
    lock.rollback()
    lock.close()
    assert answer.status_code == 503
    assert "locked by another program" in answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert client.post("/login", data=fields).status_code == 303


def test_a_database_that_is_not_set_up(signed_in: FlaskClient, database: Database) -> None:
    with database.session() as work:
        work.connection().exec_driver_sql("DROP TABLE sessions")
    answer = signed_in.get("/")
    assert answer.status_code == 503
    assert "db upgrade" in answer.text
