"""Tests of /admin/receivers."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import VIEWER, AuthActions
from tests.fakes import FakeLiveAlerts
from tests.receivers import add_receiver
from tests.web.alert_rows import add_alert, add_rules
from webapp.core.receivers import Scope
from webapp.core.schedule import parse_schedule
from webapp.storage.audit import list_entries
from webapp.storage.database import Database
from webapp.storage.outbox import claim, mark_failed, mark_sent, post
from webapp.storage.receivers import StoredReceiver, list_receivers
from webapp.storage.sealing import Sealer
from webapp.web.services import services_of

PAGE, NEW = "/admin/receivers", "/admin/receivers/new"
URL = "ntfys://mira:hunter2@ntfy.example/topic"
FORM = {
    "name": "Shift lead",
    "address": URL,
    "which_rules": "some",
    "rules": "1",
    "which_cameras": "all",
    "hours": "mon-fri 06:00-14:00",
    "is_enabled": "y",
}


@pytest.fixture(autouse=True)
def seeded(database: Database) -> None:
    """Two rules."""
    add_rules(database)


@pytest.fixture
def added(signed_in: FlaskClient, auth: AuthActions, database: Database) -> StoredReceiver:
    """A receiver that was added on the page."""
    assert auth.post(NEW, NEW, **FORM).status_code == 303
    (stored,) = receivers(database)
    return stored


def receivers(database: Database) -> list[StoredReceiver]:
    with database.session() as work:
        return list_receivers(work)


def faults(page: str) -> list[str]:
    return re.findall(r'id="fault-(\w+)"', page)


def test_adding_and_editing_never_shows_the_address_again(
    app: Flask, signed_in: FlaskClient, auth: AuthActions, database: Database, added: StoredReceiver
) -> None:
    sealer = services_of(app).sealer
    assert added.target(sealer).url == URL
    assert added.receiver.scope == Scope(
        rules=frozenset({1}), schedule=parse_schedule("mon-fri 06:00-14:00")
    )
    page = signed_in.get(PAGE).text
    for expected in ("Shift lead", "ntfys://", "Anger lasts", "mon-fri"):
        assert expected in page
    form = signed_in.get(f"{PAGE}/1").text
    for text in (page, form, signed_in.get("/admin/audit").text):
        assert "hunter2" not in text
    changes = FORM | {"name": "Lead", "address": "", "which_cameras": "some", "cameras": "door"}
    assert auth.post(f"{PAGE}/1", PAGE, **changes).status_code == 303
    (changed,) = receivers(database)
    assert (changed.target(sealer).url, changed.key) == (URL, added.key)
    assert changed.receiver.scope.cameras == {"door"}
    assert (changed.receiver.name, changed.receiver.label) == ("Lead", added.receiver.label)


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"name": " "}, ["name"]),
        ({"name": "Shift lead"}, ["name"]),
        ({"address": ""}, ["address"]),
        ({"address": "x" * 2001}, ["address"]),
        ({"address": URL}, ["address"]),
        ({"rules": "99"}, ["rules"]),
        ({"which_cameras": "some", "hours": "someday"}, ["cameras", "hours"]),
    ],
)
def test_every_fault_is_told_and_what_was_typed_is_kept(
    signed_in: FlaskClient,
    auth: AuthActions,
    database: Database,
    added: StoredReceiver,
    wrong: dict[str, str],
    fields: list[str],
) -> None:
    typed = FORM | {"name": "Another", "address": "json://typed/"} | wrong
    answer = auth.post(NEW, NEW, **typed)
    assert answer.status_code == 400
    assert faults(answer.text) == fields
    assert f'value="{typed["hours"]}"' in answer.text
    assert receivers(database) == [added]


def test_an_address_that_apprise_does_not_know_is_told(
    signed_in: FlaskClient, auth: AuthActions, live_alerts: FakeLiveAlerts
) -> None:
    live_alerts.refusal = "expected an address that Apprise knows."
    answer = auth.post(NEW, NEW, **FORM)
    assert (answer.status_code, faults(answer.text)) == (400, ["address"])
    assert "Expected an address that Apprise knows." in answer.text


def test_switching_testing_and_removing(
    signed_in: FlaskClient,
    auth: AuthActions,
    database: Database,
    live_alerts: FakeLiveAlerts,
    added: StoredReceiver,
) -> None:
    auth.post(f"{PAGE}/1/switch", PAGE, on="0")
    assert not receivers(database)[0].receiver.is_enabled
    assert "Switched off" in signed_in.get(PAGE).text
    auth.post(f"{PAGE}/1/switch", PAGE, on="1")
    assert receivers(database)[0].receiver == added.receiver
    for refusal in ("", "ntfys://ntfy.example: it is away"):
        live_alerts.refusal = refusal
        assert auth.post(f"{PAGE}/1/test", PAGE).status_code == 303
        assert (refusal or "The receiver took the test message.") in signed_in.get(PAGE).text
    assert live_alerts.tested == [added.key, added.key]
    assert auth.post(f"{PAGE}/1/delete", f"{PAGE}/1").status_code == 303
    assert "Nobody is told of alerts yet" in signed_in.get(PAGE).text
    with database.session() as work:
        actions = [entry.action for entry in list_entries(work) if entry.author][::-1]
    assert actions == [
        *("receiver added", "receiver changed", "receiver changed"),
        *("test message", "test message", "receiver removed"),
    ]
    for deed in ("test", "switch", "delete"):
        assert auth.post(f"{PAGE}/1/{deed}", PAGE).status_code in (303, 404)
    assert signed_in.get(f"{PAGE}/1").status_code == 404


def test_what_became_of_the_messages_is_shown(
    signed_in: FlaskClient, database: Database, added: StoredReceiver
) -> None:
    assert "Nothing was sent yet." in signed_in.get(PAGE).text
    add_alert(database)
    now = datetime.now(UTC)
    with database.session() as work:
        post(work, "a1", "firing", [added.key], "Firing: Anger", "", now)
        post(work, "a1", "resolved", [added.key], "Resolved: Anger", "", now)
        for mark in (mark_sent, mark_failed):
            message = claim(work, "me", [added.key], now)
            assert message
            mark(work, message, "me", *(["it is away"] if mark is mark_failed else []), now)
    page = signed_in.get(PAGE).text
    for expected in (
        "Firing: Anger.",
        "1 message waits.",
        ">it is away<",
        "Delivered",
        "after 1 try",
    ):
        assert expected in page
    with database.session() as work:
        post(work, "a1", "later", ["gone"], "Firing: Fear", "", now)
        lost = claim(work, "me", ["gone"], now)
        assert lost
        mark_failed(
            work, replace(lost, created_at=datetime(2020, 1, 1, tzinfo=UTC)), "me", "x", now
        )
    assert "to receivers that are gone" in signed_in.get(PAGE).text


def test_an_address_that_cannot_be_read_any_more_is_to_be_entered_again(
    app: Flask, signed_in: FlaskClient, auth: AuthActions, database: Database, added: StoredReceiver
) -> None:
    services_of(app).sealer = Sealer("another secret key")
    assert "cannot be read any more" in signed_in.get(PAGE).text
    assert auth.post(f"{PAGE}/1", PAGE, **FORM).status_code == 303
    assert "cannot be read any more" not in signed_in.get(PAGE).text
    (again,) = receivers(database)
    assert (again.key, again.target(services_of(app).sealer).url) == (added.key, URL)


def test_a_setting_that_is_not_used_is_told(
    app: Flask, signed_in: FlaskClient, added: StoredReceiver
) -> None:
    services_of(app).first_receivers = [URL]
    assert "NOTIFY_URLS names" not in signed_in.get(PAGE).text
    services_of(app).first_receivers = [URL, "json://other/"]
    assert "NOTIFY_URLS names 1 address that is none of these" in signed_in.get(PAGE).text


def test_a_viewer_may_neither_look_nor_act(
    client: FlaskClient, auth: AuthActions, database: Database
) -> None:
    auth.login(VIEWER)
    with database.session() as work:
        add_receiver(work)
    before = receivers(database)
    assert client.get(PAGE).status_code == 403
    for path in (NEW, f"{PAGE}/1", f"{PAGE}/1/delete", f"{PAGE}/1/switch", f"{PAGE}/1/test"):
        assert auth.post(path, "/alerts", **FORM).status_code == 403
    assert receivers(database) == before


def test_a_receiver_that_hears_of_nothing_says_so(
    signed_in: FlaskClient, auth: AuthActions, added: StoredReceiver
) -> None:
    auth.post("/admin/rules/1/delete", "/admin/rules/1")
    assert "Nothing: the rules it was told of are removed." in signed_in.get(PAGE).text
