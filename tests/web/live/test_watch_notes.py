"""Tests of what the audit log holds of who watched."""

import logging
import time

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.alerting.fakes import ShakyDatabase
from tests.conftest import ADMIN
from tests.fakes import FakeRuntime
from webapp.core.watching import JOINED_S, WatchKind
from webapp.storage.audit import AuditFilter, AuditKind, list_entries
from webapp.storage.database import Database
from webapp.web.live.watch_notes import WatchNotes
from webapp.web.services import services_of

LATER_S = max(JOINED_S.values()) + 1
WATCHING = AuditFilter(frozenset({AuditKind.WATCHING}))


def noted(database: Database) -> list[tuple[str, str, list[str], str]]:
    """Return who did what, cameras and kind; the oldest first."""
    with database.session() as work:
        entries = list_entries(work, wanted=WATCHING)[::-1]
    return [
        (each.author, each.action, each.details["cameras"], each.details["kind"])
        for each in entries
        if "cameras" in each.details
    ]


def test_a_stream_a_picture_and_the_pages_figures_are_noted(
    app: Flask, signed_in: FlaskClient, runtime: FakeRuntime, database: Database
) -> None:
    watching, sockets = services_of(app).watching, services_of(app).sockets.socketio
    stream = signed_in.get("/stream/demo.mjpg", buffered=False)
    assert signed_in.get("/snapshot/door.jpg").status_code == 200
    for path in ("/stream/demo.mjpg", "/snapshot/demo.jpg", "/api/recent"):
        assert signed_in.head(path).status_code == 200
    page = sockets.test_client(app, flask_test_client=signed_in)
    assert page.emit("pictures", {"cameras": ["door"], "width": 320}, callback=True) == ""
    watching.step(time.time())
    begun = [
        (ADMIN, "watching began", ["demo"], "live picture"),
        (ADMIN, "watching began", ["door"], "single pictures"),
        (ADMIN, "watching began", ["demo", "door"], "figures"),
        (ADMIN, "watching began", ["door"], "pictures side by side"),
    ]
    assert noted(database) == begun
    stream.close()
    assert signed_in.get("/api/recent?camera=demo").status_code == 200, "the same figures"
    page.disconnect()
    watching.step(time.time() + LATER_S)
    assert sorted(noted(database)[len(begun) :]) == sorted(
        (who, "watched", cameras, kind)
        for who, _, cameras, kind in begun
        if kind != "single pictures"
    )


def test_the_end_of_the_server_ends_what_is_watched(database: Database) -> None:
    notes = WatchNotes(database)
    notes.show(1, "mira", WatchKind.STREAM, {"door"})
    notes.finish()
    assert [action for _, action, _, _ in noted(database)] == ["watching began", "watched"]


def test_a_database_that_is_away_ends_no_view_and_what_is_given_up_is_counted(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    shaky = ShakyDatabase(database)
    notes = WatchNotes(shaky, most_waiting=3)  # type: ignore[arg-type]
    shaky.is_away = True
    with caplog.at_level(logging.INFO):
        for number in range(5):
            notes.show(number, f"user {number}", WatchKind.STREAM, {"door"})
            notes.step(time.time())
        assert notes.dropped == 2 and noted(database) == []
        shaky.is_away = False
        notes.step(time.time())
    assert [who for who, *_ in noted(database)] == ["user 2", "user 3", "user 4"]
    with database.session() as work:
        newest, *_ = list_entries(work, wanted=WATCHING)
    assert (newest.action, newest.details) == ("watching not noted", {"given up": 2})
    said = [record.getMessage() for record in caplog.records]
    assert [text.split(":")[0] for text in said] == [
        "who watches waits to be noted",
        "who watches cannot be noted; entries are given up and counted",
        "who watches is noted again",
    ]
