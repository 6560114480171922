"""Tests of the answers to whether something was the matter."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import MANAGER, AuthActions
from tests.fakes import FakeLiveAlerts, alert_message
from tests.web.alert_rows import add_alert
from webapp.core.messages import AlertNote
from webapp.storage.audit import list_entries
from webapp.storage.database import Database
from webapp.web.services import services_of

PATH = "/api/alerts/a1/answer"


@pytest.fixture
def heard(app: Flask) -> list[tuple[AlertNote, str]]:
    """What is published, and of which camera."""
    notes: list[tuple[AlertNote, str]] = []
    services_of(app).sockets.publish = lambda note, camera=None: notes.append((note, camera))
    return notes


@pytest.fixture
def program(signed_in: FlaskClient, auth: AuthActions, database: Database) -> FlaskClient:
    """A program that is signed in; an alert at the door has fired."""
    add_alert(database)
    token = auth.csrf_token("/alerts")
    signed_in.environ_base |= {"HTTP_ACCEPT": "application/json", "HTTP_X_CSRFTOKEN": token}
    return signed_in


def audited(database: Database) -> list[tuple[str, object]]:
    with database.session() as work:
        return [(entry.action, entry.details) for entry in list_entries(work)]


def test_it_works(program: FlaskClient, database: Database, heard: list) -> None:
    answer = program.post(PATH, json={"answer": "was_not"})
    assert (answer.status_code, answer.get_json()["answer"]) == (200, "was_not")
    (listed,) = program.get("/api/alerts").get_json()["alerts"]
    assert (listed["answer"], listed["notes"][0]["text"]) == ("was_not", "was_not")
    ((note, camera),) = heard
    assert (note.change, note.by, note.text, camera) == ("answered", "admin", "was_not", "door")
    details = {
        "alert": "a1",
        "rule": "Anger lasts",
        "camera": "door",
        "answer": "nothing was the matter",
    }
    assert audited(database) == [("alert answered", details)]


def test_it_may_be_changed_and_the_same_again_is_no_news(
    program: FlaskClient, database: Database, heard: list
) -> None:
    for text in ("cannot_tell", "cannot_tell", "was"):
        assert program.post(PATH, json={"answer": text}).get_json()["answer"] == text
    assert [note.text for note, _ in heard] == ["cannot_tell", "was"]
    changed = {"answer": "something was the matter", "before": "cannot tell"}
    assert audited(database)[0] == (
        "alert answered",
        {"alert": "a1", "rule": "Anger lasts", "camera": "door"} | changed,
    )
    assert len(audited(database)) == 2


@pytest.mark.parametrize(
    ("path", "body", "code", "expected"),
    [
        (PATH, {"answer": "perhaps"}, 400, "one of was, was_not, cannot_tell, got 'perhaps'"),
        (PATH, {"answer": "x" * 9999}, 400, "got 'xxx"),
        (PATH, {}, 400, "one of was, was_not, cannot_tell, got ''"),
        (PATH, {"answer": None}, 400, '{"answer": "was"}'),
        (PATH, ["was"], 400, '{"answer": "was"}'),
        ("/api/alerts/none/answer", {"answer": "was"}, 404, "no alert"),
        ("/api/alerts/p1/answer", {"answer": "was"}, 404, "no alert"),
    ],
)
def test_what_is_refused_changes_nothing(
    program: FlaskClient,
    database: Database,
    live_alerts: FakeLiveAlerts,
    heard: list,
    path: str,
    body: object,
    code: int,
    expected: str,
) -> None:
    live_alerts.messages = [alert_message("p1", "pending")]
    answer = program.post(path, json=body)
    assert answer.status_code == code
    assert expected in answer.get_json()["message"]
    assert len(answer.get_json()["message"]) < 200
    assert (audited(database), heard) == ([], [])


def test_a_form_without_the_csrf_field_is_refused(
    signed_in: FlaskClient, database: Database
) -> None:
    add_alert(database)
    assert signed_in.post(PATH, data={"answer": "was"}).status_code == 400
    assert audited(database) == []


def test_a_manager_answers_by_form(
    client: FlaskClient, auth: AuthActions, database: Database
) -> None:
    add_alert(database)
    auth.login(MANAGER)
    assert PATH not in client.get("/alerts").text, "asked once somebody has seen to it"
    auth.post("/api/alerts/a1/ack", "/alerts")
    assert PATH in client.get("/alerts").text
    answer = auth.post(PATH, "/alerts", answer="was")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/alerts#alert-a1")
    page = client.get("/alerts").text
    assert "Something was the matter" in page and "Change the answer" in page
    assert 'class="remarks"' not in page, "an answer is no remark"
    banner = client.get("/").text
    assert "<span data-answer-words>something was the matter</span>" in banner
