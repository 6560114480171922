"""Tests of /report and of its curve."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.recorded import RULE, START, START_S, row, write_alert, write_rows
from webapp.core.scales import SCALE_CHANGED
from webapp.storage.alerts import comment
from webapp.storage.audit import list_entries
from webapp.storage.database import Database
from webapp.web.pages import history_view, report
from webapp.web.pages.curve import NARROW, Box, Span, draw_curve, numbers
from webapp.web.pages.history_view import load_view
from webapp.web.pages.ranges import TimeRange, utc_iso
from webapp.web.pages.report import recent_shifts

ROME = ZoneInfo("Europe/Rome")
NOW = START + timedelta(hours=1)
SHIFT = "from=2026-11-20T14:00&to=2026-11-20T22:00"
TEN_MINUTES = TimeRange(START, START + timedelta(minutes=10))


@pytest.fixture(autouse=True)
def at_two(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    """It is 14:00 UTC, 15:00 in Rome, where the pages are read."""
    monkeypatch.setattr(report, "utc_now", lambda: NOW)
    app.config["TIME_ZONE"] = ROME


def test_it_works(signed_in: FlaskClient, database: Database) -> None:
    write_rows(database, *[row(START_S + 10 * n) for n in range(6)])
    write_alert(database)
    page = signed_in.get(f"/report?camera=demo&{SHIFT}").text
    assert "Fri 20 Nov 2026, 14:00 to 22:00" in page
    assert "<polyline" in page
    with database.session() as work:
        (entry,) = list_entries(work)
    assert (entry.action, entry.details["camera"]) == ("report opened", "demo")
    assert "=Anger lasts" in page
    assert "mira acknowledged: on my way" in page
    assert "tom answered: nothing was the matter" in page
    assert "tom: &lt;b&gt;talked&lt;/b&gt; to both" in page
    assert "never a fact about a person" in page
    assert "58 min" in page, "the rest of the shift so far is time without data"


def test_who_acknowledged_is_shown_however_much_was_remarked(
    signed_in: FlaskClient, database: Database
) -> None:
    write_alert(database)
    with database.session() as session:
        for number in range(5):
            comment(session, "a1", "tom", f"remark {number}", START + timedelta(seconds=number))
    page = signed_in.get(f"/report?camera=demo&{SHIFT}").text
    assert "mira acknowledged: on my way" in page
    assert "remark 0" in page and "remark 4" not in page
    assert "more remarks; the alerts page lists them" in page


def test_a_shift_without_anything(signed_in: FlaskClient) -> None:
    page = signed_in.get(f"/report?{SHIFT}").text
    assert "Nothing was recorded in this time" in page
    assert "None fired" in page
    assert "<polyline" not in page


def test_every_alert_of_the_shift_is_listed_as_long_as_the_other_pages_say(
    signed_in: FlaskClient, database: Database
) -> None:
    for number in range(18):
        write_alert(database, f"a{number}", 60.0 * number)
    page = signed_in.get(f"/report?{SHIFT}").text
    assert page.count("mira acknowledged") == 18
    assert re.search(r">13:59:45</time> . <time[^>]*>14:00:30</time>, 45 s", page)
    assert "<dt>Lasted</dt><dd>45 s</dd>" in signed_in.get("/alerts").text
    assert re.search(
        r">20 Nov, 13:59:45</time>.*?<td>45 s</td>", signed_in.get(f"/history?{SHIFT}").text, re.S
    )


def test_more_alerts_than_are_read_are_counted_and_the_newest_listed(
    signed_in: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_view, "MOST_ALERTS", 3)
    write_rows(database, *[row(START_S + 10 * n) for n in range(6)])
    for number in range(5):
        write_alert(database, f"a{number}", 60.0 * number)
    page = signed_in.get(f"/report?{SHIFT}").text
    assert "<dt>Alerts</dt><dd>5</dd>" in page
    listed = re.findall(r"</strong> \(.*?\), .*?>(\d\d:\d\d:\d\d)</time>", page)
    assert listed == ["14:01:45", "14:02:45", "14:03:45"]
    assert "Only the newest 3 are listed" in page
    history = signed_in.get(f"/history?{SHIFT}").text
    assert "Only the newest 3 are listed" in history


@pytest.mark.parametrize(
    ("query", "code", "expected"),
    [
        ("camera=cellar", 404, "no camera"),
        ("from=2026-11-20T14:00&to=2026-11-20T13:00", 400, "expected a time before"),
        ("from=soon", 400, "expected an ISO 8601 time"),
    ],
)
def test_it_refuses(signed_in: FlaskClient, query: str, code: int, expected: str) -> None:
    answer = signed_in.get(f"/report?{query}")
    assert answer.status_code == code
    assert expected in answer.text


def test_the_last_shifts_are_offered() -> None:
    shifts = recent_shifts(NOW, ROME)
    assert [shift.label for shift in shifts] == [
        *("Fri 14:00 to 22:00", "Fri 06:00 to 14:00", "Thu 22:00 to 06:00", "Thu 14:00 to 22:00")
    ]
    assert utc_iso(shifts[0].range.start) == "2026-11-20T13:00:00Z"


def test_a_night_shift_is_as_long_as_the_clocks_make_it() -> None:
    after = datetime(2026, 10, 25, 12, tzinfo=UTC)
    night = next(shift for shift in recent_shifts(after, ROME) if "22:00 to" in shift.label)
    assert night.range.length == timedelta(hours=9)


def test_the_curve_stays_in_its_box_and_breaks_at_gaps(database: Database) -> None:
    write_rows(
        database,
        row(START_S, indicator=0.0),
        row(START_S + 10, indicator=90.0),
        row(START_S + 20, faces=0.0),
        row(START_S + 590, indicator=50.0),
    )
    write_alert(database, after_s=595.0)
    with database.session() as session:
        curve = draw_curve(load_view(session, "demo", TEN_MINUTES, ROME, NOW), ROME)
    corners = [[tuple(map(float, c.split(","))) for c in line.split()] for line in curve.lines]
    assert [len(line) for line in corners] == [4, 2]
    box = curve.box
    assert corners[0][0] == (box.left, box.bottom)
    assert corners[1][-1] == (box.right, (box.top + box.bottom) / 2)
    tops = [float(corner.split(",")[1]) for band in curve.bands for corner in band.split()]
    assert min(tops) == box.top
    assert [round(gap.width / (box.right - box.left), 2) for gap in curve.gaps] == [0.93]
    assert [number.label for number in curve.numbers] == ["1"]
    assert curve.alerts[0].x + curve.alerts[0].width <= box.right + 2


def test_the_curve_breaks_and_is_marked_where_the_scale_changed(
    signed_in: FlaskClient, database: Database
) -> None:
    write_rows(database, row(START_S, scale=1), row(START_S + 10, scale=1), row(START_S + 60))
    with database.session() as session:
        curve = draw_curve(load_view(session, "demo", TEN_MINUTES, ROME, NOW), ROME)
    assert [len(line.split()) for line in curve.lines] == [4, 2]
    assert curve.scale_changes == [float(curve.lines[1].split(",")[0])]
    page = signed_in.get(f"/report?camera=demo&{SHIFT}").text
    # In the curve for a wide page and in that for a phone.
    assert page.count(">scale changed</text>") == page.count(f"<title>{SCALE_CHANGED}</title>") == 2


@pytest.mark.parametrize(
    ("xs", "labels"),
    [
        ([], []),
        ([30, 42], ["1", "2"]),
        ([30, 40, 100], ["1-2", "3"]),
        ([30, 40, 60, 61, 100], ["1-2", "3-4", "5"]),
        ([30, 40, 50, 60, 100], ["1-3", "4", "5"]),
        ([30, 720, 751], ["1", "2", "3"]),
        ([30, 730, 740, 750, 751, 752], ["1", "2-6"]),
        ([10.0 * n for n in range(12)], ["1-3", "4-6", "7-9", "10-12"]),
    ],
)
def test_numbers_that_would_overlap_share_a_label(xs: list[float], labels: list[str]) -> None:
    placed = numbers([Span(x, 2.0) for x in xs], right=752)
    assert [number.label for number in placed] == labels
    assert all(number.x + number.width <= 752 for number in placed)
    ends = [number.x + number.width for number in placed]
    assert all(end < after.x for end, after in zip(ends, placed[1:], strict=False))


def test_a_phone_gets_a_curve_of_its_own_width(database: Database) -> None:
    write_rows(database, row(START_S), row(START_S + 590))
    with database.session() as session:
        view = load_view(session, "demo", TEN_MINUTES, ROME, NOW)
    curve = draw_curve(view, ROME, Box(NARROW))
    assert curve.lines[-1].endswith(f"{NARROW - 8}.0,162.8")
    assert [tick.label for tick in curve.hours] == ["14:00", "14:05", "14:10"]


def test_an_outage_is_hatched_and_not_tinted_like_an_alert(
    signed_in: FlaskClient, database: Database
) -> None:
    write_rows(database, row(START_S), row(START_S + 590))
    write_alert(database, rule=replace(RULE, kind="no_data"))
    page = signed_in.get(f"/report?{SHIFT}").text
    assert 'class="curve-number"' in page
    assert 'class="curve-alert"' not in page


@pytest.mark.parametrize(
    ("start", "hours", "labels"),
    [
        ("2026-11-20T13:10:00+00:00", 8, ["15:00", "16:00", "17:00"]),
        ("2026-11-20T21:00:00+00:00", 8, ["22:00", "23:00", "21 Nov", "01:00"]),
        ("2026-10-24T22:00:00+00:00", 5, ["25 Oct", "01:00", "02:00", "02:00", "03:00", "04:00"]),
        ("2026-10-25T00:30:00+00:00", 1, ["02:30", "02:40", "02:50", "02:00", "02:10", "02:20"]),
        ("2026-03-29T00:00:00+00:00", 4, ["01:00", "01:30", "03:00", "03:30", "04:00"]),
        ("2026-11-01T00:00:00+00:00", 24 * 30, ["5 Nov", "12 Nov", "19 Nov", "26 Nov"]),
    ],
)
def test_the_time_axis_has_round_local_times(
    database: Database, start: str, hours: int, labels: list[str]
) -> None:
    begin = datetime.fromisoformat(start)
    wanted = TimeRange(begin, begin + timedelta(hours=hours))
    with database.session() as session:
        curve = draw_curve(load_view(session, "demo", wanted, ROME, NOW), ROME)
    assert [tick.label for tick in curve.hours][: len(labels)] == labels
    assert len(curve.hours) <= 10
