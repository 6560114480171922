"""Tests of /login."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.conftest import ADMIN, CHEAP_HASHER, PASSWORD, AuthActions
from webapp.storage.database import Database
from webapp.storage.passwords import PasswordVault
from webapp.storage.sign_ins import IDLE_LIMIT, LIFETIME
from webapp.storage.tables import SignInRow
from webapp.web.access.sign_in_checks import (
    FAILURES_AT_ONE_PLACE,
    FAILURES_OF_ONE_ADDRESS,
    FAILURES_OF_ONE_USER,
)
from webapp.web.services import services_of


def test_it_works(client: FlaskClient, auth: AuthActions) -> None:
    answer = auth.login()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert client.get("/").status_code == 200


def test_the_case_of_the_name_does_not_matter(auth: AuthActions) -> None:
    assert auth.login("ADMIN").status_code == 303


@pytest.mark.parametrize(
    ("username", "password"),
    [
        (ADMIN, "wrong"),
        (ADMIN, ""),
        (ADMIN, "x" * 5000),
        ("nobody", "wrong"),
        ("", ""),
        ("x" * 500, "wrong"),
    ],
)
def test_refuses(client: FlaskClient, auth: AuthActions, username: str, password: str) -> None:
    answer = auth.login(username, password)
    assert answer.status_code == 401
    assert "do not belong together" in answer.text
    assert f'value="{username}"' in answer.text and 'value="wrong"' not in answer.text
    assert client.get("/").status_code == 303


def test_refuses_what_no_name_holds(client: FlaskClient, auth: AuthActions) -> None:
    assert auth.login("nul\0byte", "wrong").status_code == 400
    assert client.get("/").status_code == 303


def test_refuses_without_csrf_field(client: FlaskClient) -> None:
    answer = client.post("/login", data={"username": ADMIN, "password": "any"})
    assert answer.status_code == 400
    assert client.get("/").status_code == 303


@pytest.mark.parametrize("first", ["viewer", None])
def test_a_form_survives_what_another_tab_does(
    client: FlaskClient, auth: AuthActions, first: str | None
) -> None:
    """Signing in, and out again, ends the field of the form that is open here."""
    field = auth.csrf_token()
    assert auth.login(first or ADMIN).status_code == 303
    if first is None:
        auth.logout()
    form = {"csrf_token": field, "username": ADMIN, "password": PASSWORD}
    assert client.post("/login", data=form).status_code == 400
    here = {"Origin": "http://localhost"}
    assert client.post("/login", data=form, headers=here).status_code == 303


def test_an_old_form_of_who_does_not_say_where_it_is_comes_back_filled_in(
    client: FlaskClient, auth: AuthActions
) -> None:
    answer = client.post("/login", data={"username": ADMIN, "password": PASSWORD})
    assert "Load it again" in answer.text
    assert f'value="{ADMIN}"' in answer.text and PASSWORD not in answer.text
    assert auth.csrf_token()


@pytest.mark.parametrize(
    "origin", ["http://localhost:8443", "https://localhost", "https://evil.example"]
)
def test_a_form_of_another_site_is_refused_with_both_addresses(
    client: FlaskClient, origin: str
) -> None:
    """Of an attacker, or of a proxy that does not pass on where the browser is."""
    form = {"username": ADMIN, "password": PASSWORD}
    answer = client.post("/login", data=form, headers={"Origin": origin})
    assert answer.status_code == 400
    assert f"Your browser is at {origin}, but the server was asked for http://loc" in answer.text
    assert "proxy_set_header Host $http_host" in answer.text


@pytest.mark.parametrize("origin", ["null", "http://[", "http://localhost/", "nonsense"])
def test_an_origin_that_is_none_is_no_proof(client: FlaskClient, origin: str) -> None:
    answer = client.post("/login", headers={"Origin": origin})
    assert answer.status_code == (401 if origin == "http://localhost/" else 400)


def test_goes_where_the_stranger_wanted(client: FlaskClient, auth: AuthActions) -> None:
    sent_to = client.get("/?camera=door").headers["Location"]
    assert sent_to == "/login?next=/?camera%3Ddoor"
    assert auth.login(next="/?camera=door").headers["Location"] == "/?camera=door"


def test_never_leaves_the_site(auth: AuthActions) -> None:
    assert auth.login(next="//evil.example/").headers["Location"] == "/"


def test_a_signed_in_user_is_sent_on(signed_in: FlaskClient) -> None:
    assert signed_in.get("/login?next=/password").headers["Location"] == "/password"


def test_cookie_flags(auth: AuthActions) -> None:
    cookie = auth.login().headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_the_cookie_is_secure_over_tls(client: FlaskClient) -> None:
    answer = client.get("/login", base_url="https://localhost")
    assert "Secure" in answer.headers["Set-Cookie"]


# Longer than any password, so that no hash is computed.
GUESS = "x" * 2000


def test_guessing_is_slowed_down(client: FlaskClient, auth: AuthActions) -> None:
    for _ in range(FAILURES_AT_ONE_PLACE):
        assert auth.login(password=GUESS).status_code == 401
    refused = auth.login()
    assert refused.status_code == 429
    assert 240 < int(refused.headers["Retry-After"]) <= 300
    assert "try again in 5 minutes." in refused.text
    assert 'name="password"' in refused.text and f'value="{ADMIN}"' in refused.text
    assert auth.login("viewer").status_code == 303
    auth.logout()
    client.environ_base["REMOTE_ADDR"] = "10.0.0.2"
    assert auth.login().status_code == 303


def guess_from_everywhere(app: Flask, username: str = ADMIN) -> None:
    """Use up what strangers may try."""
    for number in range(FAILURES_OF_ONE_USER):
        services_of(app).checks.verify(username, f"2001:db8:0:{number}::7", None, GUESS, None)


def test_guessing_from_many_addresses_is_slowed_down(app: Flask, auth: AuthActions) -> None:
    guess_from_everywhere(app)
    refused = auth.login()
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) <= 10
    assert auth.login("viewer").status_code == 303


def test_who_signed_in_with_this_browser_before_is_not_held_up(
    app: Flask, client: FlaskClient, auth: AuthActions
) -> None:
    auth.login()
    auth.logout()
    guess_from_everywhere(app)
    client.environ_base["REMOTE_ADDR"] = "10.0.0.2"
    assert auth.login().status_code == 303
    auth.logout()
    for _ in range(FAILURES_AT_ONE_PLACE):
        assert auth.login(password=GUESS).status_code == 401
    assert auth.login().status_code == 429


def test_a_browser_is_known_for_its_own_user_alone(
    app: Flask, client: FlaskClient, auth: AuthActions
) -> None:
    auth.login("viewer")
    auth.logout()
    (viewers,) = (c for c in client._cookies.values() if c.key.startswith("evenkeel_knows"))
    guess_from_everywhere(app)
    for value in (viewers.value, "no signature", ""):
        client.set_cookie(viewers.key.replace("_2", "_1"), value)
        assert auth.login().status_code == 429


@pytest.mark.parametrize("address", ["10.0.0.{}", "2001:db8::{}"])
def test_trying_many_names_is_slowed_down(
    app: Flask, client: FlaskClient, auth: AuthActions, address: str
) -> None:
    is_ipv6 = ":" in address
    for number in range(FAILURES_OF_ONE_ADDRESS):
        at = address.format(number if is_ipv6 else 1)
        services_of(app).checks.verify(f"name{number}", at, None, GUESS, None)
    client.environ_base["REMOTE_ADDR"] = address.format("ffff" if is_ipv6 else 1)
    assert auth.login().status_code == 429
    client.environ_base["REMOTE_ADDR"] = "10.0.0.2"
    assert auth.login().status_code == 303


def test_what_could_not_be_checked_is_no_failure(app: Flask, auth: AuthActions) -> None:
    checks = services_of(app).checks
    vault = checks._vault = PasswordVault(CHEAP_HASHER, max_at_once=1, wait_s=0)
    with vault._slot():
        for _ in range(FAILURES_AT_ONE_PLACE + 1):
            assert auth.login().status_code == 503
    assert auth.login().status_code == 303


def test_a_success_clears_the_count(auth: AuthActions) -> None:
    for _ in range(FAILURES_AT_ONE_PLACE - 1):
        auth.login(password="wrong")
    auth.login()
    auth.logout()
    assert auth.login(password="wrong").status_code == 401
    assert auth.login().status_code == 303


@pytest.mark.parametrize(
    "change",
    [
        {"last_seen_at": datetime.now(UTC) - IDLE_LIMIT - timedelta(seconds=1)},
        {"expires_at": datetime.now(UTC) - timedelta(seconds=1)},
        {"revoked_at": datetime.now(UTC)},
    ],
    ids=["idle", "too old", "revoked"],
)
def test_a_sign_in_ends(
    signed_in: FlaskClient, database: Database, change: dict[str, datetime]
) -> None:
    with database.session() as work:
        work.execute(update(SignInRow).values(**change))
    assert signed_in.get("/").headers["Location"].startswith("/login")


def test_use_keeps_a_sign_in_but_not_for_ever(signed_in: FlaskClient, database: Database) -> None:
    almost_idle = datetime.now(UTC) - IDLE_LIMIT + timedelta(minutes=1)
    with database.session() as work:
        work.execute(update(SignInRow).values(last_seen_at=almost_idle))
    signed_in.get("/")
    with database.session() as work:
        row = work.query(SignInRow).one()
        assert row.last_seen_at > almost_idle + timedelta(hours=1)
        assert row.expires_at - row.created_at == LIFETIME


def test_signing_in_again_ends_the_former_sign_in(
    client: FlaskClient, auth: AuthActions, database: Database
) -> None:
    auth.login()
    fields = {"csrf_token": auth.csrf_token("/password"), "username": "viewer"}
    client.post("/login", data=fields | {"password": PASSWORD})
    with database.session() as work:
        assert [row.revoked_at is None for row in work.query(SignInRow)] == [False, True]


def test_nothing_from_before_the_sign_in_is_kept(client: FlaskClient, auth: AuthActions) -> None:
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
    auth.login()
    with client.session_transaction() as cookie:
        assert set(cookie) == {"token", "_permanent"}


def test_a_late_answer_cannot_bring_the_cookie_back(signed_in: FlaskClient) -> None:
    assert "Set-Cookie" not in signed_in.get("/api/cameras").headers


def test_the_database_never_sees_the_token(signed_in: FlaskClient, database: Database) -> None:
    with signed_in.session_transaction() as cookie:
        token = cookie["token"]
    with database.session() as work:
        stored = work.query(SignInRow).one().token_sha256
    assert len(token) >= 43
    assert stored != token
