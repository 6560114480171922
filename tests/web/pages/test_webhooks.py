"""Tests of receivers that are webhooks, on /admin/receivers."""

import re

import pytest
from flask.testing import FlaskClient

from tests.conftest import AuthActions
from tests.fakes import FakeLiveAlerts
from tests.web.alert_rows import add_rules
from webapp.core.webhooks import STARTING_BODY, Webhook, read_webhook
from webapp.storage.audit import list_entries
from webapp.storage.database import Database
from webapp.storage.receivers import StoredReceiver, list_receivers, save_receiver
from webapp.storage.sealing import Sealer
from webapp.web.services import services_of, utc_now

PAGE, NEW = "/admin/receivers", "/admin/receivers/new/webhook"
URL, KEY, SECRET = "https://desk.example.org/hook/s3cr3t", "Bearer hunter2", "sixteen characters"
FORM = {
    "name": "Desk",
    "url": URL,
    "method": "PUT",
    "headers": f"Authorization: {KEY}\r\nX-Key: 7",
    "body_kind": "json",
    "body": '{"text": "$title",\r\n "value": "$value"}',
    "secret": SECRET,
    "which_rules": "all",
    "which_cameras": "all",
    "is_enabled": "y",
}
HEADERS = (("Authorization", KEY), ("X-Key", "7"))


@pytest.fixture
def edit_page(
    signed_in: FlaskClient, auth: AuthActions, database: Database, live_alerts: FakeLiveAlerts
) -> str:
    """A webhook that was added on the page."""
    add_rules(database)
    assert auth.post(NEW, NEW, **FORM).status_code == 303
    return f"{PAGE}/{stored(database).receiver.id}"


def stored(database: Database) -> StoredReceiver:
    with database.session() as work:
        (receiver,) = list_receivers(work)
    return receiver


def webhook(signed_in: FlaskClient, database: Database) -> Webhook:
    sealer = services_of(signed_in.application).sealer
    return read_webhook(stored(database).target(sealer).url)


def test_a_webhook_is_kept_sealed_and_what_is_left_blank_stays(
    signed_in: FlaskClient, auth: AuthActions, database: Database, edit_page: str
) -> None:
    body = FORM["body"].replace("\r\n", "\n")
    expected = Webhook(URL, "PUT", HEADERS, body, True, SECRET)
    assert webhook(signed_in, database) == expected
    shown = "".join(signed_in.get(path).text for path in (PAGE, edit_page, "/admin/audit"))
    assert not re.search(rf"s3cr3t|hunter2|{SECRET}", shown)
    assert "webhook https://desk.example.org" in shown and "<code>Authorization</code>" in shown
    blank = {"url": "", "headers": "", "secret": ""}
    assert auth.post(edit_page, edit_page, **FORM | blank | {"method": "POST"}).status_code == 303
    assert webhook(signed_in, database) == Webhook(URL, "POST", HEADERS, body, True, SECRET)
    dropped = blank | {"drops_headers": "y", "drops_secret": "y", "body_kind": "text"}
    auth.post(edit_page, edit_page, **FORM | dropped)
    assert webhook(signed_in, database) == Webhook(URL, "PUT", (), body, False, "")


def test_what_is_secret_does_not_move_to_another_host(
    signed_in: FlaskClient, auth: AuthActions, database: Database, edit_page: str
) -> None:
    blank = {"headers": "", "secret": ""}
    moved = FORM | blank | {"url": "https://desk.example.org/elsewhere"}
    auth.post(edit_page, edit_page, **moved)
    assert webhook(signed_in, database).headers == HEADERS
    auth.post(edit_page, edit_page, **FORM | blank | {"url": "https://other.example/"})
    assert webhook(signed_in, database).headers == ()
    assert webhook(signed_in, database).secret == ""


def test_what_is_unchanged_is_no_new_address(
    signed_in: FlaskClient, auth: AuthActions, database: Database, edit_page: str
) -> None:
    address = stored(database).address
    blank = {"url": "", "headers": "", "secret": "", "name": "Desk 2"}
    auth.post(edit_page, edit_page, **FORM | blank)
    assert stored(database).address == address
    with database.session() as work:
        assert list_entries(work, 1)[0].details == {"Desk": {"name": "Desk 2"}}


def test_what_is_wrong_is_told_and_nothing_saved(
    signed_in: FlaskClient, auth: AuthActions, database: Database, edit_page: str
) -> None:
    before = webhook(signed_in, database)
    for wrong, expected in (
        ({"url": "desk.example.org"}, "Expected an address such as https://"),
        ({"method": "GET"}, "Expected POST or PUT."),
        ({"headers": "X-Key"}, "Line 1: expected a name and a value"),
        ({"headers": "Host: a"}, "Host: expected another header"),
        ({"body": '{"a": $value}'}, "Expected JSON: line 1, column 7"),
        ({"body": '{"a": "$valeu"}'}, "there is no field valeu"),
        ({"secret": "short"}, "Expected 16 to 200 characters"),
        ({"name": ""}, "Expected a name"),
    ):
        answer = auth.post(edit_page, edit_page, **FORM | wrong)
        assert answer.status_code == 400 and expected in answer.text, wrong
    assert auth.post(NEW, NEW, **FORM | {"url": "", "name": "Other"}).status_code == 400
    assert webhook(signed_in, database) == before
    assert "$title" in STARTING_BODY and "&#34;$title&#34;" in signed_in.get(NEW).text


def test_one_sealed_with_another_key_is_entered_again(
    signed_in: FlaskClient, auth: AuthActions, database: Database, edit_page: str
) -> None:
    other = Sealer("another key altogether")
    with database.session() as work:
        receiver, address = stored(database).receiver, Webhook("https://lost/").address
        save_receiver(work, receiver, "mira", utc_now(), other, address)
    assert signed_in.get(edit_page).status_code == 200
    blank = {"headers": "", "secret": ""}
    assert auth.post(edit_page, edit_page, **FORM | blank | {"url": ""}).status_code == 400
    assert auth.post(edit_page, edit_page, **FORM | blank).status_code == 303
    assert webhook(signed_in, database).headers == ()
