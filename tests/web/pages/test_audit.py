"""Tests of /admin/audit, and of the sign-ins it shows."""

import csv
import io
import json
import re
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.audit_log import unguarded
from tests.conftest import ADMIN, VIEWER, AuthActions
from webapp.storage.alert_tables import AuditRow
from webapp.storage.audit import EVERYTHING, UNKNOWN_USER, AuditEntry, list_entries, note
from webapp.storage.database import Database
from webapp.web.access.failure_notes import AT_ONCE
from webapp.web.pages import audit
from webapp.web.pages.audit import ENTRIES_A_PAGE

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


@pytest.fixture
def signed_in(client: FlaskClient, auth: AuthActions) -> FlaskClient:
    """`client`, signed in by the form, which the log notes."""
    assert auth.login().status_code == 303
    return client


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


def watch(database: Database) -> None:
    with database.session() as work:
        note(work, VIEWER, "watched", {"cameras": ["demo", "door"], "kind": "figures"}, NOW)
        note(work, "", "rules seeded", ["=1+1"], NOW)
        note(work, VIEWER, "signed in", {}, NOW)


@pytest.mark.parametrize(
    ("query", "actions"),
    [
        ("who=ADMIN", ["signed in"]),
        ("kind=watching&who=Viewer&camera=door", ["watched"]),
        ("kind=everything&to=2026-11-21", ["signed in", "took the first rules", "watched"]),
        ("from=2026-11-20T14:00Z&who=evenkeel", ["took the first rules"]),
        ("camera=hall", []),
    ],
)
def test_the_filter_shows_what_is_asked_for(
    signed_in: FlaskClient, database: Database, query: str, actions: list[str]
) -> None:
    watch(database)
    page = signed_in.get(f"/admin/audit?{query}").text
    shown = re.findall(r"<strong>[^<]*</strong> (\w+(?: \w+)?(?: first rules)?)", page)
    assert shown == actions
    assert 'href="/admin/audit/export.csv?' in page


def test_watching_is_hidden_until_asked_for(signed_in: FlaskClient, database: Database) -> None:
    watch(database)
    assert "figures, cameras" not in signed_in.get("/admin/audit").text
    assert "figures, cameras: demo, door" in signed_in.get("/admin/audit?kind=watching").text


def test_what_is_wrong_with_the_filter_is_said_and_kept(signed_in: FlaskClient) -> None:
    query = "kind=gossip&from=yesterday&who=mira"
    answer = signed_in.get(f"/admin/audit?{query}")
    assert answer.status_code == 400
    assert "Expected one of the kinds in the list, got “gossip”." in answer.text
    assert 'value="yesterday" aria-invalid="true"' in answer.text and 'value="mira"' in answer.text
    refused = signed_in.get(f"/admin/audit/export.csv?{query}")
    assert refused.status_code == 400 and "Expected a day and a time" in refused.text


def test_an_export_holds_what_the_filter_shows_with_its_hashes(
    signed_in: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "EXPORTED_AT_ONCE", 1)
    watch(database)
    stored = {entry.id: entry.sha256 for entry in entries(database)}
    query = "kind=everything&to=2026-11-21"
    lines = signed_in.get(f"/admin/audit/export.jsonl?{query}").text.splitlines()
    records = [json.loads(line) for line in lines]
    assert [record["action"] for record in records] == ["signed in", "rules seeded", "watched"]
    assert all(stored[record["id"]] == record["sha256"] for record in records)
    rows = list(csv.reader(io.StringIO(signed_in.get(f"/admin/audit/export.csv?{query}").text)))
    assert rows[0] == ["id", "at_utc", "author", "action", "details", "sha256"]
    assert [row[3] for row in rows[1:]] == ["signed in", "rules seeded", "watched"]
    noted = entries(database)[-1]
    assert (noted.author, noted.action) == (ADMIN, "audit log exported")
    assert noted.details == {"format": "csv", "filter": {"kind": "everything", "to": "2026-11-21"}}
    assert signed_in.get("/admin/audit/export.xlsx").status_code == 404


def test_the_chain_is_checked_when_asked_for(signed_in: FlaskClient, database: Database) -> None:
    page = signed_in.get("/admin/audit").text
    assert "Head, entry 1" in page and "Whole:" not in page
    assert "Whole: 1 entry fits" in signed_in.get("/admin/audit?chain=check").text
    with database.session() as work, unguarded(work):
        work.execute(update(AuditRow).values(author=VIEWER))
    assert "Entry 1 (" in signed_in.get("/admin/audit?chain=check").text


def test_not_for_everybody(client: FlaskClient, auth: AuthActions) -> None:
    auth.login(VIEWER)
    for path in ("/admin/audit", "/admin/audit/export.csv"):
        assert client.get(path).status_code == 403
