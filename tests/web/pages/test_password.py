"""Tests of /password, also as the only page of someone who must change theirs."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import ADMIN, NEWCOMER, PASSWORD, AuthActions
from webapp.web.access.sign_in_checks import FAILURES_AT_ONE_PLACE

NEW = "a much better one"


def change(
    auth: AuthActions, current: str = PASSWORD, new: str = NEW, again: str = NEW
) -> TestResponse:
    """Send the form."""
    return auth.post(
        "/password",
        "/password",
        current_password=current,
        new_password=new,
        repeat_password=again,
    )


def test_it_works(signed_in: FlaskClient, auth: AuthActions) -> None:
    assert change(auth).headers["Location"] == "/"
    auth.logout()
    assert auth.login().status_code == 401
    assert auth.login(password=NEW).status_code == 303


@pytest.mark.parametrize(
    ("current", "new", "again", "expected"),
    [
        ("wrong", NEW, NEW, "current password is not right"),
        (PASSWORD, NEW, NEW + "!", "differ"),
        (PASSWORD, "short", "short", "at least"),
        (PASSWORD, "admin12345", "admin12345", "first to be guessed"),
        (PASSWORD, "x" * 2000, "x" * 2000, "at most"),
        (PASSWORD, PASSWORD, PASSWORD, "must differ"),
    ],
)
def test_refuses(
    signed_in: FlaskClient, auth: AuthActions, current: str, new: str, again: str, expected: str
) -> None:
    answer = change(auth, current, new, again)
    assert answer.status_code == 400
    assert expected in answer.text
    auth.logout()
    assert auth.login().status_code == 303


def test_every_fault_is_shown_at_once(signed_in: FlaskClient, auth: AuthActions) -> None:
    page = change(auth, "wrong", "short", "other").text
    faults = re.findall(r'role="alert" id="fault-(\w+)"', page)
    assert faults == re.findall(r'aria-describedby="fault-(\w+)"', page)
    assert faults == ["new_password", "repeat_password"]
    assert not re.search(r'value="(wrong|short|other)"', page)


def test_refuses_without_csrf_field(signed_in: FlaskClient) -> None:
    assert signed_in.post("/password", data={"new_password": NEW}).status_code == 400


def test_guessing_the_current_one_is_slowed_down(signed_in: FlaskClient, auth: AuthActions) -> None:
    for _ in range(FAILURES_AT_ONE_PLACE):
        change(auth, "wrong")
    assert change(auth).status_code == 429


def test_ends_the_other_sign_ins(app: Flask, signed_in: FlaskClient, auth: AuthActions) -> None:
    other = app.test_client()
    AuthActions(other).login(ADMIN)
    assert other.get("/api/cameras").status_code == 200
    change(auth)
    assert other.get("/api/cameras").status_code == 401
    assert signed_in.get("/api/cameras").status_code == 200


def test_a_newcomer_sees_only_this_page(client: FlaskClient, auth: AuthActions) -> None:
    auth.login(NEWCOMER)
    assert client.get("/").headers["Location"] == "/password"
    assert client.get("/password").status_code == 200
    assert client.get("/logout").status_code == 200
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "path", ["/api/cameras", "/api/history", "/stream/demo.mjpg", "/snapshot/demo.jpg", "/readyz"]
)
def test_programs_of_a_newcomer_are_refused(
    client: FlaskClient, auth: AuthActions, path: str
) -> None:
    auth.login(NEWCOMER)
    assert client.get(path, headers={"Accept": "*/*"}).status_code == 403


def test_a_newcomer_with_an_own_password_may_go_on(
    app: Flask, client: FlaskClient, auth: AuthActions
) -> None:
    first_password = Path(app.instance_path) / "first-password"
    first_password.write_text(PASSWORD)
    auth.login(NEWCOMER)
    assert change(auth).status_code == 303
    assert client.get("/").status_code == 200
    assert first_password.exists(), "it is the first admin's"
    auth.logout()
    auth.login(ADMIN)
    assert change(auth).status_code == 303
    assert not first_password.exists()
