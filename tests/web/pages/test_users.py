"""Tests of /admin/users."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import ADMIN, PASSWORD, VIEWER, AuthActions
from webapp.core.access import Role
from webapp.storage.accounts import Account, disable_account, list_accounts
from webapp.storage.audit import list_entries
from webapp.storage.database import Database
from webapp.storage.secret_files import write_first_password
from webapp.storage.users import find_user
from webapp.web.services import services_of

PAGE = "/admin/users"
NEW_PASSWORD = "another long password"


@pytest.fixture
def other(app: Flask) -> AuthActions:
    """A second browser."""
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT"] = "text/html"
    return AuthActions(client)


def account(database: Database, username: str) -> Account:
    with database.session() as work:
        accounts = list_accounts(work, datetime.now(UTC))
    return next(each for each in accounts if each.user.username == username)


def deed(database: Database, username: str, what: str) -> str:
    return f"{PAGE}/{account(database, username).user.id}/{what}"


def one_time_password(page: str) -> str:
    found = re.search(r'class="one-time">([^<]+)<', page)
    assert found, page
    return found[1]


def test_a_new_user_signs_in_once_and_chooses_a_password(
    signed_in: FlaskClient, auth: AuthActions, database: Database, other: AuthActions
) -> None:
    answer = auth.post(PAGE, PAGE, username="Mira", role="admin")
    assert answer.status_code == 200
    password = one_time_password(answer.text)
    assert password not in signed_in.get(PAGE).text + signed_in.get("/admin/audit").text
    assert account(database, "Mira").user.role == Role.ADMIN
    assert other.login("mira", password).status_code == 303
    assert other._client.get("/").headers["Location"] == "/password"
    fields = {"new_password": NEW_PASSWORD, "repeat_password": NEW_PASSWORD}
    assert other.post("/password", "/password", current_password=password, **fields)
    assert other._client.get("/").status_code == 200
    page = signed_in.get(PAGE).text
    assert "Signed in with 1 browser, last seen" in page and "This browser" in page


@pytest.mark.parametrize(
    ("username", "status", "expected"),
    [
        (" ", 400, "Expected a name"),
        ("x" * 65, 400, "at most 64 characters"),
        ("ADMIN", 409, "There is a user ADMIN already"),
    ],
)
def test_a_name_that_cannot_be_is_told_and_kept(
    signed_in: FlaskClient, auth: AuthActions, username: str, status: int, expected: str
) -> None:
    answer = auth.post(PAGE, PAGE, username=username, role="admin")
    assert (answer.status_code, 'id="fault-username"' in answer.text) == (status, True)
    assert expected in answer.text and f'value="{username.strip()}"' in answer.text


def test_disabling_ends_sign_ins_and_enabling_gives_the_password_back(
    signed_in: FlaskClient, auth: AuthActions, database: Database, other: AuthActions
) -> None:
    other.login(VIEWER)
    assert auth.post(deed(database, VIEWER, "disable"), PAGE).status_code == 303
    assert "Disabled since" in signed_in.get(PAGE).text
    assert other._client.get("/").status_code == 303
    refused = other.login(VIEWER)
    assert refused.status_code == 403 and "This account is switched off." in refused.text
    assert other.login(VIEWER, "not the password").status_code == 401, "strangers learn nothing"
    assert auth.post(deed(database, VIEWER, "enable"), PAGE).status_code == 303
    assert other.login(VIEWER).status_code == 303


def test_who_is_disabled_while_the_password_is_checked_is_not_let_in(
    app: Flask, auth: AuthActions, client: FlaskClient, database: Database
) -> None:
    checks = services_of(app).checks
    verify = checks.verify

    def verify_slowly(*given):
        user = given[2]
        with database.session() as work:
            disable_account(work, user, ADMIN, datetime.now(UTC))
        return verify(*given)

    checks.verify = verify_slowly  # type: ignore[method-assign]
    auth.login(VIEWER)
    assert client.get("/").headers["Location"].startswith("/login")


def test_a_new_password_is_shown_once_and_ends_what_the_old_one_opened(
    app: Flask, signed_in: FlaskClient, auth: AuthActions, database: Database, other: AuthActions
) -> None:
    first = write_first_password(Path(app.instance_path), "first")
    other.login(VIEWER)
    answer = auth.post(deed(database, VIEWER, "password"), PAGE)
    assert other._client.get("/").status_code == 303
    assert other.login(VIEWER, PASSWORD).status_code == 401
    assert other.login(VIEWER, one_time_password(answer.text)).status_code == 303
    assert account(database, VIEWER).user.must_change_password
    assert first.exists(), "it is the first admin's"


def test_signing_out_keeps_the_browser_that_asks(
    signed_in: FlaskClient, auth: AuthActions, database: Database, other: AuthActions
) -> None:
    other.login(ADMIN)
    assert auth.post(deed(database, ADMIN, "sign-out"), PAGE).status_code == 303
    assert other._client.get("/").status_code == 303
    assert "admin is signed out everywhere else." in signed_in.get(PAGE).text


def test_the_own_account_is_for_another_admin(
    signed_in: FlaskClient, auth: AuthActions, database: Database
) -> None:
    for what in ("disable", "delete", "password"):
        answer = auth.post(deed(database, ADMIN, what), PAGE)
        assert answer.status_code == 409 and "This is your own account" in answer.text
    assert not account(database, ADMIN).disabled_at


def test_removing(signed_in: FlaskClient, auth: AuthActions, database: Database) -> None:
    path = deed(database, VIEWER, "delete")
    assert auth.post(path, PAGE).status_code == 303
    assert "viewer is removed." in signed_in.get(PAGE).text
    assert auth.post(path, PAGE).status_code in (303, 404)
    with database.session() as work:
        assert list_entries(work)[0].action == "user removed"


def test_a_viewer_may_neither_look_nor_act(
    client: FlaskClient, auth: AuthActions, database: Database
) -> None:
    auth.login(VIEWER)
    assert client.get(PAGE).status_code == 403
    for path in (PAGE, *(deed(database, ADMIN, d) for d in ("disable", "delete", "password"))):
        assert auth.post(path, "/alerts", username="mallory").status_code == 403
    with database.session() as work:
        assert find_user(work, "mallory") is None
