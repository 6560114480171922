"""Tests of API tokens, over all routes: each opens what it is for, as far as its owner may."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.api_tokens import MADE_UP, MALFORMED, add_token, bearer
from tests.conftest import ADMIN, MANAGER, VIEWER, AuthActions
from tests.web.alert_rows import add_alert
from tests.web.test_every_route import path_of
from webapp.core.access import Role
from webapp.core.api_tokens import TokenScope
from webapp.storage.accounts import disable_account, enable_account, give_role, limit_cameras
from webapp.storage.api_tokens import list_tokens, revoke_token
from webapp.storage.audit import AuditFilter, AuditKind, list_entries
from webapp.storage.database import Database
from webapp.storage.sign_ins import revoke_others
from webapp.storage.users import find_user
from webapp.web.access.permissions import Audience, declared_by, scope_of
from webapp.web.access.token_checks import FAILURES_AT_ONCE
from webapp.web.services import services_of, utc_now

SIGN_INS = AuditFilter(kinds=frozenset({AuditKind.SIGN_INS}))


@pytest.fixture
def program(client: FlaskClient) -> FlaskClient:
    """A program that says nothing of what it takes."""
    del client.environ_base["HTTP_ACCEPT"]
    return client


def asked(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Yield each rule with method and path; a stream only by HEAD, since it would not end."""
    for rule in app.url_map.iter_rules():
        if not rule.websocket:
            for method in sorted(rule.methods - {"OPTIONS", "HEAD"}):
                path = path_of(rule, camera="door")
                yield rule, "HEAD" if "stream" in rule.rule else method, path


def noted(database: Database) -> list[tuple[str, str, dict]]:
    with database.session() as work:
        entries = list_entries(work, wanted=SIGN_INS)
    return [(entry.author, entry.action, entry.details) for entry in reversed(entries)]


def test_each_scope_opens_its_own_addresses_and_no_token_any_page(
    app: Flask, program: FlaskClient, database: Database
) -> None:
    add_alert(database, "1")
    of_scope = {scope: add_token(database, ADMIN, {scope}) for scope in TokenScope}
    every = add_token(database, ADMIN)
    opened: dict[TokenScope, int] = dict.fromkeys(TokenScope, 0)
    for rule, method, path in asked(app):
        scope = scope_of(app, rule.endpoint)
        if scope is None:
            is_open = declared_by(app, rule.endpoint) == Audience.EVERYBODY
            if not is_open or rule.rule.startswith("/login"):
                answer = program.open(path, method=method, headers=bearer(every))
                assert answer.status_code == 403 and answer.get_json()["code"] == 403, rule
            continue
        for other, token in of_scope.items():
            with program.open(path, method=method, headers=bearer(token)) as answer:
                assert (answer.status_code == 403) is (other != scope), (rule, other)
                assert "Set-Cookie" not in answer.headers and answer.status_code != 401
        opened[scope] += 1
    assert opened == dict(zip(TokenScope, (4, 2, 2, 3, 3, 7), strict=True)), (
        "a new address of a scope is a decision"
    )
    missing = program.get("/nothing", headers=bearer(every) | {"Accept": "text/html"})
    assert missing.status_code == 404 and missing.is_json


def test_a_token_that_is_not_good_opens_nothing_and_says_why(
    app: Flask, client: FlaskClient, auth: AuthActions, database: Database
) -> None:
    auth.login()
    ended = add_token(database, ADMIN, now=utc_now() - timedelta(days=31), name="Old")
    revoked, of_disabled = add_token(database, ADMIN), add_token(database, MANAGER)
    with database.session() as work:
        token_id = next(each.id for each in list_tokens(work) if each.owner == ADMIN)
        revoke_token(work, token_id, ADMIN, utc_now())
        disable_account(work, find_user(work, MANAGER), ADMIN, utc_now())
        enable_account(work, find_user(work, MANAGER), ADMIN, utc_now())
    reasons = {
        ended: "has ended",
        revoked: "was revoked",
        of_disabled: "was revoked",
        MADE_UP: "is unknown",
        MALFORMED: "is unknown",
    }
    # The cookie of the admin who is signed in counts for nothing beside it.
    for token, reason in reasons.items():
        for path in ("/api/cameras", "/admin", "/metrics", "/nothing", "/login"):
            headers = {"Authorization": f"bEARER {token}".encode().decode("latin-1")}
            answer = client.get(path, headers=headers)
            assert answer.status_code == 401 and reason in answer.get_json()["message"]
            assert answer.headers["WWW-Authenticate"].lower().startswith("bearer")
    failed = [each for each in noted(database) if each[1] == "failed to use a token"]
    assert len(failed) == 12, "spread, and all that is unknown is one"
    assert (ADMIN, "failed to use a token", {"token": "Old", "because": "has ended"}) in failed


def test_what_is_sent_for_the_proxy_is_no_token(signed_in: FlaskClient) -> None:
    for sent in ("Bearer eyJhbGciOi", "Basic ZXZrOmV2aw==", "Bearer", "evk_" + "A" * 43):
        assert signed_in.get("/", headers={"Authorization": sent}).status_code == 200


def test_a_token_may_what_its_owner_may_now(program: FlaskClient, database: Database) -> None:
    token = bearer(add_token(database, MANAGER))
    assert program.get("/readyz", headers=token).status_code == 200
    pause = "/api/cameras/door/pause"
    assert program.post(pause, headers=token).get_json()["state"] == "paused"
    with database.session() as work:
        manager = find_user(work, MANAGER)
        limit_cameras(work, manager, {"door"}, ADMIN, utc_now())
        # What ends sign-ins, or asks something of who signs in, is none of a program's.
        revoke_others(work, manager.id, 0, utc_now())
    listed = program.get("/api/cameras", headers=token).get_json()["cameras"]
    assert [camera["name"] for camera in listed] == ["door"]
    assert program.get("/snapshot/demo.jpg", headers=token).status_code == 404
    with database.session() as work:
        give_role(work, find_user(work, MANAGER), Role.VIEWER, ADMIN, utc_now())
    refused = program.get("/readyz", headers=token)
    assert refused.status_code == 403 and "is a viewer and may not" in refused.text
    assert program.get("/api/cameras", headers=token).status_code == 200


def test_the_first_use_of_a_day_is_noted_and_what_a_token_does_names_it(
    program: FlaskClient, database: Database
) -> None:
    add_alert(database)
    token = bearer(add_token(database, MANAGER, {TokenScope.ALERTS}, name="Pager"))
    for text in ("on it", "done"):
        answer = program.post("/api/alerts/a1/comment", json={"text": text}, headers=token)
        assert answer.status_code == 200
    assert noted(database) == [(MANAGER, "token used", {"token": "Pager"})]
    with database.session() as work:
        (entry, *_) = list_entries(work)
        assert entry.details["token"] == "Pager" and entry.author == MANAGER
        (token_row,) = list_tokens(work)
        assert token_row.last_used_at


def test_who_guesses_is_slowed_down_and_known_programs_are_not(
    app: Flask, program: FlaskClient, database: Database
) -> None:
    known, new = (bearer(add_token(database, VIEWER, {TokenScope.READ})) for _ in range(2))
    assert program.get("/api/cameras", headers=known).status_code == 200
    statuses = [
        program.get("/api/cameras", headers=bearer(MADE_UP)).status_code
        for _ in range(FAILURES_AT_ONCE + 1)
    ]
    assert statuses == [401] * FAILURES_AT_ONCE + [429]
    refused = program.get("/api/cameras", headers=new)
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 0
    assert program.get("/api/cameras", headers=known).status_code == 200


def test_a_stream_ends_with_its_token(app: Flask, program: FlaskClient, database: Database) -> None:
    deeds = {
        "revoked": lambda work, user: revoke_token(
            work, list_tokens(work)[0].id, "boss", utc_now()
        ),
        "fewer cameras": lambda work, user: limit_cameras(work, user, {"door"}, "boss", utc_now()),
        "disabled": lambda work, user: disable_account(work, user, "boss", utc_now()),
    }
    connections = services_of(app).connections
    for deed in deeds.values():
        token = bearer(add_token(database, MANAGER, {TokenScope.PICTURES}))
        with program.get("/stream/door.mjpg", headers=token) as answer:
            assert answer.status_code == 200
            connections.close({1, 2, 3, 4, 5})
            connections.check(0.0)
            assert connections.count() == 1, "a sign-in of the same number is another"
            with database.session() as work:
                deed(work, find_user(work, MANAGER))
            connections.check(1.0)
            assert connections.count() == 0
