"""Tests of the first steps on the dashboard, and of an alert that an admin tries."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete

from tests.conftest import VIEWER, AuthActions
from tests.fakes import FakeLiveAlerts, FakeRuntime, alert_message
from tests.receivers import SEALER, add_receiver
from tests.web.alert_rows import add_alert
from webapp.core.played_alert import PLAYED, PLAYED_RULE
from webapp.storage.alert_tables import OutboxRow, SeedingRow
from webapp.storage.database import Database
from webapp.storage.first_hour import SUBJECT
from webapp.storage.outbox import post
from webapp.web.services import utc_now

STEPS = ("Connect a camera", "Choose who is told", "Try an alert")


@pytest.fixture
def new_house(database: Database, runtime: FakeRuntime) -> Database:
    """Only the demo plays, and nobody did a step yet."""
    runtime.statuses = runtime.statuses[:1]
    with database.session() as work:
        work.execute(delete(SeedingRow).where(SeedingRow.subject.startswith(SUBJECT)))
    return database


def played(database: Database, lasted: timedelta | None = None) -> None:
    """Write a played alert, as the watch does."""
    add_alert(database, "t1", camera="demo", rule=PLAYED_RULE, lasted=lasted, reason=PLAYED)


def test_it_works(signed_in: FlaskClient, new_house: Database) -> None:
    page = signed_in.get("/").text
    assert all(step in page for step in STEPS)
    assert "/admin/cameras/new" in page and "/admin/receivers/new" in page


def test_what_is_there_is_done(
    signed_in: FlaskClient, new_house: Database, runtime: FakeRuntime
) -> None:
    runtime.statuses = FakeRuntime().statuses
    with new_house.session() as work:
        add_receiver(work, "off", is_enabled=False, sealer=SEALER)
    page = signed_in.get("/").text
    assert "A camera is connected." in page and "Somebody is told" not in page
    with new_house.session() as work:
        add_receiver(work, "mail", sealer=SEALER)
    assert "Somebody is told of alerts." in signed_in.get("/").text


def test_each_can_be_skipped_and_then_it_is_gone(
    signed_in: FlaskClient, new_house: Database, auth: AuthActions
) -> None:
    for step in ("camera", "receiver", "alert"):
        assert "First steps" in signed_in.get("/").text
        answer = auth.post(f"/first-hour/{step}/skip", "/", camera="demo")
        assert answer.location == "/?camera=demo"
    assert "First steps" not in signed_in.get("/").text
    assert auth.post("/first-hour/other/skip", "/").status_code == 404


def test_without_any_camera_the_steps_are_there_but_for_the_trial(
    signed_in: FlaskClient, new_house: Database, runtime: FakeRuntime
) -> None:
    runtime.statuses = []
    page = signed_in.get("/").text
    assert "Once there is a camera." in page and 'action="/first-hour/alert/try"' not in page


def test_who_is_no_admin_sees_none_of_it(
    client: FlaskClient, new_house: Database, auth: AuthActions
) -> None:
    auth.login(VIEWER)
    assert "First steps" not in client.get("/?tried=t1").text
    assert client.get("/first-hour/alert/t1").status_code == 403


def test_an_alert_is_tried_once_at_a_time(
    signed_in: FlaskClient, new_house: Database, auth: AuthActions, live_alerts: FakeLiveAlerts
) -> None:
    answer = auth.post("/first-hour/alert/try", "/", camera="demo")
    assert answer.location == "/?camera=demo&tried=played-1#first-hour"
    page = signed_in.get(answer.location).text
    assert "It fires in a moment." in page and "An alert was tried." in page
    live_alerts.messages = [alert_message("played-1", kind="test")]
    again = auth.post("/first-hour/alert/try", "/", camera="demo")
    assert "A test alert is going on" in signed_in.get(again.location).text
    assert live_alerts.played == ["demo"]
    assert auth.post("/first-hour/alert/try", "/", camera="cellar").status_code == 404


def test_it_says_how_far_a_played_alert_went(signed_in: FlaskClient, database: Database) -> None:
    played(database)
    page = signed_in.get("/first-hour/alert/t1").text
    assert "0 open pages" in page and "no receiver of messages is set up" in page
    assert "data-is-over" not in page
    with database.session() as work:
        add_receiver(work, "0123", sealer=SEALER)
        post(work, "t1", "firing", ["0123"], "title", "body", utc_now())
    assert "On its way since" in signed_in.get("/first-hour/alert/t1").text
    played_out = database.session()
    with played_out as work:
        for row in work.query(OutboxRow):
            row.last_error, row.attempts = "It refused.", 1
    page = signed_in.get("/?tried=t1").text
    assert "It refused." in page and "First steps" in page


def test_it_is_over_when_it_ended_and_each_message_was_tried(
    signed_in: FlaskClient, database: Database
) -> None:
    played(database, lasted=timedelta(seconds=20))
    assert "data-is-over" in signed_in.get("/first-hour/alert/t1").text
    add_alert(database, "a1")
    assert signed_in.get("/first-hour/alert/a1").status_code == 404


def test_a_played_alert_is_named_so_and_asks_nothing(
    signed_in: FlaskClient, database: Database, auth: AuthActions
) -> None:
    played(database, lasted=timedelta(seconds=20))
    page = signed_in.get("/alerts/t1").text
    assert "Test alert" in page and "a test" in page and "/answer" not in page
    assert "not acknowledged" not in signed_in.get("/alerts").text
    assert 'id="alert-t1"' not in signed_in.get("/alerts?state=waiting").text
    answer = auth.post("/api/alerts/t1/answer", "/alerts/t1", answer="was")
    assert answer.status_code == 400
    # No history and no report speaks of it.
    assert "Test alert" not in signed_in.get("/history?camera=demo").text
