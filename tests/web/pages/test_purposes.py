"""Tests of the page on which purposes are stated, and of where they are shown."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, update

from tests.conftest import VIEWER, AuthActions
from tests.fakes import FakeRuntime
from webapp.core.privacy import Privacy
from webapp.core.purpose import Protection, Purpose, PurposeKind, Region
from webapp.storage.alert_tables import SeedingRow
from webapp.storage.audit import list_entries
from webapp.storage.cameras import find_camera, remove_camera
from webapp.storage.database import Database
from webapp.storage.first_hour import SUBJECT
from webapp.storage.purposes import PurposeRow, list_purposes
from webapp.web.services import services_of

PAGE, WITHDRAW = "/admin/cameras/door/purpose", "/admin/cameras/door/purpose/withdraw"
REASON = "Crane operators must not lift while they are unwell."
FORM = {
    "kind": "safety",
    "reason": REASON,
    "approved_by": "Works council, 3 November",
    "is_informed": "y",
    "region": "eu",
    "privacy": "",
    "min_group": "",
    "less_because": "",
    "days": "365",
}


@pytest.fixture
def unstated(database: Database, runtime: FakeRuntime) -> Database:
    """Nobody stated what `door` is for, so it is off."""
    with database.session() as work:
        work.execute(delete(PurposeRow))
    runtime.pause("door", runtime.statuses[1].since)
    return database


@pytest.fixture
def send(signed_in: FlaskClient, auth: AuthActions):
    """Sends the form as an admin."""
    return lambda path=PAGE, **fields: auth.post(path, "/password", **fields)


def stated(database: Database) -> Purpose:
    with database.session() as work:
        return list_purposes(work, "door")[0]


def protection(app: Flask) -> Protection:
    services = services_of(app)
    with services.database.session() as work:
        door = find_camera(work, "door", services.sealer)
    assert door
    return Protection(door.setup.privacy, door.setup.min_group)


def test_a_camera_goes_live_when_its_purpose_is_stated_as_proposed(
    app: Flask, send, unstated: Database, runtime: FakeRuntime
) -> None:
    answer = send(**FORM)
    assert (answer.status_code, answer.location) == (303, "/admin/cameras#camera-door")
    purpose = stated(unstated)
    assert (purpose.kind, purpose.region) == (PurposeKind.SAFETY, Region.EU)
    assert (purpose.stated_by, purpose.less_because) == ("admin", "")
    assert purpose.protection == protection(app) == Protection(Privacy.BLUR, 3)
    assert runtime.statuses[1].state == "connecting"
    with unstated.session() as work:
        assert "purpose stated" in {entry.action for entry in list_entries(work)}


def test_the_page_says_why_the_camera_is_off_and_what_the_law_is(
    signed_in: FlaskClient, unstated: Database
) -> None:
    page = signed_in.get(PAGE).text
    assert "This camera is off because no purpose is stated." in page
    assert "Article 5(1)(f)" in page and "none of this is legal advice" in page
    assert "shows people whose faces are made unrecognisable, says nothing of fewer than 3" in page
    assert "hunter2" not in page


FAULTS = [
    ({"kind": ""}, "Expected what it is for: safety, medical reasons"),
    ({"kind": "fun"}, "Expected what it is for: safety, medical reasons"),
    ({"reason": "Safety"}, "Expected a reason in words, 20 to 500 characters, got 6."),
    ({"approved_by": " "}, "Expected who approved it, such as"),
    ({"approved_by": "x" * 121}, "Expected at most 120 characters, got 121."),
    ({"is_informed": ""}, "Inform them first"),
    ({"region": ""}, "Expected where it stands, from the list."),
    ({"privacy": "all"}, "Expected labels, blur, counts, or what is proposed."),
    ({"min_group": "0"}, "Expected a number from 1 to 100; got “0”."),
    ({"days": "366"}, "Expected a number from 1 to 365; got “366”."),
    ({"privacy": "labels"}, "Expected a reason in words, 20 to 500 characters, got 0."),
    ({"min_group": "2", "less_because": "No."}, "20 to 500 characters, got 3."),
]


def test_what_cannot_be_meant_is_told_beside_its_field_and_kept(send, unstated: Database) -> None:
    for changes, fault in FAULTS:
        answer = send(**FORM | changes)
        assert answer.status_code == 400
        assert fault in answer.text and "1 field needs a look" in answer.text
        assert changes.get("reason", REASON) in answer.text
    with unstated.session() as work:
        assert list_purposes(work) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"privacy": "labels", "less_because": "The first-aider has to see who it is."},
        {"privacy": "counts", "min_group": "5"},
        {"privacy": "labels", "kind": "research"},
    ],
)
def test_less_protection_needs_consent_or_a_reason(app: Flask, send, unstated, changes) -> None:
    assert send(**FORM | changes).status_code == 303
    assert protection(app).privacy == changes["privacy"]


def test_a_statement_for_another_source_is_not_taken(
    signed_in: FlaskClient, send, unstated: Database
) -> None:
    seen = re.search('name="reads_since" value="([^"]+)"', signed_in.get(PAGE).text)
    assert seen
    assert send("/admin/cameras/door/edit", **EDIT | {"source": "1"}).location == PAGE
    answer = send(**FORM, reads_since=seen[1])
    assert answer.status_code == 409 and "It reads 1 now" in answer.text and REASON in answer.text
    again = re.search('name="reads_since" value="([^"]+)"', answer.text)
    assert again and send(**FORM, reads_since=again[1]).status_code == 303


EDIT = {
    **{"title": "Door", "source": "", "turn_deg": "0", "mask": "", "detect_width": ""},
    **{"most_fps": "", "privacy": "labels", "viewers_see": "counts", "min_group": "1"},
}


def test_the_camera_protects_no_less_than_its_purpose_states(app: Flask, send) -> None:
    send(**FORM)
    answer = send("/admin/cameras/door/edit", **EDIT)
    assert answer.status_code == 400 and "2 fields need a look" in answer.text
    assert "State it anew to show more." in answer.text and "anew for fewer." in answer.text
    stricter = {"privacy": "counts", "min_group": "4"}
    assert send("/admin/cameras/door/edit", **EDIT | stricter).status_code == 303
    assert protection(app) == Protection(Privacy.COUNTS, 4)


def test_a_withdrawn_purpose_switches_off_and_stays_in_the_history(
    signed_in: FlaskClient, send, runtime: FakeRuntime
) -> None:
    assert "Withdraw this purpose" in signed_in.get(PAGE).text
    assert send(WITHDRAW).status_code == 303
    assert runtime.statuses[1].state == "paused"
    page = signed_in.get(PAGE).text
    assert "off because its purpose was withdrawn" in page and "withdrawn by admin" in page
    assert "Withdraw this purpose" not in page


def test_what_shows_nobody_live_needs_no_purpose(signed_in: FlaskClient, send) -> None:
    path = "/admin/cameras/demo/purpose"
    assert "so it needs no purpose" in signed_in.get(path).text
    assert send(path, **FORM).status_code == 409
    assert send("/admin/cameras/demo/purpose/withdraw").status_code == 409


def test_who_watches_reads_what_a_camera_is_for(
    client: FlaskClient, auth: AuthActions, database: Database
) -> None:
    auth.login(VIEWER)
    words = "Purpose: demonstration with consent, approved by Who runs the tests, until "
    assert words in client.get("/?camera=door").text
    assert words not in client.get("/?camera=demo").text
    (demo, door) = client.get("/api/cameras").json["cameras"]
    assert (demo["purpose"], door["purpose"]["kind"]) == (None, "demonstration")


def test_where_it_is_off_an_admin_is_one_click_from_the_form(
    signed_in: FlaskClient, auth: AuthActions, unstated: Database
) -> None:
    with unstated.session() as work:
        work.execute(delete(SeedingRow).where(SeedingRow.subject.startswith(SUBJECT)))
    page = signed_in.get("/?camera=door").text
    assert "This camera is off because no purpose is stated." in page
    assert "“door” is off until you state what it is for." in page
    assert page.count(f'href="{PAGE}"') == 2 and "data-switch " not in page
    assert "Off because no purpose is stated." in signed_in.get("/admin/cameras").text
    assert signed_in.get("/api/cameras").json["cameras"][1]["reason"] == (
        "because no purpose is stated (an admin can state one)"
    )
    assert auth.post("/api/cameras/door/resume", "/password").status_code == 409
    auth.logout()
    auth.login(VIEWER)
    page = signed_in.get("/?camera=door").text
    assert "This camera is off because" in page and PAGE not in page


@pytest.fixture
def ends_soon(database: Database) -> Iterator[None]:
    soon = datetime.now(UTC) + timedelta(days=20)
    with database.session() as work:
        work.execute(update(PurposeRow).values(valid_until=soon))
    yield


def test_admins_are_reminded_before_the_end(signed_in: FlaskClient, ends_soon: None) -> None:
    page = signed_in.get("/admin").text
    assert "The purpose of the camera “door” ends on " in page and f'href="{PAGE}"' in page
    assert "The purpose ends soon; state it anew." in signed_in.get("/admin/cameras").text
    # It is stated anew from what was said, but those who are filmed today must be informed.
    page = signed_in.get(PAGE).text
    assert "The tests of Evenkeel read no real people." in page and 'value="Who runs' in page
    assert 'checked id="kind-3"' in page and 'checked id="is_informed"' not in page


def test_every_statement_is_exported_also_of_a_camera_that_is_gone(
    signed_in: FlaskClient, send, database: Database
) -> None:
    send(**FORM | {"approved_by": "=cmd"})
    with database.session() as work:
        remove_camera(work, "door", "mira", datetime.now(UTC))
    rows = list(csv.DictReader(io.StringIO(signed_in.get("/admin/cameras/purposes.csv").text)))
    assert [row["kind"] for row in rows] == ["safety", "demonstration"]
    assert rows[0]["approved_by"] == "'=cmd"
    exported = signed_in.get("/admin/cameras/purposes.json").json["purposes"]
    assert exported[0]["reason"] == REASON and exported[0]["withdrawn_at"] is None
    assert signed_in.get("/admin/cameras/purposes.xml").status_code == 404
    with database.session() as work:
        assert [each.action for each in list_entries(work)][:2] == ["purposes exported"] * 2
