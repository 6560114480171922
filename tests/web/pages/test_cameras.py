"""Tests of the pages on which cameras are set up."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete
from werkzeug.test import TestResponse

from tests.conftest import VIEWER, AuthActions
from tests.fakes import FakeRuntime
from webapp.core.camera_setup import CameraSetup
from webapp.core.privacy import Privacy
from webapp.storage.audit import AuditFilter, AuditKind, list_entries
from webapp.storage.cameras import find_camera
from webapp.storage.database import Database
from webapp.storage.lease_tables import WorkerRow
from webapp.web.services import services_of

PAGE, NEW, DOOR = "/admin/cameras", "/admin/cameras/new", "/admin/cameras/door/edit"
FORM = {
    "title": "Front door",
    "source": "",
    "turn_deg": "90",
    "is_mirrored": "y",
    "mask": "0,0 50,0 50,30",
    "detect_width": "960",
    "most_fps": "2,5",
    "privacy": "blur",
    "viewers_see": "counts",
    "min_group": "3",
}
SHOWN = (Privacy.BLUR, Privacy.COUNTS, 3)


SEEN = re.compile('name="seen" value="([^"]+)"')


@pytest.fixture
def send(signed_in: FlaskClient, auth: AuthActions):
    """Sends a form of an admin."""

    def send(path: str, **fields: str) -> TestResponse:
        return auth.post(path, "/password", **fields)

    return send


def stored(app: Flask, name: str) -> CameraSetup | None:
    services = services_of(app)
    with services.database.session() as work:
        found = find_camera(work, name, services.sealer)
    return found.setup if found else None


def test_the_list_says_what_counts_and_shows_no_password(signed_in: FlaskClient) -> None:
    page = signed_in.get(PAGE).text
    assert "These come from the setting CAMERAS" in page
    assert "Reads rtsp://camera/…" in page and "The source is silent." in page
    assert "hunter2" not in page + signed_in.get(DOOR).text


def test_a_camera_is_set_up_and_keeps_name_and_address(
    app: Flask, send, signed_in: FlaskClient, runtime: FakeRuntime, database: Database
) -> None:
    assert send(DOOR, **FORM).status_code == 303
    strip = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.3))
    address = "rtsp://door:hunter2@camera/live"
    wanted = CameraSetup("door", "Front door", address, 90, True, (strip,), 960, 2.5, *SHOWN)
    assert stored(app, "door") == runtime.setups[1] == wanted
    page = signed_in.get(PAGE).text
    assert "This page counts" in page and "Front door" in page
    facts = "turned a quarter to the right, mirrored, 1 area masked, faces found in 960 px, 2.5"
    assert facts in page and "Shows people whose faces are made unrecognisable" in page
    assert "says nothing of fewer than 3 people" in page
    assert 'value="2.5"' in signed_in.get(DOOR).text
    with database.session() as work:
        assert "hunter2" not in repr(list_entries(work))


def test_a_camera_that_becomes_a_room_is_neither_masked_nor_turned(app: Flask, send) -> None:
    assert send(DOOR, **FORM | {"source": "Browser 9"}).status_code == 303
    wanted = CameraSetup("door", "Front door", "Browser 9", 0, False, (), 960, 2.5, *SHOWN)
    assert stored(app, "door") == wanted


def test_a_form_that_does_not_know_of_a_mask_takes_none_away(
    app: Flask, send, signed_in: FlaskClient
) -> None:
    seen = SEEN.search(signed_in.get(DOOR).text)[1]
    assert send(DOOR, **FORM).status_code == 303
    unmasked = FORM | {"mask": "", "seen": seen}
    # A test keeps what the page knew.
    assert SEEN.search(send(DOOR, **unmasked, deed="try").text)[1] == seen
    answer = send(DOOR, **unmasked)
    assert answer.status_code == 409 and "changed this camera since you opened" in answer.text
    assert stored(app, "door").mask
    knowing = SEEN.search(answer.text)[1]
    assert send(DOOR, **unmasked | {"seen": knowing}).status_code == 303
    assert not stored(app, "door").mask


def test_a_camera_is_added_last_with_a_name_of_its_own(app: Flask, send, runtime) -> None:
    assert send(NEW, **FORM | {"source": "0", "title": "Door"}).status_code == 400
    assert send(NEW, **FORM | {"source": "0", "title": "Door!"}).status_code == 303
    assert [setup.name for setup in runtime.setups] == ["demo", "door", "Door-2"]


def test_a_camera_is_bound_to_a_worker_where_there_are_several(
    app: Flask, send, signed_in: FlaskClient, database: Database, runtime: FakeRuntime
) -> None:
    assert 'name="worker"' not in signed_in.get(DOOR).text
    until = datetime.now(UTC) + timedelta(hours=1)
    with database.session() as work:
        work.add(WorkerRow(id="1", name="north", until=until))
        work.add(WorkerRow(id="2", name="away", until=until - timedelta(hours=2)))
    page = signed_in.get(DOOR).text
    assert '<option value="north">' in page and "away" not in page
    answer = send(DOOR, **FORM, worker="away")
    assert answer.status_code == 400 and "Expected a worker from the list." in answer.text
    send(DOOR, source="1", worker="north", deed="try")
    assert runtime.tried == ["1 on north"]
    assert send(DOOR, **FORM, worker="north").status_code == 303
    with database.session() as work:
        work.execute(delete(WorkerRow))
    assert '<option selected value="north">' in signed_in.get(DOOR).text
    # A page from before it was bound knows nothing of it.
    assert send(DOOR, **FORM).status_code == 303
    assert stored(app, "door").worker == "north"
    assert "on worker north" in signed_in.get(PAGE).text
    assert "on worker north" in signed_in.get("/admin/audit").text
    assert send(DOOR, **FORM, worker="").status_code == 303
    assert stored(app, "door").worker == ""


FAULTS = [
    ({"title": " "}, "Expected a name, such as"),
    ({"title": "x" * 61}, "Expected at most 60 characters, got 61."),
    ({"title": "DEMO"}, "Another camera is called so"),
    ({"source": "rtsp://a b/"}, "Expected a URL without blanks"),
    ({"source": "x" * 2001}, "Expected at most 2000 characters."),
    ({"turn_deg": "45"}, "Expected a turn from the list."),
    ({"turn_deg": "x"}, "Expected a turn from the list."),
    ({"mask": "0,0 1,1"}, "Expected 3 to 40 corners in line 1, got 2"),
    ({"detect_width": "12"}, "Expected a number from 64 to 4096"),
    ({"detect_width": "640.5"}, "Expected a whole number"),
    ({"most_fps": "0"}, "Expected a number from 0.1 to 60"),
    ({"most_fps": "nan"}, "Expected a number from 0.1 to 60"),
    ({"privacy": "all"}, "Expected labels, blur, counts."),
    ({"min_group": "0"}, "Expected a number from 1 to 100"),
]


def test_what_cannot_be_meant_is_refused_beside_its_field(send, runtime: FakeRuntime) -> None:
    for changes, fault in FAULTS:
        answer = send(DOOR, **FORM | changes)
        assert answer.status_code == 400
        assert fault in answer.text and "Nothing is saved yet: 1 field needs a look." in answer.text
    assert runtime.setups == []


def test_a_new_camera_needs_a_source(send) -> None:
    assert "Expected a camera&#39;s number" in send(NEW, **FORM).text


def test_a_source_is_tested_before_anything_is_saved_and_who_saw_it_is_noted(
    send, runtime: FakeRuntime, database: Database
) -> None:
    # A test needs no name yet.
    page = send(NEW, source="1", title="", deed="try").text
    assert "270, 12.5 a second. Nothing is saved yet." in page
    assert "data:image/jpeg;base64,/9j/" in page
    runtime.refusal = "camera 1 cannot be opened."
    assert "No picture: camera 1 cannot be opened." in send(NEW, source="1", deed="try").text
    assert "Expected a camera&#39;s number" in send(NEW, deed="try").text
    # The stored address, which the page does not know.
    send(DOOR, deed="try")
    assert runtime.tried == ["1", "1", "rtsp://door:hunter2@camera/live"]
    runtime.refusal = ""
    send(DOOR, deed="try")
    with database.session() as work:
        noted = list_entries(work, wanted=AuditFilter(frozenset({AuditKind.WATCHING})))
    sources = [each.details["source"] for each in noted if each.action == "camera tried"]
    assert sources == ["rtsp://camera/…", "1"]
    assert runtime.setups == []


def test_an_address_of_a_lost_key_is_asked_for_again(app: Flask, send, signed_in) -> None:
    services = services_of(app)
    services.sealer = type(services.sealer)("another key, of many letters")
    services.switch._sealer = services.sealer
    assert "an address that cannot be read any more" in signed_in.get(PAGE).text
    assert "No picture: its address was sealed with another SECRET_KEY" in (
        send(DOOR, **FORM | {"deed": "try"}).text
    )
    assert send(DOOR, **FORM | {"source": "rtsp://camera/new"}).status_code == 303
    assert stored(app, "door").source == "rtsp://camera/new"


def test_cameras_are_moved_switched_off_and_removed(
    app: Flask, send, signed_in: FlaskClient, runtime: FakeRuntime
) -> None:
    send("/admin/cameras/door/move", to="up")
    assert [setup.name for setup in runtime.setups] == ["door", "demo"]
    assert send("/admin/cameras/door/move", to="left").status_code == 400
    send("/admin/cameras/demo/switch", on="0")
    assert [setup.name for setup in runtime.setups] == ["door"]
    assert "Switched off" in signed_in.get(PAGE).text
    send("/admin/cameras/demo/edit", **FORM | {"title": "Show", "source": "demo"})
    assert "“Show” is saved and stays switched off." in signed_in.get(PAGE).text
    send("/admin/cameras/demo/switch", on="1")
    send("/admin/cameras/door/remove")
    assert [setup.name for setup in runtime.setups] == ["demo"]
    assert stored(app, "door") is None
    for deed in ("move", "switch", "remove", "edit"):
        assert send(f"/admin/cameras/door/{deed}", to="up").status_code == 404
    send("/admin/cameras/demo/remove")
    assert "There is no camera" in signed_in.get(PAGE).text


def test_who_is_no_admin_sees_nothing_of_it(client: FlaskClient, auth: AuthActions) -> None:
    auth.login(VIEWER)
    assert client.get(PAGE).status_code == client.get(NEW).status_code == 403
