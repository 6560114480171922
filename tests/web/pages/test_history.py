"""Tests of /history, /api/history and the exports."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.fakes import FakeLiveAlerts
from tests.web.recorded import START, START_S, row, write_alert, write_rows
from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Limits
from webapp.core.pauses import Pause
from webapp.storage.audit import list_entries
from webapp.storage.database import Database
from webapp.storage.pauses import pause_camera, resume_camera
from webapp.web.pages import history, ranges
from webapp.web.pages.history_view import load_view
from webapp.web.pages.ranges import TimeRange, requested_range
from webapp.web.services import services_of

ROME = ZoneInfo("Europe/Rome")
NOW = START + timedelta(hours=1)
TEN_MINUTES = "from=2026-11-20T13:00:00Z&to=2026-11-20T13:10:00Z"
PROGRAM = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def at_two(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    """It is 14:00 UTC, 15:00 in Rome, where the pages are read."""
    monkeypatch.setattr(history, "utc_now", lambda: NOW)
    app.config["TIME_ZONE"] = ROME


@pytest.fixture
def recorded(database: Database) -> None:
    """Four rows: two with faces, one of nobody, one without data; then nothing for a while."""
    write_rows(
        database,
        row(START_S),
        row(START_S + 10, faces=4.0, indicator=50.0),
        row(START_S + 20, faces=0.0),
        row(START_S + 30, data_s=0.0, faces=0.0),
        row(START_S + 540),
    )
    write_alert(database)


def points_of(client: FlaskClient, query: str = TEN_MINUTES) -> list[dict[str, Any]]:
    answer = client.get(f"/api/history?{query}")
    assert answer.status_code == 200, answer.text
    points: list[dict[str, Any]] = answer.get_json()["points"]
    return points


@pytest.mark.usefixtures("recorded")
def test_the_limits_of_today_s_rule_are_said(
    signed_in: FlaskClient, live_alerts: FakeLiveAlerts
) -> None:
    limits = Limits(15, 10, 15, 5)
    rule = AlertRule(1, "All", RuleKind.EXPRESSION, limits, expressions=("angry", "fear"))
    live_alerts.watched_rules = [rule]
    assert (
        'data-limit="15">alerts from 15 for 15 s<' in signed_in.get(f"/history?{TEN_MINUTES}").text
    )


@pytest.mark.usefixtures("recorded")
class TestApi:
    def test_it_works(self, signed_in: FlaskClient) -> None:
        payload = signed_in.get(f"/api/history?camera=demo&{TEN_MINUTES}").get_json()
        assert payload["camera"] == "demo"
        assert (payload["from"], payload["to"]) == ("2026-11-20T13:00:00Z", "2026-11-20T13:10:00Z")
        assert payload["span_s"] == 10
        assert payload["classes"] == ["angry", "=happy", "uncertain"]
        assert payload["points"][1] == {
            "at": "2026-11-20T13:00:10Z",
            "until": "2026-11-20T13:00:20Z",
            "faces": 4.0,
            "faces_max": 5,
            "counts": {"angry": 4.0, "=happy": 0.0, "uncertain": 0.0},
            "indicator": 50.0,
            "indicator_max": 60.0,
            "no_data": 0.0,
            "scale": 2,
        }
        assert payload["alerts"] == [
            {
                "id": "a1",
                "camera": "demo",
                "rule": "=Anger lasts",
                "rule_id": 1,
                "kind": "expression",
                "expressions": ["angry"],
                "state": "resolved",
                "since": "2026-11-20T13:00:45+00:00",
                "fired_at": "2026-11-20T13:01:00+00:00",
                "resolved_at": "2026-11-20T13:01:30+00:00",
                "value": 10.0,
                "peak": 66.6,
                "reason": "",
                "people": 0,
                "in_view": 0,
                "rise": 0.0,
                "face_px": None,
                "sharpness": None,
                "turn_deg": None,
                "counts_people": False,
                "advice": "",
                "url": "/alerts/a1",
                "acknowledged": {"by": "mira", "at": "2026-11-20T13:01:05+00:00"},
                "answer": "was_not",
            }
        ]
        assert payload["alert_count"] == 1

    def test_nobody_and_nothing_differ(self, signed_in: FlaskClient) -> None:
        nobody, unknown, missing = points_of(signed_in)[2:5]
        assert (nobody["faces"], nobody["indicator"], nobody["no_data"]) == (0.0, None, 0.0)
        assert (unknown["faces"], unknown["counts"], unknown["no_data"]) == (None, None, 1.0)
        assert missing["at"] == "2026-11-20T13:00:40Z"
        assert missing["until"] == "2026-11-20T13:09:00Z", "one long span"
        assert (missing["faces"], missing["no_data"]) == (None, 1.0)

    def test_what_is_not_written_yet_is_not_missing(
        self, signed_in: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(history, "utc_now", lambda: START + timedelta(seconds=555))
        assert points_of(signed_in)[-1]["at"] == "2026-11-20T13:09:00Z"

    @pytest.mark.parametrize(("points", "most", "span_s"), [("", 500, 10), ("points=3", 3, 300)])
    def test_points_are_limited(
        self, signed_in: FlaskClient, points: str, most: int, span_s: int
    ) -> None:
        payload = signed_in.get(f"/api/history?{TEN_MINUTES}&{points}").get_json()
        assert len(payload["points"]) <= most
        assert payload["span_s"] == span_s

    def test_by_default_the_last_hour_of_the_first_camera(self, signed_in: FlaskClient) -> None:
        payload = signed_in.get("/api/history").get_json()
        assert (payload["camera"], payload["from"]) == ("demo", "2026-11-20T13:00:00Z")
        assert payload["points"][0]["at"] == payload["from"]

    def test_times_without_offset_are_local(self, signed_in: FlaskClient) -> None:
        local = points_of(signed_in, "from=2026-11-20T14:00&to=2026-11-20T14:10")
        assert local == points_of(signed_in)

    def test_a_camera_of_the_past_and_a_server_without_cameras(
        self, app: Flask, signed_in: FlaskClient, database: Database
    ) -> None:
        write_rows(database, row(START_S), camera="shed")
        services_of(app).runtime = None
        assert len(points_of(signed_in, f"camera=shed&{TEN_MINUTES}")) == 2

    @pytest.mark.parametrize(
        ("query", "code", "expected"),
        [
            ("camera=cellar", 404, "no camera"),
            ("from=yesterday", 400, "from: expected an ISO 8601 time"),
            ("to=1763640000", 400, "to: expected an ISO 8601 time"),
            ("from=0001-01-01", 400, "from: expected an ISO 8601 time"),
            ("to=2200-01-01", 400, "to: expected an ISO 8601 time"),
            ("from=2026-11-20T13:01:00Z&to=2026-11-20T13:00:00Z", 400, "before `to`"),
            ("from=2026-11-20T13:01:00Z&to=2026-11-20T13:01:00Z", 400, "before `to`"),
            ("from=2026-11-21T13:00:00Z", 400, "before `to`"),
            ("range=decade", 400, "range: expected one of hour"),
            ("points=1", 400, "points: expected a whole number from 2 to 500"),
            ("points=501", 400, "points: expected"),
            ("points=many", 400, "points: expected"),
            ("points=%C2%B2", 400, "points: expected"),
        ],
    )
    def test_it_refuses(self, signed_in: FlaskClient, query: str, code: int, expected: str) -> None:
        answer = signed_in.get(f"/api/history?{query}", headers=PROGRAM)
        assert answer.status_code == code
        assert expected in answer.get_json()["message"]


def test_without_records(signed_in: FlaskClient) -> None:
    assert points_of(signed_in) == []


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-20T14:00", "2026-11-20T13:00:00Z"),
        ("2026-11-20T14:00+02:00", "2026-11-20T12:00:00Z"),
        ("2026-11-20T14:00 02:00", "2026-11-20T12:00:00Z"),
        ("2026-11-20 14:00", "2026-11-20T13:00:00Z"),
        ("2026-11-20", "2026-11-19T23:00:00Z"),
        ("2026-10-25T02:30", "2026-10-25T00:30:00Z"),
        ("2026-10-25T03:00", "2026-10-25T02:00:00Z"),
        ("2026-03-29T02:30", "2026-03-29T01:30:00Z"),
        ("2026-03-29T03:30", "2026-03-29T01:30:00Z"),
    ],
)
def test_wall_clock_times_also_where_clocks_are_changed(text: str, utc: str) -> None:
    now = datetime(2027, 1, 1, tzinfo=UTC)
    wanted = requested_range({"from": text}, ROME, now)
    assert ranges.utc_iso(wanted.start) == utc


@pytest.mark.usefixtures("recorded")
class TestPage:
    def test_it_works(self, signed_in: FlaskClient) -> None:
        page = signed_in.get(f"/history?{TEN_MINUTES}").text
        assert "Fri 20 Nov 2026, 14:00 to 14:10" in page
        assert 'title="2026-11-20 13:00:10 UTC">14:00:10</time>' in page
        assert "no data until" in page
        assert "=Anger lasts" in page
        assert 'aria-current="page"' in page

    def test_every_row_is_on_some_page(self, signed_in: FlaskClient, database: Database) -> None:
        write_rows(database, *[row(START_S + 600 + 10 * n) for n in range(120)])
        query = "from=2026-11-20T13:10:00Z&to=2026-11-20T13:30:00Z"
        seen = 0
        for number in (1, 2, 3):
            page = signed_in.get(f"/history?{query}&page={number}").text
            assert f"Page {number} of 3" in page
            assert "<details open>" in page
            seen += page.count('<th scope="row">')
        assert seen == 120
        assert "Page 3 of 3" in signed_in.get(f"/history?{query}&page=99").text

    def test_earlier_and_later_lead_to_the_neighbours(self, signed_in: FlaskClient) -> None:
        page = signed_in.get(f"/history?{TEN_MINUTES}").text
        assert "from=2026-11-20T12:50:00Z&amp;to=2026-11-20T13:00:00Z" in page
        assert "from=2026-11-20T13:10:00Z&amp;to=2026-11-20T13:20:00Z" in page
        assert 'rel="next"' not in signed_in.get("/history").text, "later is the future"

    def test_a_wrong_range_is_shown_beside_what_was_typed(self, signed_in: FlaskClient) -> None:
        answer = signed_in.get("/history?camera=demo&from=2026-11-20T14:00&to=2026-11-19T14:00")
        assert answer.status_code == 400
        assert "expected a time before" in answer.text
        assert 'value="2026-11-19T14:00"' in answer.text


@pytest.mark.parametrize(
    ("query", "records", "expected"),
    [
        ("", (), "Nothing is recorded yet"),
        (TEN_MINUTES, (START_S - 7200,), "Nothing was recorded in this range"),
        ("from=2026-01-01&to=2026-01-02", (START_S,), "Too long ago"),
        ("from=2026-12-01&to=2026-12-02", (START_S,), "has not begun"),
    ],
)
def test_empty_states(
    signed_in: FlaskClient, database: Database, query: str, records: tuple[int, ...], expected: str
) -> None:
    write_rows(database, *[row(start_s) for start_s in records])
    page = signed_in.get(f"/history?camera=demo&{query}").text
    assert expected in page
    assert ("Show the newest records" in page) == bool(records)
    assert "data-history" not in page


def test_what_is_deleted_already_is_shown(signed_in: FlaskClient, database: Database) -> None:
    write_rows(database, row(START_S))
    assert "kept for 90 days" in signed_in.get("/history?range=year").text
    assert "kept for 90 days" not in signed_in.get("/history?range=month").text


@pytest.mark.usefixtures("recorded")
class TestExports:
    def lines(self, client: FlaskClient) -> Iterator[list[str]]:
        answer = client.get(f"/history/export.csv?{TEN_MINUTES}")
        assert answer.content_type == "text/csv; charset=utf-8"
        disposition = answer.headers["Content-Disposition"]
        assert "evenkeel-demo-20261120T130000Z-20261120T131000Z.csv" in disposition
        return csv.reader(io.StringIO(answer.text))

    def test_csv_holds_what_is_shown(self, signed_in: FlaskClient) -> None:
        header, first, *rest = self.lines(signed_in)
        assert first == [
            *("2026-11-20T13:00:00Z", "2026-11-20T13:00:10Z", "2026-11-20T14:00:00+01:00"),
            *("demo", "2.0", "3", "2.0", "0.0", "0.0", "20.0", "30.0", "0.0", "", "", "2"),
        ]
        (alerted,) = [line for line in rest if line[-3]]
        assert alerted[-3:] == ["'=Anger lasts", "was_not", ""], "nobody knows of what scale"
        assert header[:3] == ["from_utc", "until_utc", "from_local"]
        assert len([first, *rest]) == len(points_of(signed_in))

    def test_csv_cells_are_no_formulas(self, signed_in: FlaskClient) -> None:
        cells = [cell for line in self.lines(signed_in) for cell in line]
        assert "'=happy" in cells
        assert "'=Anger lasts" in cells, "the alert stands in the line of its time"
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]

    def test_json_holds_what_the_api_returns(self, signed_in: FlaskClient) -> None:
        answer = signed_in.get(f"/history/export.json?{TEN_MINUTES}")
        assert json.loads(answer.text) == signed_in.get(f"/api/history?{TEN_MINUTES}").get_json()
        assert answer.headers["Content-Disposition"].startswith("attachment")

    def test_it_is_noted_who_took_what(self, signed_in: FlaskClient, database: Database) -> None:
        signed_in.get(f"/history/export.csv?{TEN_MINUTES}")
        with database.session() as session:
            (entry,) = list_entries(session)
        assert (entry.author, entry.action) == ("admin", "history exported")
        assert entry.details == {
            "camera": "demo",
            "format": "csv",
            "from": "2026-11-20T13:00:00Z",
            "to": "2026-11-20T13:10:00Z",
        }

    def test_another_form_is_refused(self, signed_in: FlaskClient, database: Database) -> None:
        assert signed_in.get("/history/export.xlsx").status_code == 404
        with database.session() as session:
            assert list_entries(session) == []


OLD, NEW = "how probable the watched expressions are", "clearly beyond their own resting face"


class TestScales:
    """Two old rows, nobody, and two new ones."""

    @pytest.fixture
    def both(self, database: Database) -> None:
        write_rows(
            database,
            row(START_S, scale=1, indicator=70.0),
            row(START_S + 10, scale=1, indicator=90.0),
            row(START_S + 20, faces=0.0),
            row(START_S + 30, indicator=10.0),
            row(START_S + 40, indicator=30.0),
        )

    def test_every_point_tells_its_scale(self, signed_in: FlaskClient, both: None) -> None:
        points = points_of(signed_in)
        assert [point["scale"] for point in points] == [1, 1, None, 2, 2, None]
        answer = signed_in.get(f"/history/export.csv?{TEN_MINUTES}")
        lines = list(csv.DictReader(io.StringIO(answer.text)))
        assert [line["scale"] for line in lines] == ["1", "1", "", "2", "2", ""]

    def test_a_summary_is_of_the_present_scale_alone(self, database: Database, both: None) -> None:
        ten = TimeRange(START, START + timedelta(minutes=10))
        with database.session() as session:
            view = load_view(session, "demo", ten, ROME, NOW)
        assert view.scale_changes == [START + timedelta(seconds=30)]
        assert (view.summary.indicator, view.summary.indicator_max) == (20.0, 40.0)
        assert view.summary.highest_at == START + timedelta(seconds=40)
        assert view.summary.faces == 1.6, "all else is of all rows"

    @pytest.mark.parametrize("path", ["/history", "/report"])
    def test_a_page_says_what_the_indicator_meant_where_old_rows_are_in_view(
        self, signed_in: FlaskClient, both: None, path: str
    ) -> None:
        page = signed_in.get(f"{path}?{TEN_MINUTES}").text
        assert page.count("<small>new scale</small>") == 2
        assert "The scale changed on" in page and OLD in page and NEW in page
        new = signed_in.get(f"{path}?from=2026-11-20T13:00:30Z&to=2026-11-20T13:10:00Z").text
        assert NEW in new and "scale changed on" not in new and "scale</small>" not in new
        old = signed_in.get(f"{path}?from=2026-11-20T13:00:00Z&to=2026-11-20T13:00:20Z").text
        assert old.count("<small>earlier scale</small>") == 2
        assert "from before the scale changed" in old and OLD in old

    def test_the_table_is_divided(self, signed_in: FlaskClient, both: None) -> None:
        rows = signed_in.get(f"/history?{TEN_MINUTES}").text.split("<tr")
        (divider,) = [place for place, line in enumerate(rows) if "Scale changed." in line]
        assert "14:00:20" in rows[divider - 1]
        assert "14:00:30" in rows[divider + 1]


def test_an_open_alert_does_not_reach_into_a_range_to_come(database: Database) -> None:
    write_alert(database, is_over=False)
    ahead = TimeRange(START + timedelta(days=1), START + timedelta(days=2))
    with database.session() as session:
        assert load_view(session, "demo", ahead, ROME, START + timedelta(hours=1)).alerts == []


@pytest.mark.parametrize("path", ["/history", "/api/history", "/report"])
def test_the_longest_range_there_is(signed_in: FlaskClient, database: Database, path: str) -> None:
    write_rows(database, row(START_S))
    answer = signed_in.get(f"{path}?camera=demo&from=1970-01-01&to=2199-12-31")
    assert answer.status_code == 200


@pytest.mark.usefixtures("recorded")
def test_a_gap_says_who_had_paused_the_camera_and_why(
    signed_in: FlaskClient, database: Database
) -> None:
    since, until = START + timedelta(seconds=40), START + timedelta(minutes=8)
    with database.session() as work:
        pause_camera(work, Pause("demo", since, "mira", "lens is cleaned"))
        resume_camera(work, "demo", "tom", until)
    answer = signed_in.get(f"/api/history?{TEN_MINUTES}").get_json()
    times = {"at": "2026-11-20T13:00:40Z", "until": "2026-11-20T13:08:00Z"}
    assert answer["pauses"] == [{**times, "by": "mira", "reason": "lens is cleaned"}]
    page = signed_in.get(f"/history?{TEN_MINUTES}").text
    assert "Paused once in this range" in page and "by mira: lens is cleaned" in page
    assert "Paused" not in signed_in.get("/history?from=2026-11-20T12:00&to=2026-11-20T13:00").text
