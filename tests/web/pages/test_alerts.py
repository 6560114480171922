"""Tests of /alerts, /api/alerts, acknowledgements, comments and silences."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import MANAGER, AuthActions
from tests.fakes import FakeLiveAlerts, alert_message
from tests.web.alert_rows import OUTAGE, add_alert, add_rules
from webapp.core.evidence import Evidence
from webapp.core.messages import AlertNote, SilencesChanged
from webapp.storage.alerts import find_alert
from webapp.storage.audit import list_entries
from webapp.storage.database import Database
from webapp.storage.silences import current_silences
from webapp.web.services import services_of

JSON = {"Accept": "application/json"}
KEYS = {
    "id",
    "camera",
    "rule",
    "kind",
    "expressions",
    "state",
    "since",
    "fired_at",
    "resolved_at",
    "value",
    "peak",
    "reason",
    "acknowledged",
}
SILENCE = {"camera": "door", "rule": "1", "length": "60", "reason": "Drill"}


def by_people(work):
    """What somebody did; the rules' seeding is nobody's."""
    return [entry for entry in list_entries(work) if entry.author]


def listed(client: FlaskClient, query: str = "") -> list[dict]:
    answer = client.get(f"/api/alerts?{query}", headers=JSON)
    assert answer.status_code == 200
    return answer.get_json()["alerts"]


def ids_on(page: str) -> list[str]:
    return re.findall(r'id="alert-([^"]+)"', page)


def headers(auth: AuthActions) -> dict[str, str]:
    return JSON | {"X-CSRFToken": auth.csrf_token("/alerts")}


def test_it_works(signed_in: FlaskClient, database: Database) -> None:
    add_alert(database, ago=timedelta(hours=2), lasted=timedelta(minutes=5), reason="a <reason>")
    page = signed_in.get("/alerts").text
    for shown in ("Anger lasts", "door", "angry or fear", "5 min", "a &lt;reason&gt;", "not yet"):
        assert shown in page


def test_an_empty_page_says_so(signed_in: FlaskClient) -> None:
    page = signed_in.get("/alerts").text
    assert "Nothing is open." in page
    assert "No alert has come and gone yet." in page


def test_a_stranger_sees_nothing(client: FlaskClient) -> None:
    assert client.get("/alerts").status_code == 303
    assert client.get("/api/alerts", headers=JSON).status_code == 401


@pytest.mark.parametrize("path", ["/alerts", "/api/alerts"])
def test_without_a_watch(app: Flask, signed_in: FlaskClient, path: str) -> None:
    services_of(app).alerts = None
    assert signed_in.get(path).status_code == 503


def test_open_ones_come_first_then_the_newest(signed_in: FlaskClient, database: Database) -> None:
    add_alert(database, "old", ago=timedelta(days=2))
    add_alert(database, "past", ago=timedelta(hours=1), lasted=timedelta(0))
    add_alert(database, "older", ago=timedelta(hours=9), lasted=timedelta(0))
    add_alert(database, "hall", camera="hall", ago=timedelta(0), lasted=timedelta(0))
    assert ids_on(signed_in.get("/alerts").text) == ["old", "hall", "past", "older"]
    assert ids_on(signed_in.get("/alerts?camera=hall").text) == ["hall"]


def test_past_ones_come_in_pages(signed_in: FlaskClient, database: Database) -> None:
    for number in range(51):
        add_alert(database, f"n{number}", ago=timedelta(hours=number), lasted=timedelta(0))
    first, second = signed_in.get("/alerts").text, signed_in.get("/alerts?page=2").text
    assert ids_on(first) == [f"n{number}" for number in range(50)]
    assert "Older" in first and "Newer" not in first
    assert ids_on(second) == ["n50"]
    assert "Newer" in second and "Older" not in second


@pytest.mark.parametrize("page", ["0", "-1", "two", "99999999999999999999", ""])
def test_an_impossible_page(signed_in: FlaskClient, page: str) -> None:
    assert signed_in.get(f"/alerts?page={page}").status_code == 400


def test_times_are_those_of_the_zone(
    app: Flask, signed_in: FlaskClient, database: Database
) -> None:
    app.config["TIME_ZONE"] = ZoneInfo("Asia/Kolkata")
    add_alert(database, ago=datetime.now(UTC) - datetime(2026, 3, 2, 20, 0, 15, tzinfo=UTC))
    page = signed_in.get("/alerts").text
    assert 'title="2026-03-02 20:00:00 UTC"' in page
    assert re.search(r">3 Mar( 2026)?, 01:30</time>", page)


def test_a_pending_alert_and_a_data_outage_are_shown(
    signed_in: FlaskClient, live_alerts: FakeLiveAlerts, database: Database
) -> None:
    live_alerts.messages = [alert_message("p1", "pending", camera="hall")]
    add_alert(database, "n1", rule=OUTAGE)
    page = signed_in.get("/alerts").text
    assert ids_on(page) == ["n1", "p1"]
    assert 'data-tone="no-data"' in page and "nothing to read" in page
    assert "/api/alerts/n1/ack" in page and "/api/alerts/p1/ack" not in page


def test_trouble_with_writing_is_shown(signed_in: FlaskClient, live_alerts: FakeLiveAlerts) -> None:
    live_alerts.cause = "The database is locked."
    assert "The database is locked." in signed_in.get("/alerts").text


def test_the_list_as_json(
    signed_in: FlaskClient, database: Database, live_alerts: FakeLiveAlerts
) -> None:
    add_alert(database, "past", ago=timedelta(hours=1), lasted=timedelta(seconds=30))
    add_alert(database, "open")
    live_alerts.messages = [
        alert_message("p1", "pending", camera="hall"),
        alert_message("open", "recovering"),
    ]
    alerts = {alert["id"]: alert for alert in listed(signed_in)}
    assert all(set(alert) >= KEYS for alert in alerts.values())
    assert [alerts[name]["state"] for name in ("past", "open", "p1")] == [
        "resolved",
        "recovering",
        "pending",
    ]
    assert alerts["p1"]["fired_at"] is None
    assert (alerts["past"]["value"], alerts["past"]["peak"]) == (12.0, 62.4)
    assert {alert["id"] for alert in listed(signed_in, "open=1")} == {"open", "p1"}
    assert {alert["id"] for alert in listed(signed_in, "camera=hall")} == {"p1"}
    assert listed(signed_in, "camera=cellar") == []


def test_open_takes_1_or_0(signed_in: FlaskClient) -> None:
    assert signed_in.get("/api/alerts?open=yes", headers=JSON).status_code == 400


def test_acknowledging_by_form(
    client: FlaskClient, auth: AuthActions, database: Database, heard: list
) -> None:
    add_alert(database)
    auth.login(MANAGER)
    answer = auth.post("/api/alerts/a1/ack", "/alerts", text="On my way")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/alerts#alert-a1")
    with database.session() as work:
        alert, (entry,) = find_alert(work, "a1"), by_people(work)
    assert alert and alert.acknowledged_by == MANAGER
    assert (entry.author, entry.action) == (MANAGER, "alert acknowledged")
    (note,) = heard
    assert note == AlertNote("a1", "acknowledged", MANAGER, "On my way", alert.acknowledged_at)
    assert "On my way" in client.get("/alerts").text


def test_acknowledging_by_json(
    signed_in: FlaskClient, auth: AuthActions, database: Database, heard: list
) -> None:
    add_alert(database)
    answer = signed_in.post("/api/alerts/a1/ack", json={"text": "Seen"}, headers=headers(auth))
    assert answer.status_code == 200
    assert answer.get_json()["acknowledged"]["by"] == "admin"
    again = signed_in.post("/api/alerts/a1/ack", json={}, headers=headers(auth))
    assert again.status_code == 409
    assert "admin acknowledged this alert already" in again.get_json()["message"]
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/api/alerts/none/ack", {}, 404),
        ("/api/alerts/none/comment", {"text": "a"}, 404),
        ("/api/alerts/a1/comment", {}, 400),
        ("/api/alerts/a1/comment", {"text": "  "}, 400),
        ("/api/alerts/a1/comment", {"text": 5}, 400),
        ("/api/alerts/a1/comment", ["text"], 400),
        ("/api/alerts/a1/ack", {"text": "x" * 1001}, 400),
        ("/api/alerts/a1/ack", {"text": "no\0text"}, 400),
        ("/api/alerts/a1/ack", {"text": "half a pair \ud83d"}, 400),
    ],
)
def test_what_is_refused_changes_nothing(
    signed_in: FlaskClient,
    auth: AuthActions,
    database: Database,
    heard: list,
    path: str,
    body: object,
    code: int,
) -> None:
    add_alert(database)
    assert signed_in.post(path, json=body, headers=headers(auth)).status_code == code
    with database.session() as work:
        alert = find_alert(work, "a1")
        assert alert and len(alert.events) == 1
        assert by_people(work) == []
    assert heard == []


def test_a_form_without_the_csrf_field_is_refused(
    signed_in: FlaskClient, database: Database
) -> None:
    add_alert(database)
    assert signed_in.post("/api/alerts/a1/ack").status_code == 400
    assert signed_in.post("/alerts/silences", data=SILENCE).status_code == 400


def test_commenting(
    signed_in: FlaskClient, auth: AuthActions, database: Database, heard: list
) -> None:
    add_alert(database, lasted=timedelta(0))
    answer = auth.post(
        "/api/alerts/a1/comment", "/alerts", text="A rehearsal", next="/alerts?page=1"
    )
    assert answer.headers["Location"] == "/alerts?page=1"
    assert "A rehearsal" in signed_in.get("/alerts").text
    assert (heard[0].change, heard[0].text) == ("comment", "A rehearsal")
    with database.session() as work:
        (noted,) = list_entries(work, most=1)
    assert noted.details == {"alert": "a1", "rule": "Anger lasts", "camera": "door"}, (
        "remarks go when the alert is purged"
    )
    elsewhere = auth.post("/api/alerts/a1/comment", "/alerts", text="b", next="//evil.example")
    assert elsewhere.headers["Location"] == "/alerts#alert-a1"


def test_an_acknowledgement_without_words_is_no_remark(
    signed_in: FlaskClient, auth: AuthActions, database: Database
) -> None:
    add_alert(database)
    auth.post("/api/alerts/a1/ack", "/alerts")
    assert 'class="remarks"' not in signed_in.get("/alerts").text


def test_silencing_and_ending(
    signed_in: FlaskClient,
    auth: AuthActions,
    database: Database,
    live_alerts: FakeLiveAlerts,
    heard: list,
) -> None:
    add_rules(database)
    add_alert(database)
    before = datetime.now(UTC)
    assert auth.post("/alerts/silences", "/alerts", **SILENCE).status_code == 303
    with database.session() as work:
        (silence,) = current_silences(work, before)
    assert (silence.camera, silence.rule_id, silence.reason) == ("door", 1, "Drill")
    assert silence.author == "admin"
    assert timedelta(0) <= silence.until - before - timedelta(hours=1) < timedelta(minutes=1)
    assert listed(signed_in)[0]["silenced_until"] == silence.until.isoformat()
    live_alerts.messages = [alert_message("unwritten"), alert_message("other", rule_id=2)]
    silenced = {alert["id"]: alert["silenced_until"] for alert in listed(signed_in)}
    assert silenced["unwritten"] == silence.until.isoformat()
    assert silenced["other"] is None
    end = f"/alerts/silences/{silence.id}/end"
    assert auth.post(end, "/alerts").status_code == 303
    assert auth.post(end, "/alerts").status_code == 404
    with database.session() as work:
        assert current_silences(work, before) == []
        assert [e.action for e in by_people(work)] == ["silence ended", "silence began"]
    assert heard == [SilencesChanged(), SilencesChanged()]


def test_a_wrong_silence_shows_every_fault_and_loses_nothing(
    signed_in: FlaskClient, auth: AuthActions, database: Database
) -> None:
    add_rules(database)
    wrong = {"camera": "door", "rule": "99", "length": "until", "until": "soon", "reason": " "}
    answer = auth.post("/alerts/silences", "/alerts", **wrong)
    assert answer.status_code == 400
    for field in ("rule", "until", "reason"):
        assert f'id="fault-{field}"' in answer.text
    assert '<option selected value="door">door</option>' in answer.text
    assert 'value="soon"' in answer.text


def test_a_link_fills_in_the_silence_form(signed_in: FlaskClient, database: Database) -> None:
    add_rules(database)
    page = signed_in.get("/alerts?camera=door&rule=Anger+lasts").text
    assert '<option selected value="1">Anger lasts</option>' in page


def test_every_page_shows_how_many_wait(
    signed_in: FlaskClient, auth: AuthActions, database: Database
) -> None:
    count = re.compile(r"data-nav-count>(\d+)</span>.*?>([^<]+)</span>")
    assert "data-nav-badge hidden" in signed_in.get("/").text
    add_alert(database, "a1")
    add_alert(database, "a2", camera="hall")
    assert count.findall(signed_in.get("/logout").text) == [("2", " not acknowledged")]
    for alert_id in ("a1", "a2"):
        auth.post(f"/api/alerts/{alert_id}/ack", "/alerts")
    assert count.findall(signed_in.get("/").text) == [("2", " open, acknowledged")]


def test_the_dashboard_shows_the_banner_without_javascript(
    signed_in: FlaskClient, database: Database
) -> None:
    for number in range(5):
        add_alert(database, f"a{number}", ago=timedelta(minutes=number))
    for path, most in (("/?camera=demo", 3), ("/", 1)):
        page = signed_in.get(path).text
        shown = re.findall(r'<li class="alert-row" data-alert-id="(a\d)"', page)
        assert shown == ["a0", "a1", "a2"][:most]
        assert f"<span data-more-count>{5 - most}</span> more" in page


def test_the_dashboard_without_a_watch_or_alerts(app: Flask, signed_in: FlaskClient) -> None:
    services_of(app).alerts = None
    page = signed_in.get("/")
    assert page.status_code == 200
    assert "No alert is open." in page.text and "Nobody is watching" not in page.text


def test_below_a_sub_path_forms_lead_back_there(signed_in: FlaskClient, database: Database) -> None:
    add_alert(database)
    for path in ("/", "/alerts", "/alerts/a1"):
        page = signed_in.get(path, environ_overrides={"SCRIPT_NAME": "/crew"}).text
        back = set(re.findall(r'name="next" value="([^"#]+)', page))
        assert back == {f"/crew{path}"}, path


def test_an_alert_cannot_break_out_of_the_page(
    signed_in: FlaskClient, live_alerts: FakeLiveAlerts
) -> None:
    live_alerts.messages = [alert_message(camera="<script>'\"", rule="</div><b>")]
    page = signed_in.get("/").text
    assert "<script>'" not in page and "</div><b>" not in page


@pytest.mark.parametrize(("path", "word"), [("/", "Dashboard"), ("/alerts", "Alerts")])
def test_the_navigation_marks_the_page(signed_in: FlaskClient, path: str, word: str) -> None:
    marked = re.findall(r'aria-current="page">(\w+)', signed_in.get(path).text)
    assert word in marked


def test_a_card_says_what_its_alert_rests_on(
    signed_in: FlaskClient, live_alerts: FakeLiveAlerts
) -> None:
    seen = Evidence(2, 4, 0.58, 64.0, 0.4, 12.0)
    live_alerts.messages = [alert_message("p1", "pending", evidence=seen)]
    page = signed_in.get("/alerts").text
    assert "2 of 4 people, 58 % of the way from their rest" in page
    assert "<dt>Indicator</dt>" in page
    (alert,) = listed(signed_in)
    assert (alert["people"], alert["in_view"], alert["turn_deg"]) == (2, 4, 12.0)


def test_of_a_rule_that_counts_people_no_indicator_is_shown(
    signed_in: FlaskClient, live_alerts: FakeLiveAlerts
) -> None:
    seen = Evidence(2, 4, 0.58)
    live_alerts.messages = [alert_message(evidence=seen, counts_people=True)]
    banner, page = signed_in.get("/").text, signed_in.get("/alerts").text
    assert "people risen</span> <strong data-value>up to 2 of 4</strong>" in banner
    assert "<dt>Risen, as many as the rule asks for</dt><dd>62" in page
    live_alerts.messages = [alert_message(counts_people=True)]
    assert "data-figure hidden>" in signed_in.get("/").text
