"""Tests of /admin/tokens."""

import re

from flask.testing import FlaskClient

from tests.api_tokens import add_token, bearer
from tests.conftest import ADMIN, MANAGER, VIEWER, AuthActions
from webapp.storage.accounts import disable_account
from webapp.storage.audit import list_entries
from webapp.storage.database import Database
from webapp.storage.users import find_user
from webapp.web.services import utc_now

PAGE = "/admin/tokens"


def id_of(database: Database, username: str) -> str:
    with database.session() as work:
        user = find_user(work, username)
    assert user
    return str(user.id)


def test_a_token_is_shown_once_works_and_is_revoked(
    signed_in: FlaskClient, auth: AuthActions, database: Database
) -> None:
    assert "None. With a token" in signed_in.get(PAGE).text
    sent = {"name": "Prometheus", "owner": id_of(database, MANAGER), "days": "30"}
    page = auth.post(PAGE, PAGE, **sent, scopes="metrics")
    token = re.search(r'class="one-time">(evk_[^<]+)<', page.text)[1]
    assert "Not used yet" in page.text
    assert token not in signed_in.get(PAGE).text + signed_in.get("/admin/audit").text
    assert signed_in.get("/metrics", headers=bearer(token)).status_code == 200
    shown = signed_in.get(PAGE).text
    assert "For metrics, as much as manager may" in shown and "Last used" in shown
    assert auth.post(f"{PAGE}/1/revoke", PAGE).status_code == 303
    assert signed_in.get("/metrics", headers=bearer(token)).status_code == 401
    assert "1 over" in signed_in.get(PAGE).text
    assert auth.post(f"{PAGE}/7/revoke", PAGE).status_code in (303, 404)
    with database.session() as work:
        revoked, made, *_ = list_entries(work)
    assert (revoked.author, revoked.action) == (ADMIN, "token revoked")
    assert (made.author, made.action, made.details["user"]) == (ADMIN, "token made", MANAGER)
    assert "token “Prometheus”" in signed_in.get("/admin/audit").text


def test_what_is_wrong_is_told_and_nothing_made(
    signed_in: FlaskClient, auth: AuthActions, database: Database
) -> None:
    with database.session() as work:
        disable_account(work, find_user(work, MANAGER), ADMIN, utc_now())
    good = {"name": "Desk", "owner": id_of(database, VIEWER), "days": "30", "scopes": "read"}
    for wrong, expected in (
        ({"name": " "}, "Expected a name, such as “Prometheus”."),
        ({"owner": "4711"}, "Expected a user from the list."),
        ({"owner": id_of(database, MANAGER)}, "Expected a user from the list."),
        ({"owner": "mira"}, "Expected a user from the list."),
        ({"days": "366"}, "Expected a number from 1 to 365; got “366”."),
        ({"days": "1.5"}, "Expected a whole number, got 1.5."),
        ({"days": ""}, "the field is empty."),
        ({"scopes": "all"}, "Expected at least one from the list."),
        ({"scopes": "metrics"}, "viewer is a viewer, who may not use: metrics."),
    ):
        answer = auth.post(PAGE, PAGE, **good | wrong)
        assert answer.status_code == 400 and expected in answer.text, (wrong, answer.text)
    assert "None. With a token" in signed_in.get(PAGE).text


def test_no_token_makes_another(signed_in: FlaskClient, database: Database) -> None:
    token = bearer(add_token(database, ADMIN))
    for path in (PAGE, f"{PAGE}/1/revoke", "/admin/users"):
        assert signed_in.post(path, headers=token, data={"name": "More"}).status_code == 403
