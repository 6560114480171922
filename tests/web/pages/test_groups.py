"""Tests of who sees which cameras: /admin/users/<id> and /admin/users/groups."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import ADMIN, MANAGER, VIEWER, AuthActions
from webapp.core.access import Actor, Role
from webapp.storage.audit import list_entries
from webapp.storage.database import Database
from webapp.storage.groups import list_groups, save_group
from webapp.storage.users import User, find_user

USERS = "/admin/users"
ADD = f"{USERS}/groups/add"
NOW = datetime(2026, 11, 28, tzinfo=UTC)


def user(database: Database, username: str = VIEWER) -> User:
    with database.session() as work:
        found = find_user(work, username)
    assert found
    return found


def newest(database: Database) -> tuple:
    with database.session() as work:
        entry = list_entries(work, 1)[0]
    return entry.author, entry.action, entry.details


def page_of(database: Database, username: str = VIEWER) -> str:
    return f"{USERS}/{user(database, username).id}"


def test_role_and_cameras_of_a_user_are_changed_and_noted(
    signed_in: FlaskClient, auth: AuthActions, database: Database
) -> None:
    page = page_of(database)
    sent = {"role": "manager", "which_cameras": "some", "cameras": "door"}
    assert auth.post(page, page, **sent).status_code == 303
    assert user(database).actor == Actor(Role.MANAGER, frozenset({"door"}))
    details = {"user": VIEWER, "cameras": ["door"]}
    assert newest(database) == (ADMIN, "user's cameras changed", details)
    assert "Manager, sees door" in signed_in.get(USERS).text
    shown = signed_in.get(page).text
    assert 'selected value="manager"' in shown
    assert 'checked id="cameras-1"' in shown and 'checked id="cameras-0"' not in shown
    assert auth.post(page, page, role="manager", which_cameras="all").status_code == 303
    assert user(database).actor == Actor(Role.MANAGER)


def test_the_union_of_the_own_list_and_the_groups_is_seen(
    signed_in: FlaskClient, auth: AuthActions, database: Database
) -> None:
    page = page_of(database)
    auth.post(page, page, role="viewer", which_cameras="some", cameras="door")
    sent = {"name": "Night shift", "which_cameras": "some", "cameras": "demo"}
    members = {"members": str(user(database).id)}
    assert auth.post(ADD, ADD, **sent, **members).status_code == 303
    assert user(database).cameras == {"demo", "door"}
    details = {"group": "Night shift", "members": [VIEWER], "cameras": ["demo"]}
    assert newest(database) == (ADMIN, "group added", details)
    listed = signed_in.get(USERS).text
    assert "Night shift" in listed and "Members: viewer" in listed
    assert "Night shift" in signed_in.get(page).text
    with database.session() as work:
        (group,) = list_groups(work)
    edit = f"{USERS}/groups/{group.id}"
    assert auth.post(edit, edit, **sent | {"which_cameras": "all"}, **members).status_code == 303
    assert user(database).cameras is None
    assert auth.post(edit, edit, **sent).status_code == 303
    assert user(database).cameras == {"door"}
    assert auth.post(f"{edit}/delete", edit).status_code == 303
    assert newest(database) == (ADMIN, "group removed", {"group": "Night shift"})
    assert signed_in.get(edit).status_code == 404
    assert auth.post(f"{edit}/delete", USERS).status_code == 404


def test_an_admin_sees_all_whatever_is_ticked(
    signed_in: FlaskClient, auth: AuthActions, database: Database
) -> None:
    page = page_of(database)
    sent = {"role": "admin", "which_cameras": "some", "cameras": "door"}
    assert auth.post(page, page, **sent).status_code == 303
    assert user(database).actor == Actor(Role.ADMIN)
    assert "An admin sees all cameras" in signed_in.get(page).text


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"role": "god"}, "Expected a role from the list."),
        ({"which_cameras": "some", "cameras": "cellar"}, "Expected cameras from the list"),
    ],
)
def test_what_is_not_there_is_told(
    signed_in: FlaskClient, auth: AuthActions, database: Database, sent: dict, expected: str
) -> None:
    page = page_of(database)
    answer = auth.post(page, page, **{"role": "viewer", "which_cameras": "all"} | sent)
    assert answer.status_code == 400 and expected in answer.text
    assert user(database).actor == Actor(Role.VIEWER)


def test_a_member_who_is_not_there_is_told(signed_in: FlaskClient, auth: AuthActions) -> None:
    answer = auth.post(ADD, ADD, name="Night", which_cameras="all", members="9" * 30)
    assert answer.status_code == 400 and "Expected users from the list" in answer.text


@pytest.mark.parametrize(
    ("name", "status", "expected"),
    [("", 400, "Expected a name"), ("NIGHT", 409, "There is a group Night already")],
)
def test_a_name_of_a_group_that_cannot_be(
    signed_in: FlaskClient,
    auth: AuthActions,
    database: Database,
    name: str,
    status: int,
    expected: str,
) -> None:
    with database.session() as work:
        save_group(work, "Night", None, [], ADMIN, NOW)
    answer = auth.post(ADD, ADD, name=name, which_cameras="some", cameras="door")
    assert answer.status_code == status and expected in answer.text
    assert 'checked id="cameras-1"' in answer.text, "what was ticked is kept"


def test_the_own_role_is_for_another_admin(
    signed_in: FlaskClient, auth: AuthActions, database: Database
) -> None:
    page = page_of(database, ADMIN)
    assert auth.post(page, page, role="viewer", which_cameras="all").status_code == 409
    assert user(database, ADMIN).role == Role.ADMIN


def test_a_user_who_is_removed_leaves_the_groups(
    app: Flask, signed_in: FlaskClient, auth: AuthActions, database: Database
) -> None:
    manager = user(database, MANAGER)
    with database.session() as work:
        save_group(work, "Night", {"door"}, [manager.id, 4711], ADMIN, NOW)
    assert auth.post(f"{USERS}/{manager.id}/delete", USERS).status_code == 303
    with database.session() as work:
        (group,) = list_groups(work)
    assert group.members == frozenset()
    assert signed_in.get(page := f"{USERS}/{manager.id}").status_code == 404, page
