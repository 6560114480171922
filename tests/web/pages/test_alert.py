"""Tests of an alert's own page."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.fakes import FakeLiveAlerts, alert_message
from tests.web.alert_rows import ANGER, add_alert
from tests.web.recorded import START, START_S, row, write_alert, write_rows
from webapp.core.evidence import Evidence
from webapp.core.messages import AlertRecord
from webapp.storage.database import Database
from webapp.storage.outbox import GIVE_UP_AFTER, claim, mark_failed, mark_sent, post
from webapp.web.pages.alert import AROUND, time_around

JSON = {"Accept": "application/json"}


def text_of(client: FlaskClient, alert_id: str = "a1") -> str:
    """Return the page's words without its tags."""
    answer = client.get(f"/alerts/{alert_id}")
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2]).split())


def test_it_works(signed_in: FlaskClient, database: Database) -> None:
    write_rows(database, *[row(START_S + 10 * n) for n in range(-12, 30) if n not in (2, 3)])
    write_alert(database)
    write_alert(database, "a0", -3600)
    page, words = signed_in.get("/alerts/a1").text, text_of(signed_in)
    assert "Pending: the condition began" in words and "Firing at 55" in words
    assert "Acknowledged by mira on my way" in words
    assert "&lt;b&gt;talked&lt;/b&gt; to both" in page
    assert "Answered by tom: nothing was the matter" in words
    assert page.count('class="curve-line"') == 4, "two lines around a gap, wide and narrow"
    assert "Hatched: no data, 20 s in all." in words
    assert '<a href="/alerts/a0">' in page and '<a href="/alerts/a1">' not in page
    assert "no picture of the moment" in words


def test_a_comment_comes_back_to_the_page(signed_in: FlaskClient, database: Database) -> None:
    add_alert(database)
    assert 'name="next" value="/alerts/a1"' in signed_in.get("/alerts/a1").text


def test_readings_that_are_deleted_are_named(signed_in: FlaskClient, database: Database) -> None:
    add_alert(database, ago=timedelta(days=200), lasted=timedelta(minutes=1))
    assert "The readings of this time are deleted: they are kept for 90 days" in text_of(signed_in)
    add_alert(database, "late", ago=timedelta(minutes=5), lasted=timedelta(minutes=1))
    assert "Nothing was recorded in this time" in text_of(signed_in, "late")


def test_the_limits_are_those_of_the_same_rule(
    signed_in: FlaskClient, database: Database, live_alerts: FakeLiveAlerts
) -> None:
    now_s = int(datetime.now(UTC).timestamp()) // 10 * 10
    write_rows(database, *[row(now_s - 10 * n) for n in range(3, 20)], camera="door")
    add_alert(database, ago=timedelta(minutes=2))
    live_alerts.watched_rules = [replace(ANGER, id=1)]
    assert "alerts from 30 for 15 s" in text_of(signed_in)
    live_alerts.watched_rules = [replace(ANGER, id=1, name="Another with its number")]
    assert "alerts from 30" not in text_of(signed_in)


def test_who_was_told_and_whether_it_arrived(
    signed_in: FlaskClient, database: Database, live_alerts: FakeLiveAlerts
) -> None:
    add_alert(database)
    assert "Nobody: it was silenced, a message of its rule had just gone" in text_of(signed_in)
    now = datetime.now(UTC)
    with database.session() as work:
        post(work, "a1", "firing", ["0123", "gone"], "Firing", "at noon", now)
    assert "ntfy://ntfy.example , that it fires On its way since" in text_of(signed_in)
    with database.session() as work:
        first, second = (claim(work, "test", [key], now) for key in ("0123", "gone"))
        assert first and second
        mark_sent(work, first, "test", now)
        mark_failed(work, second, "test", "nobody <there>", now)
    words = text_of(signed_in)
    assert "ntfy://ntfy.example , that it fires Arrived" in words
    assert "A receiver that is no longer set up , that it fires Did not arrive yet" in words
    assert "nobody &lt;there&gt;" in words
    with database.session() as work:
        late = now + GIVE_UP_AFTER
        again = claim(work, "test", ["gone"], late)
        assert again
        mark_failed(work, again, "test", "still nobody", late)
    assert "Did not arrive; given up" in text_of(signed_in)
    live_alerts.receivers = list  # type: ignore[method-assign]
    add_alert(database, "a2")
    assert "Nobody: no receiver of messages is set up" in text_of(signed_in, "a2")


def test_it_says_what_to_do_until_it_is_over(
    signed_in: FlaskClient, database: Database, live_alerts: FakeLiveAlerts
) -> None:
    rule = replace(ANGER, advice="Call <b>the shift leader</b>.")
    add_alert(database, rule=rule)
    live_alerts.messages = [alert_message("p1", "pending", advice=rule.advice)]
    for path in ("/alerts/a1", "/alerts/p1", "/alerts"):
        assert "Call &lt;b&gt;the shift leader&lt;/b&gt;." in signed_in.get(path).text, path
    assert "data-advice-words>Call &lt;b&gt;" in signed_in.get("/").text
    assert {alert["advice"] for alert in signed_in.get("/api/alerts").get_json()["alerts"]} == {
        rule.advice
    }


def test_an_alert_that_is_not_written_yet_has_a_page(
    signed_in: FlaskClient, live_alerts: FakeLiveAlerts
) -> None:
    live_alerts.messages = [alert_message("p1", "pending", evidence=Evidence(2, 4, 0.5))]
    words = text_of(signed_in, "p1")
    assert "It has not fired yet" in words and "Nobody yet" in words
    assert signed_in.get("/alerts/p2").status_code == 404


def test_programs_learn_its_address(app: Flask, signed_in: FlaskClient, database: Database) -> None:
    add_alert(database)

    def url() -> str:
        return str(signed_in.get("/api/alerts", headers=JSON).get_json()["alerts"][0]["url"])

    assert url() == "/alerts/a1"
    app.config["PUBLIC_URL"] = "https://example.org/watch"
    assert url() == "https://example.org/watch/alerts/a1"


@pytest.mark.parametrize(
    ("resolved_after", "now_after", "expected"),
    [
        (timedelta(minutes=9), timedelta(hours=1), timedelta(minutes=11)),
        (None, timedelta(minutes=9), timedelta(minutes=9)),
        (None, timedelta(seconds=5), AROUND),
    ],
)
def test_the_time_around_an_alert(
    resolved_after: timedelta | None, now_after: timedelta, expected: timedelta
) -> None:
    over = START + resolved_after if resolved_after else None
    record = AlertRecord(**vars(alert_message(since=START)), resolved_at=over)
    wanted = time_around(record, START + now_after)
    assert (wanted.start, wanted.end) == (START - AROUND, START + expected)
