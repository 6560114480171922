"""Tests of sign-in by the header of a named proxy."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache

from tests.conftest import ADMIN, PASSWORD, VIEWER, AuthActions
from tests.fakes import FakeRuntime
from webapp.app import create_app
from webapp.config import LOOPBACK, Settings
from webapp.core.access import Actor, Role
from webapp.core.proxy_headers import ProxyHeaders, parse_role_map
from webapp.storage.accounts import disable_account, list_accounts
from webapp.storage.audit import BY_PROXY, EVERYTHING, list_entries
from webapp.storage.database import Database
from webapp.storage.users import find_user
from webapp.web.services import services_of

JSON = {"Accept": "application/json"}
HEADERS = ProxyHeaders("Remote-User", "Remote-Groups", parse_role_map("ops=manager,it=admin"))
STRANGER = {"REMOTE_ADDR": "192.0.2.9"}
Ask = Callable[..., Any]


@pytest.fixture
def app(
    settings: Settings, runtime: FakeRuntime, compiled_templates: FileSystemBytecodeCache
) -> Iterator[Flask]:
    """An application behind a proxy on this machine that signs people in."""
    changed = replace(
        settings,
        trusted_proxies=1,
        trusted_proxy_addresses=LOOPBACK,
        identity_headers=HEADERS,
    )
    app = create_app(changed, runtime)
    app.jinja_env.bytecode_cache = compiled_templates
    yield app
    services_of(app).database.close()


@pytest.fixture
def ask(app: Flask) -> Ask:
    """Asks as somebody whom the proxy names; each time without a cookie."""

    def get(user: str, groups: str = "", path: str = "/api/cameras", **more: Any) -> Any:
        headers = JSON | {"Remote-User": user, "Remote-Groups": groups}
        return app.test_client().get(path, headers=headers, **more)

    return get


def noted(database: Database) -> list[tuple]:
    with database.session() as work:
        entries = list_entries(work, wanted=EVERYTHING)
    return [(entry.author, entry.action, entry.details) for entry in reversed(entries)]


def actor(database: Database, username: str) -> Actor:
    with database.session() as work:
        user = find_user(work, username)
    assert user
    return user.actor


def test_who_is_named_is_made_at_first_sight_and_stays_the_same(
    ask: Ask, database: Database
) -> None:
    for _ in range(3):
        assert ask("Mira", "staff, ops").status_code == 200
    assert actor(database, "mira") == Actor(Role.MANAGER)
    made = {"user": "Mira", "role": "manager"}
    assert noted(database) == [
        (BY_PROXY, "user added", made),
        ("Mira", "signed in", {"through": "the proxy"}),
    ]
    with database.session() as work:
        (account,) = (
            a for a in list_accounts(work, datetime.now(UTC)) if a.user.username == "Mira"
        )
    assert len(account.sign_ins) == 1 and not account.user.has_password


def test_the_role_follows_the_header(ask: Ask, database: Database) -> None:
    for groups, role in (("", "viewer"), ("it", "admin"), ("ops", "manager")):
        assert ask("mira", groups).status_code == 200
        assert actor(database, "mira").role == role
    assert (BY_PROXY, "user's role changed", {"user": "mira", "role": "admin"}) in noted(database)
    assert ask("mira", "ops", "/admin/users").status_code == 403


def test_nobody_else_is_believed(ask: Ask, app: Flask, database: Database) -> None:
    assert ask("mira", "it", environ_overrides=STRANGER).status_code == 401
    assert ask("", "it").status_code == 401
    assert noted(database) == []
    signed = app.test_client()
    AuthActions(signed).login(ADMIN)
    forged = signed.get(
        "/api/cameras", headers=JSON | {"Remote-User": "mira"}, environ_overrides=STRANGER
    )
    assert forged.status_code == 200, "it is the admin's cookie that counts"
    assert noted(database) == [(ADMIN, "signed in", {})]


@pytest.mark.parametrize("user", ["mira,admin", "x" * 65])
def test_what_is_no_one_name_is_refused(ask: Ask, database: Database, user: str) -> None:
    answer = ask(user)
    assert answer.status_code == 400 and "Remote-User: expected one name" in answer.text
    assert noted(database) == []


def test_who_is_switched_off_stays_out(ask: Ask, database: Database) -> None:
    ask("mira")
    with database.session() as work:
        user = find_user(work, "mira")
        assert user
        disable_account(work, user, ADMIN, datetime.now(UTC))
    for path in ("/api/cameras", "/stream/demo.mjpg", "/snapshot/demo.jpg"):
        answer = ask("mira", "it", path)
        assert (answer.status_code, answer.get_json()["message"][:28]) == (
            403,
            "This account is switched off",
        )
    assert ask("mira", path="/socket.io/?EIO=4&transport=polling").status_code == 401
    assert actor(database, "mira").role == Role.VIEWER, "nothing is changed either"


def test_an_account_with_a_password_is_not_the_proxy_s(ask: Ask, database: Database) -> None:
    answer = ask(ADMIN, "it")
    assert answer.status_code == 403
    assert "an account of this name has a password" in answer.get_json()["message"]
    assert noted(database) == []


def test_without_the_header_the_form_counts(app: Flask, client: FlaskClient) -> None:
    assert client.get("/").headers["Location"].startswith("/login")
    assert AuthActions(client).login(ADMIN, PASSWORD).status_code == 303
    assert client.get("/admin/users").status_code == 200


def test_who_has_no_password_cannot_use_the_form(app: Flask, ask: Ask, client: FlaskClient) -> None:
    ask("mira", "it")
    for password in ("", "proxy"):
        assert AuthActions(client).login("mira", password).status_code == 401


def test_a_page_of_one_who_comes_through_the_proxy(ask: Ask, app: Flask) -> None:
    client = app.test_client()
    client.environ_base |= {"HTTP_ACCEPT": "text/html", "HTTP_REMOTE_USER": "mira"}
    assert client.get("/login").headers["Location"] == "/"
    page = client.get("/").text
    assert "The proxy in front signs you in and out." in page and "Change password" not in page
    assert client.get("/password").status_code == 404


def test_admins_see_who_comes_through_the_proxy(app: Flask, ask: Ask, database: Database) -> None:
    ask("mira", "ops")
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT"] = "text/html"
    auth = AuthActions(client)
    auth.login(ADMIN)
    assert "Comes through the proxy" in client.get("/admin/users").text
    with database.session() as work:
        mira = find_user(work, "mira")
    assert mira
    page = f"/admin/users/{mira.id}"
    assert auth.post(f"{page}/password", page).status_code == 409
    sent = {"role": "admin", "which_cameras": "some", "cameras": "door"}
    assert "The proxy says the role" in auth.post(page, page, **sent).text
    assert auth.post(page, page, **sent | {"role": "manager"}).status_code == 303
    cameras = ask("mira", "ops").get_json()["cameras"]
    assert [camera["name"] for camera in cameras] == ["door"]


def test_sockets_open_and_are_only_used_by_who_opened_them(app: Flask, ask: Ask) -> None:
    opened = ask("mira", path="/socket.io/?EIO=4&transport=polling")
    assert opened.status_code == 200
    sid = opened.text.split('"sid":"')[1].split('"')[0]
    path = f"/socket.io/?EIO=4&transport=polling&sid={sid}"
    assert ask("ben", path=path).status_code == 403
    assert app.test_client().get(path).status_code == 403
    services_of(app).sockets.transports.close_all()
    connection = services_of(app).sockets.socketio.test_client(
        app, flask_test_client=None, headers={"Remote-User": "mira"}
    )
    assert not connection.is_connected(), "what no middleware read is nobody's word"
    assert VIEWER not in opened.text
