"""Tests of the list on /alerts: its filter, repeats, silenced alerts, and several at once."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from tests.conftest import AuthActions
from tests.web.alert_rows import OUTAGE, add_alert, add_rules
from tests.web.pages.test_alerts import SILENCE, by_people, ids_on
from webapp.storage.database import Database


def test_several_are_acknowledged_at_once_by_a_plain_form(
    signed_in: FlaskClient, auth: AuthActions, database: Database, heard: list
) -> None:
    for alert_id in ("a1", "a2", "a3"):
        add_alert(database, alert_id, camera=f"camera-{alert_id}")
    auth.post("/api/alerts/a3/ack", "/alerts")
    heard.clear()
    back = "/alerts?state=waiting"
    fields = {"alert": "a1,a3,a1", "next": back, "csrf_token": auth.csrf_token("/alerts")}
    data = MultiDict([*fields.items(), ("alert", "a2")])
    answer = signed_in.post("/alerts/acknowledge", data=data)
    assert (answer.status_code, answer.headers["Location"]) == (303, back)
    page = signed_in.get(back).text
    assert "2 alerts are acknowledged; somebody had acknowledged 1 before." in page
    assert ids_on(page) == []
    assert [(news.id, news.change, news.by) for news in heard] == [
        ("a1", "acknowledged", "admin"),
        ("a2", "acknowledged", "admin"),
    ]
    with database.session() as work:
        noted = [(each.details["alert"], each.details["camera"]) for each in by_people(work)]
    assert noted == [(name, f"camera-{name}") for name in ("a2", "a1", "a3")]


@pytest.mark.parametrize("chosen", ["", ",", ",".join(f"n{n}" for n in range(501))])
def test_none_and_far_too_many_are_not_acknowledged(
    signed_in: FlaskClient, auth: AuthActions, database: Database, chosen: str
) -> None:
    answer = auth.post("/alerts/acknowledge", "/alerts", alert=chosen, next="//evil.example")
    assert answer.headers["Location"] == "/alerts"
    assert "Nothing is acknowledged: " in signed_in.get("/alerts").text


def test_repeats_are_one_row_that_chooses_those_that_wait(
    signed_in: FlaskClient, auth: AuthActions, database: Database
) -> None:
    for number in range(3):
        ago = timedelta(minutes=60 + 5 * number)
        add_alert(database, f"n{number}", ago=ago, lasted=timedelta(minutes=1))
    auth.post("/api/alerts/n1/ack", "/alerts")
    page = signed_in.get("/alerts").text
    assert 'id="group-n2"' in page and ">3 times<" in page
    assert 'value="n0,n2"' in page and "2 not acknowledged" in page


def test_a_filter_shows_what_is_asked_for_and_keeps_what_is_wrong(
    signed_in: FlaskClient, database: Database
) -> None:
    add_rules(database)
    add_alert(database, "open")
    add_alert(database, "n1", ago=timedelta(hours=5), lasted=timedelta(0), rule=OUTAGE)
    add_alert(database, "n2", camera="hall", ago=timedelta(days=2), lasted=timedelta(0))

    def shown(query: str) -> list[str]:
        return ids_on(signed_in.get(f"/alerts?{query}").text)

    assert shown("state=firing") == ["open"]
    assert shown("state=resolved") == ["n1", "n2"]
    assert shown("rule=No+data") == ["n1"]
    assert shown("range=day") == ["open", "n1"]
    assert shown("camera=hall&range=day") == []
    wrong = signed_in.get("/alerts?from=soon&camera=hall")
    assert wrong.status_code == 400
    assert 'value="soon"' in wrong.text and 'id="fault-filter-from"' in wrong.text
    assert ids_on(wrong.text) == ["n2"]
    assert "Older" not in wrong.text


def test_a_silenced_alert_looks_silenced_and_comes_last(
    signed_in: FlaskClient, auth: AuthActions, database: Database
) -> None:
    add_rules(database)
    add_alert(database, "a1", ago=timedelta(seconds=5))
    add_alert(database, "a2", camera="hall")
    auth.post("/alerts/silences", "/alerts", **SILENCE)
    page = signed_in.get("/alerts").text
    assert ids_on(page) == ["a2", "a1"]
    assert page.count("data-is-silenced") == 1 and "Silenced" in page
    strip = signed_in.get("/admin").text.partition('class="alert-strip"')[2]
    assert 'href="/alerts/a2"' in strip and "data-is-silenced" not in strip
    own = signed_in.get("/alerts/a2").text.partition('class="alert-strip"')[2]
    assert 'href="/alerts/a1"' in own and "data-is-silenced" in own
