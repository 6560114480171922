"""Tests of /logout."""

from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import AuthActions


def test_it_works(signed_in: FlaskClient, auth: AuthActions) -> None:
    answer = auth.logout()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert signed_in.get("/").headers["Location"] == "/login"


def test_a_link_does_not_sign_out(signed_in: FlaskClient) -> None:
    assert "Sign out?" in signed_in.get("/logout").text
    assert signed_in.get("/").status_code == 200


def test_below_a_sub_path_it_asks_there(signed_in: FlaskClient) -> None:
    answer = signed_in.post("/logout", environ_overrides={"SCRIPT_NAME": "/crew"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/crew/logout")


def test_without_csrf_field_it_asks_first(signed_in: FlaskClient) -> None:
    answer = signed_in.post("/logout")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/logout")
    assert signed_in.get("/").status_code == 200
    answer = signed_in.post("/logout", headers={"Accept": "application/json"})
    assert answer.status_code == 400
    assert signed_in.get("/").status_code == 200


def test_going_back_after_it_leads_to_no_second_one(
    signed_in: FlaskClient, auth: AuthActions
) -> None:
    auth.logout()
    assert signed_in.get("/logout").headers["Location"] == "/login"
    assert auth.login(next="/logout").headers["Location"] == "/"


def test_a_stolen_cookie_is_worth_nothing_afterwards(
    app: Flask, signed_in: FlaskClient, auth: AuthActions
) -> None:
    cookie = signed_in.get_cookie(signed_in.application.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie(cookie.key, cookie.value)
    assert thief.get("/api/cameras").status_code == 200
    auth.logout()
    assert thief.get("/api/cameras").status_code == 401
