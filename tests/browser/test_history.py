"""The history page and the shift report in a real browser."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.conftest import Faults
from tests.browser.live_server import LiveServer
from tests.browser.test_access import violations
from tests.web.recorded import START_S, row, write_alert, write_rows
from webapp.core.limit_words import LimitMark, LimitWords
from webapp.core.messages import LimitsMessage
from webapp.core.scales import SCALE_CHANGED
from webapp.storage.database import Database

TEN_MINUTES = "camera=demo&from=2026-11-20T13:00:00Z&to=2026-11-20T13:10:00Z"
INKED_COLUMNS = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const inked = new Set();
    for (let at = 3; at < data.length; at += 4) if (data[at]) inked.add((at >> 2) % canvas.width);
    return inked.size / canvas.width;
}"""
PRINTED_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")


@pytest.fixture
def recorded(app: Flask, database: Database) -> None:
    """Ten minutes with a gap and an alert, shown in a zone that is not the browser's."""
    app.config["TIME_ZONE"] = ZoneInfo("Asia/Tokyo")
    write_rows(database, *[row(START_S + 10 * n) for n in range(60) if n // 10 != 3])
    write_alert(database)


@pytest.fixture
def open_history(page: Page, admin_cookie: None) -> Callable[[str], Page]:
    """Open the history page with some query and wait for its curves, if it has any."""

    def open_history(query: str) -> Page:
        page.goto(f"/history?{query}", wait_until="domcontentloaded")
        if page.locator("[data-history]").count():
            expect(page.locator("[data-history][data-drawn]")).to_be_visible()
        return page

    return open_history


def test_both_curves_are_drawn_and_follow_the_rule(
    recorded: None, open_history: Callable[[str], Page], server: LiveServer
) -> None:
    page = open_history(TEN_MINUTES)
    for name in ("indicator", "people"):
        chart = page.locator(f"[data-{name}-chart] canvas")
        assert chart.evaluate(INKED_COLUMNS) > 0.8
    expect(page.locator("[data-notice]")).to_be_hidden()
    page.locator("[data-indicator-chart] .u-over").hover(position={"x": 5, "y": 40})
    expect(page.locator("[data-readout]")).to_have_text("22:00:00: 20, highest 30")
    marks = LimitMark(70, "alerts from 70"), LimitMark(40, "ends below 40")
    server.push(LimitsMessage("demo", LimitWords(marks)))
    expect(
        page.get_by_text("Today's rule, as lines: alerts from 70, ends below 40.")
    ).to_be_visible()
    server.push(LimitsMessage("demo", LimitWords((), "Alerts when at least 1 person rises.")))
    expect(page.get_by_text("Alerts when at least 1 person rises.")).to_be_visible()
    expect(page.locator("[data-limits]")).to_be_hidden()


def test_the_curve_breaks_where_the_scale_changed(
    database: Database, page: Page, open_history: Callable[[str], Page]
) -> None:
    write_rows(database, *[row(START_S + 10 * n, scale=1 + n // 30) for n in range(60)])
    write_alert(database, after_s=300.0)
    page.set_viewport_size({"width": 360, "height": 780})
    open_history(TEN_MINUTES)
    mark = page.get_by_text("scale changed", exact=True)
    expect(mark).to_be_visible()
    expect(mark).to_have_attribute("title", SCALE_CHANGED)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert violations(page) == []


def test_the_keyboard_reaches_the_alerts(
    recorded: None, open_history: Callable[[str], Page]
) -> None:
    page = open_history(TEN_MINUTES)
    mark = page.get_by_role("link", name="Alert: =Anger lasts (angry, highest 67)")
    mark.focus()
    expect(mark.locator(".alert-words")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#alert-a1$"))


def test_a_dragged_stretch_is_opened(recorded: None, open_history: Callable[[str], Page]) -> None:
    page = open_history(TEN_MINUTES)
    box = page.locator("[data-indicator-chart] .u-over").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 40, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile("13%3A05|13:05"), wait_until="domcontentloaded")
    query = parse_qs(urlsplit(page.url).query)
    assert query["camera"] == ["demo"]
    assert query["from"][0].startswith("2026-11-20T13:0")
    assert query["to"][0].startswith("2026-11-20T13:07:0")


def test_curves_that_do_not_load_say_so(
    recorded: None, page: Page, admin_cookie: None, faults: Faults
) -> None:
    refusal = {"message": "The database is locked by another program; try again in a moment."}
    page.route("**/api/history?*", lambda route: route.fulfill(status=503, json=refusal))
    page.goto(f"/history?{TEN_MINUTES}", wait_until="domcontentloaded")
    expect(page.locator("[data-notice]")).to_contain_text("The database is locked")
    faults.forgive("Failed to load resource")


def test_axe_finds_nothing(
    recorded: None, database: Database, page: Page, open_history: Callable[[str], Page]
) -> None:
    # So close to the first that both share a mark with their number.
    write_alert(database, "a2", 61.0)
    open_history(f"{TEN_MINUTES}&page=1")
    expect(page.get_by_role("link", name="2 alerts: =Anger lasts")).to_have_text(re.compile("^2"))
    assert violations(page) == []
    open_history("camera=door")
    expect(page.get_by_text("Nothing is recorded yet")).to_be_visible()
    assert violations(page) == []
    page.goto(f"/report?{TEN_MINUTES}", wait_until="domcontentloaded")
    assert violations(page) == []


@pytest.mark.parametrize("path", ["/history", "/report"])
def test_a_phone_needs_no_sideways_scrolling(
    recorded: None, server: LiveServer, page: Page, admin_cookie: None, path: str
) -> None:
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto(f"{path}?{TEN_MINUTES}", wait_until="domcontentloaded")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_shift_is_one_sheet_of_paper(
    database: Database, page: Page, admin_cookie: None, tmp_path: Any
) -> None:
    write_rows(database, *[row(START_S + 60 * n, scale=1 + n // 30) for n in range(60)])
    for number in range(10):
        write_alert(database, f"a{number}", 300.0 * number)
    query = "camera=demo&from=2026-11-20T13:00:00Z&to=2026-11-20T21:00:00Z"
    page.goto(f"/report?{query}", wait_until="domcontentloaded")
    printed = page.pdf(prefer_css_page_size=True)
    assert len(PRINTED_PAGE.findall(printed)) == 1
