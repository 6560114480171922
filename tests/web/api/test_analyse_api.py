"""Tests of /api/analyse: what is taken, refused, reported, handed out, and to whom."""

import json
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import ADMIN, MANAGER, AuthActions
from tests.files.videos import SIZE_WH
from tests.patience import PATIENCE_S, wait_until
from tests.uploads.running_jobs import (
    RunningJobs,
    open_memory_files,
    picture_file,
    running_jobs,
    video_file,
)
from webapp.storage.audit import list_entries
from webapp.storage.database import Database
from webapp.web.services import services_of

URL = "/api/analyse"
Hand = Callable[..., TestResponse]


@pytest.fixture
def held(app: Flask) -> Iterator[RunningJobs]:
    """The jobs behind the page; it reads a picture of a video only when it is allowed to."""
    sockets = services_of(app).sockets

    def publish(owner: int, status: Any) -> None:
        sockets.publish_to(owner, status)

    with running_jobs(publish, is_open=False) as running:
        services_of(app).analysis = running.runner
        yield running


@pytest.fixture
def hand_in(client: FlaskClient, auth: AuthActions) -> Hand:
    """Sends a file as the page does, from whoever is signed in."""

    def hand_in(data: bytes, name: str = "crew.jpg", **changes: Any) -> TestResponse:
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/octet-stream",
            "X-CSRFToken": auth.csrf_token("/analyse"),
            "X-File-Name": name,
        } | changes.pop("headers", {})
        sent = {key: value for key, value in headers.items() if value}
        return client.post(URL, data=data, headers=sent, **changes)

    return hand_in


@pytest.fixture
def as_admin(held: RunningJobs, signed_in: FlaskClient, hand_in: Hand) -> Hand:
    """Hands files in as the admin."""
    return hand_in


def test_a_picture_is_answered_with_its_faces(as_admin: Hand, signed_in: FlaskClient) -> None:
    answer = as_admin(picture_file(), "cr%C3%A9w%20one.jpg")
    assert answer.status_code == 200
    status = answer.get_json()
    assert (status["state"], status["kind"], status["name"]) == ("done", "picture", "créw one.jpg")
    (face,) = status["result"]["record"]["faces"]
    assert face["emotion"] == "angry"
    jpeg = signed_in.get(f"{URL}/{status['id']}/picture.jpg")
    assert jpeg.content_type == "image/jpeg" and jpeg.data.startswith(b"\xff\xd8")
    assert jpeg.headers["Cache-Control"] == "no-store"


def test_an_upload_keeps_the_name_its_sender_gave_it(as_admin: Hand) -> None:
    status = as_admin(picture_file(), headers={"X-Upload-Id": "a_Z-9"}).get_json()
    assert status["upload_id"] == "a_Z-9"
    assert as_admin(picture_file()).get_json()["upload_id"] == ""


@pytest.mark.parametrize("server", ["gunicorn", "werkzeug"])
def test_a_sender_who_hangs_up_before_the_answer_has_cancelled(
    as_admin: Hand, held: RunningJobs, signed_in: FlaskClient, server: str
) -> None:
    ours, theirs = socket.socketpair()
    # Of the size that the detector holds up.
    ask = {"data": picture_file(*SIZE_WH), "environ_overrides": {f"{server}.socket": ours}}
    sender = threading.Thread(target=lambda: as_admin(**ask))
    with ours:
        sender.start()
        wait_until(lambda: held.detector.is_asked.is_set())
        theirs.close()
        held.detector.permits.release()
        sender.join(PATIENCE_S)
    assert signed_in.get(URL).get_json()["jobs"] == []


def test_a_video_goes_on_in_the_background(
    as_admin: Hand, held: RunningJobs, signed_in: FlaskClient, tmp_path: Path
) -> None:
    answer = as_admin(video_file(tmp_path), "shift.avi")
    assert answer.status_code == 202
    address = f"{URL}/{answer.get_json()['id']}"
    assert signed_in.get(f"{address}/result.json").status_code == 409
    held.detector.permits.release()
    wait_until(lambda: signed_in.get(address).get_json()["frames"] == 1)
    assert signed_in.get(f"{address}/newest.jpg").data.startswith(b"\xff\xd8")
    held.detector.is_open.set()
    wait_until(lambda: signed_in.get(address).get_json()["state"] == "done")
    assert signed_in.get(address).get_json()["result"]["summary"]["pictures"] == 30
    (listed,) = signed_in.get(URL).get_json()["jobs"]
    assert listed["name"] == "shift.avi"


@pytest.mark.parametrize(
    ("form", "kind", "begins"),
    [("json", "application/json", b"[\n"), ("csv", "text/csv; charset=utf-8", b"face,x0,y0")],
)
def test_results_are_handed_out_as_files(
    as_admin: Hand, signed_in: FlaskClient, form: str, kind: str, begins: bytes
) -> None:
    job_id = as_admin(picture_file()).get_json()["id"]
    answer = signed_in.get(f"{URL}/{job_id}/result.{form}")
    assert answer.content_type == kind
    assert (
        f'attachment; filename="evenkeel-analysis.{form}"' in answer.headers["Content-Disposition"]
    )
    assert answer.data.startswith(begins)
    assert signed_in.get(f"{URL}/{job_id}/result.xml").status_code == 404


@pytest.mark.parametrize(
    ("data", "changes", "code", "expected"),
    [
        (b"<html>", {}, 422, "neither a picture"),
        (b"", {"environ_overrides": {"CONTENT_LENGTH": "0"}}, 422, "empty"),
        (picture_file(400, 300), {}, 422, "MAX_PIXELS"),
        (b"\xff\xd8\xff" + bytes(2_000_000), {}, 413, "ANALYSE_MAX_MB"),
        (b"x", {"headers": {"X-CSRFToken": None}}, 400, "CSRF"),
        (b"x", {"headers": {"X-File-Name": None}}, 400, "X-File-Name"),
        (b"x", {"headers": {"X-File-Name": "%0A/.. /"}}, 400, "X-File-Name"),
        (b"x", {"headers": {"X-Upload-Id": "a/b"}}, 400, "X-Upload-Id"),
        (b"x", {"headers": {"X-Upload-Id": "a" * 65}}, 400, "X-Upload-Id"),
        (b"x", {"headers": {"Content-Type": "image/jpeg"}}, 415, "application/octet-stream"),
        (b"x", {"headers": {"Content-Type": "multipart/form-data"}}, 415, "a form is not read"),
    ],
)
def test_it_refuses(
    as_admin: Hand, held: RunningJobs, data: bytes, changes: dict, code: int, expected: str
) -> None:
    before = open_memory_files()
    answer = as_admin(data, **changes)
    assert answer.status_code == code
    assert expected in answer.get_json()["message"]
    assert open_memory_files() == before
    assert as_admin(picture_file()).status_code == 200


class Unread(BytesIO):
    """A body that must not be read."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("nothing should be read")


def test_what_is_too_large_by_its_header_is_not_read(as_admin: Hand) -> None:
    environ = {"wsgi.input": Unread(), "CONTENT_LENGTH": "200000001"}
    answer = as_admin(b"x", environ_overrides=environ)
    assert answer.status_code == 413
    message = answer.get_json()["message"]
    assert message.startswith("The file has 200.0 MB; at most 200 MB are taken.")


def test_a_length_is_needed(as_admin: Hand) -> None:
    answer = as_admin(b"x", headers={"Transfer-Encoding": "chunked"})
    assert answer.status_code == 411


@pytest.mark.parametrize("is_ended_by_server", [True, False], ids=["gunicorn", "plain"])
def test_an_upload_that_breaks_off_leaves_nothing(
    as_admin: Hand, held: RunningJobs, is_ended_by_server: bool
) -> None:
    before = open_memory_files()
    for _ in range(4):
        answer = as_admin(
            picture_file()[:500],
            environ_overrides={
                "CONTENT_LENGTH": "100000",
                "wsgi.input_terminated": is_ended_by_server,
            },
        )
        assert answer.status_code == 400
    assert open_memory_files() == before
    assert as_admin(picture_file()).status_code == 200, "its place is free again"


def test_one_file_too_many(
    as_admin: Hand, held: RunningJobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = video_file(tmp_path)
    assert as_admin(data).status_code == 202
    monkeypatch.setattr(held.runner, "_taken", Counter({0: 3}))
    answer = as_admin(data)
    monkeypatch.undo()
    assert answer.status_code == 429
    assert "ANALYSE_JOBS" in answer.get_json()["message"]
    assert int(answer.headers["Retry-After"]) > 0


def test_nobody_else_sees_it(as_admin: Hand, client: FlaskClient, auth: AuthActions) -> None:
    address = f"{URL}/{as_admin(picture_file()).get_json()['id']}"
    auth.logout()
    parts = ("", "/picture.jpg", "/newest.jpg", "/result.json", "/result.csv")
    for part in parts:
        assert client.get(address + part, headers={"Accept": "*/*"}).status_code == 401
    auth.login(MANAGER)
    token = {"X-CSRFToken": auth.csrf_token("/analyse")}
    for part in parts:
        assert client.get(address + part).status_code == 404
    assert client.delete(address, headers=token).status_code == 404
    assert client.get(URL).get_json()["jobs"] == []
    auth.logout()
    auth.login(ADMIN)
    assert client.get(address).status_code == 200


def test_only_the_owner_is_notified(
    app: Flask, as_admin: Hand, client: FlaskClient, auth: AuthActions
) -> None:
    other = app.test_client()
    AuthActions(other).login(MANAGER)
    connect = services_of(app).sockets.socketio.test_client
    of_admin = connect(app, flask_test_client=client)
    of_viewer = connect(app, flask_test_client=other)

    def states(connection: Any) -> list[str]:
        events = [event for event in connection.get_received() if event["name"] == "analysis"]
        return [event["args"][0]["state"] for event in events]

    as_admin(picture_file())
    wait_until(lambda: states(of_admin) == ["done"])
    assert states(of_viewer) == []


def test_it_can_be_cancelled_and_deleted(
    as_admin: Hand, held: RunningJobs, signed_in: FlaskClient, auth: AuthActions, tmp_path: Path
) -> None:
    token = {"X-CSRFToken": auth.csrf_token("/analyse")}
    for data in (video_file(tmp_path), picture_file()):
        address = f"{URL}/{as_admin(data).get_json()['id']}"
        assert signed_in.delete(address).status_code == 400, "it needs the CSRF token"
        assert signed_in.delete(address, headers=token).status_code == 204
        assert signed_in.get(address).status_code == 404
        assert signed_in.delete(address, headers=token).status_code == 404
        # Lets the cancelled video take its last step.
        held.detector.permits.release()


def test_what_is_written_down_is_the_kind_and_the_size(
    as_admin: Hand, signed_in: FlaskClient, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        job = as_admin(picture_file(), "Jane%20Doe.JPG").get_json()
        as_admin(b"no picture", "Jane%20Doe.gif")
    assert "Jane" not in caplog.text
    with database.session() as work:
        (entry,) = list_entries(work)
    assert (entry.author, entry.action) == (ADMIN, "file analysed")
    assert entry.details == {
        "kind": "picture",
        "bytes": len(picture_file()),
        "extension": ".jpg",
    }
    assert "Jane" not in json.dumps(entry.details)
    assert signed_in.get(f"{URL}/{job['id']}/result.csv").status_code == 200
    with database.session() as work:
        taken, *_ = list_entries(work)
    assert (taken.action, taken.details) == ("reading exported", {"format": "csv"})


def test_before_jobs_can_be_taken(app: Flask, signed_in: FlaskClient, hand_in: Hand) -> None:
    assert hand_in(picture_file()).status_code == 503
    assert signed_in.get(URL).status_code == 503
