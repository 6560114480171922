"""Tests of the second factor: /second-factor and /login/code."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.conftest import ADMIN, MANAGER, PASSWORD, AuthActions
from tests.fakes import FakeRuntime
from webapp.app import create_app
from webapp.config import Settings
from webapp.storage.accounts import disable_account, give_password
from webapp.storage.audit import EVERYTHING, list_entries
from webapp.storage.database import Database
from webapp.storage.second_factor import add_second_factor, remove_second_factor
from webapp.storage.users import User, find_user
from webapp.web.pages import second_factor as module
from webapp.web.services import services_of

PAGE, CODE = "/second-factor", "/login/code"
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOW = datetime.now(UTC)
JSON = {"Accept": "application/json"}


def user(database: Database, username: str = ADMIN) -> User:
    with database.session() as work:
        found = find_user(work, username)
    assert found
    return found


def code_of(key: str, steps: int = 0) -> str:
    return pyotp.TOTP(key).at(NOW + timedelta(seconds=30 * steps))


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no code run out while a test uses it."""
    monkeypatch.setattr(module, "utc_now", lambda: NOW)


@pytest.fixture
def recovery_codes(app: Flask, database: Database) -> list[str]:
    """Those of the admin, who has a second factor."""
    now, sealer = datetime.now(UTC), services_of(app).sealer
    with database.session() as work:
        return list(add_second_factor(work, user(database), KEY, 0, sealer, now))


def actions(database: Database) -> list[tuple]:
    with database.session() as work:
        entries = list_entries(work, wanted=EVERYTHING)
    return [(entry.author, entry.action, entry.details) for entry in entries]


def test_switched_on_with_a_code_then_asked_for_at_each_sign_in(
    app: Flask,
    client: FlaskClient,
    auth: AuthActions,
    database: Database,
    signed_in: FlaskClient,
) -> None:
    elsewhere = app.test_client()
    AuthActions(elsewhere).login()
    page = client.get(PAGE).text
    key = re.search(r'class="key">([^<]+)<', page)[1].replace(" ", "")
    assert "<svg" in page and f"secret={key}" in page
    sealed = re.search(r'name="key" value="([^"]+)"', page)[1]
    wrong = auth.post(PAGE, PAGE, key=sealed, code="000000")
    assert wrong.status_code == 400 and key in wrong.text.replace(" ", ""), "the phone has it"
    done = auth.post(PAGE, PAGE, key=sealed, code=code_of(key))
    codes = re.findall(r"<li><code>([^<]+)</code>", done.text)
    assert len(codes) == 10
    assert elsewhere.get("/api/cameras", headers=JSON).status_code == 401
    older = auth.post(PAGE, PAGE, key=sealed, code=code_of(key, 1))
    assert older.status_code == 409 and "You have a second factor" in older.text
    shown = client.get(PAGE).text
    assert key not in shown.replace(" ", "") and "10 recovery codes are left" in shown
    auth.logout()
    answer = auth.login(next="/alerts")
    assert answer.headers["Location"] == "/login/code?next=/alerts"
    assert client.get("/").headers["Location"].startswith("/login"), "half of it opens nothing"
    assert client.get("/api/cameras", headers=JSON).status_code == 401
    refused = auth.post(CODE, CODE, code="12345", next="/alerts")
    assert refused.status_code == 401 and "not right" in refused.text
    assert "/alerts" in refused.text
    assert auth.post(CODE, CODE, code=code_of(key), next="/alerts").status_code == 401, "used"
    taken = auth.post(CODE, CODE, code=code_of(key, 1), next="/alerts")
    assert (taken.status_code, taken.headers["Location"]) == (303, "/alerts")
    assert client.get("/api/cameras", headers=JSON).status_code == 200
    assert (ADMIN, "failed to sign in", {"because": "wrong code"}) in actions(database)
    assert (ADMIN, "second factor added", {"user": ADMIN}) in actions(database)


def test_a_recovery_code_stands_for_the_phone(
    client: FlaskClient, auth: AuthActions, recovery_codes: list[str]
) -> None:
    auth.login()
    assert auth.post(CODE, CODE, code=recovery_codes[0]).status_code == 303
    assert "9 recovery codes are left" in client.get(PAGE).text
    again = auth.post(f"{PAGE}/codes", PAGE, code=recovery_codes[0])
    assert again.status_code == 401
    renewed = auth.post(f"{PAGE}/codes", PAGE, code=recovery_codes[1])
    assert len(re.findall(r"<li><code>", renewed.text)) == 10
    assert recovery_codes[2] not in renewed.text


def test_removing_it_takes_a_code(
    client: FlaskClient, auth: AuthActions, database: Database, recovery_codes: list[str]
) -> None:
    auth.login()
    auth.post(CODE, CODE, code=code_of(KEY))
    assert auth.post(f"{PAGE}/remove", PAGE, code="1").status_code == 401
    assert auth.post(f"{PAGE}/remove", PAGE, code=recovery_codes[0]).status_code == 303
    assert "the password alone signs you in" in client.get(PAGE).text
    auth.logout()
    assert auth.login().headers["Location"] == "/"


def test_guesses_are_slowed_down_and_sealed_keys_are_their_user_s(
    client: FlaskClient, auth: AuthActions, recovery_codes: list[str]
) -> None:
    auth.login()
    given = [auth.post(CODE, CODE, code="000000") for _ in range(6)]
    assert [answer.status_code for answer in given] == [401] * 5 + [429]
    assert auth.post(CODE, CODE, code=recovery_codes[0]).status_code == 429
    assert "try again in 5 minutes" in given[-1].text


@pytest.mark.parametrize(
    "end",
    [
        lambda work, user: disable_account(work, user, ADMIN, NOW),
        lambda work, user: give_password(work, user, "another", ADMIN, NOW, is_once=False),
        lambda work, user: remove_second_factor(work, user, ADMIN, NOW),
    ],
)
def test_the_page_of_the_code_is_for_who_just_gave_the_password(
    app: Flask,
    client: FlaskClient,
    auth: AuthActions,
    database: Database,
    end: Callable[[Session, User], None],
) -> None:
    assert client.get(CODE).headers["Location"].startswith("/login")
    with database.session() as work:
        manager, sealer = user(database, MANAGER), services_of(app).sealer
        codes = add_second_factor(work, manager, KEY, 0, sealer, NOW)
    auth.login(MANAGER)
    sent = {"csrf_token": auth.csrf_token(CODE), "code": codes[0]}
    with database.session() as work:
        end(work, user(database, MANAGER))
    assert client.post(CODE, data=sent).headers["Location"].startswith("/login?")
    assert client.get("/api/cameras", headers=JSON).status_code == 401


def test_half_a_sign_in_lasts_five_minutes(
    client: FlaskClient,
    auth: AuthActions,
    recovery_codes: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    auth.login()
    assert client.get(CODE).status_code == 200
    monkeypatch.setattr(module, "HALF_LASTS_S", -1)
    assert client.get(CODE).headers["Location"].startswith("/login")


def test_a_key_of_another_user_s_page_is_refused(
    app: Flask, signed_in: FlaskClient, auth: AuthActions
) -> None:
    other = app.test_client()
    AuthActions(other).login(MANAGER)
    sealed = re.search(r'name="key" value="([^"]+)"', other.get(PAGE).text)[1]
    answer = auth.post(PAGE, PAGE, key=sealed, code="000000")
    assert answer.status_code == 400 and "too old" in answer.text


def test_an_admin_takes_a_lost_one_away(
    app: Flask, client: FlaskClient, auth: AuthActions, database: Database
) -> None:
    with database.session() as work:
        manager = user(database, MANAGER)
        add_second_factor(work, manager, KEY, 0, services_of(app).sealer, datetime.now(UTC))
    auth.login()
    users = "/admin/users"
    assert "With a second factor." in client.get(users).text
    assert auth.post(f"{users}/{manager.id}/second-factor/remove", users).status_code == 303
    assert (ADMIN, "second factor removed", {"user": MANAGER}) in actions(database)
    assert not user(database, MANAGER).has_second_factor
    own = user(database).id
    assert auth.post(f"{users}/{own}/second-factor/remove", users).status_code == 409


@pytest.mark.parametrize(("who", "asked"), [("admins", [ADMIN]), ("everybody", [ADMIN, MANAGER])])
def test_it_may_be_asked_for(
    settings: Settings, runtime: FakeRuntime, who: str, asked: list[str]
) -> None:
    app = create_app(replace(settings, require_totp=who), runtime)
    for username in (ADMIN, MANAGER):
        client = app.test_client()
        client.environ_base["HTTP_ACCEPT"] = "text/html"
        AuthActions(client).login(username, PASSWORD)
        answer = client.get("/")
        is_asked = username in asked
        assert (answer.headers.get("Location") == PAGE) is is_asked
        assert client.get("/socket.io/?EIO=4&transport=polling").status_code == (
            403 if is_asked else 200
        )
        page = client.get(PAGE).text
        assert ("the rest opens once you have one" in page) is is_asked
        assert ('class="site-nav"' in page) is not is_asked
    services_of(app).database.close()
