"""Tests of /admin/audit, and of the sign-ins it shows."""

import re
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from tests.conftest import ADMIN, VIEWER, AuthActions
from webapp.storage.audit import EVERYTHING, UNKNOWN_USER, AuditEntry, list_entries, note
from webapp.storage.database import Database
from webapp.web.access.failure_notes import AT_ONCE
from webapp.web.pages.audit import ENTRIES_A_PAGE

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


def entries(database: Database) -> list[AuditEntry]:
    with database.session() as work:
        return list_entries(work, wanted=EVERYTHING)[::-1]


def test_sign_ins_failures_and_sign_outs_are_noted(database: Database, auth: AuthActions) -> None:
    auth.login(VIEWER.upper(), "my secret")
    auth.login("my secret", "wrong")
    auth.login(VIEWER)
    auth.post("/password", "/password", current_password="wrong", **NEW)
    auth.post("/password", "/password", current_password="correct horse battery", **NEW)
    auth.logout()
    assert [(e.author, e.action, e.details) for e in entries(database)] == [
        (VIEWER, "failed to sign in", {}),
        (UNKNOWN_USER, "failed to sign in", {}),
        (VIEWER, "signed in", {}),
        (VIEWER, "failed to confirm the password", {}),
        (VIEWER, "password changed", {"sign-ins ended": 0}),
        (VIEWER, "signed out", {}),
    ]


NEW = {"new_password": "a much better one", "repeat_password": "a much better one"}


def test_who_guesses_does_not_fill_the_disk(
    database: Database, client: FlaskClient, auth: AuthActions
) -> None:
    for number in range(AT_ONCE + 3):
        # Longer than any password, so that no hash is computed.
        assert auth.login(f"name{number}", "x" * 2000).status_code == 401
    assert len(entries(database)) == AT_ONCE


def test_signing_in_again_signs_the_former_user_out(
    database: Database, client: FlaskClient, auth: AuthActions
) -> None:
    auth.login()
    auth.post("/login", "/password", username=VIEWER, password="correct horse battery")
    noted = [(entry.author, entry.action) for entry in entries(database)]
    assert noted == [(ADMIN, "signed in"), (ADMIN, "signed out"), (VIEWER, "signed in")]


def fill(database: Database, count: int) -> None:
    with database.session() as work:
        for number in range(count):
            note(work, ADMIN, f"deed {number}.", {}, NOW)


def deeds(page: str) -> list[int]:
    return [int(number) for number in re.findall(r"deed (\d+)\.", page)]


def test_it_pages(signed_in: FlaskClient, database: Database) -> None:
    fill(database, ENTRIES_A_PAGE + 10)
    newest = signed_in.get("/admin/audit").text
    assert deeds(newest) == list(range(ENTRIES_A_PAGE + 9, 9, -1))
    assert ">Newest<" not in newest
    older_page = re.search(r'href="([^"]+)">Older<', newest)
    assert older_page
    older = signed_in.get(older_page[1]).text
    assert deeds(older) == list(range(9, -1, -1))
    assert "<strong>admin</strong> signed in" in older
    assert ">Newest<" in older and ">Older<" not in older


@pytest.mark.parametrize("before", ["-1", "0", "9" * 30, "9" * 5000, "x", ""])
def test_any_place_in_the_log_may_be_asked_for(signed_in: FlaskClient, before: str) -> None:
    assert signed_in.get("/admin/audit", query_string={"before": before}).status_code == 200


def test_the_admin_page_shows_changes_alone(signed_in: FlaskClient, database: Database) -> None:
    fill(database, 1)
    page = signed_in.get("/admin").text
    assert "deed 0." in page and "signed in" not in page


def test_not_for_everybody(client: FlaskClient, auth: AuthActions) -> None:
    auth.login(VIEWER)
    assert client.get("/admin/audit").status_code == 403
