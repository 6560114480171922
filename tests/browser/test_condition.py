"""The rules of what may be shown, by tables, run where they live: in the browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route

from webapp.config import ROOT

CONDITION = """async ({state, reason, counts, ageS, link, linkAgeS}) => {
    const { conditionOf } = await import("/static/js/condition.js");
    const { Readings } = await import("/static/js/readings.js");
    const readings = new Readings("door", state, 0, reason);
    if (counts) readings.takeCounts({ at: "2026-11-20T14:00:00Z", ...counts }, 1000);
    const nowMs = 1000 + 1000 * ageS;
    return conditionOf(readings, { name: link, sinceMs: nowMs - 1000 * linkAgeS }, nowMs);
}"""
SERIES = """async (rows) => {
    const { Series, toPoint } = await import("/static/js/series.js");
    const series = new Series();
    const at = (second) => new Date(1000 * second).toISOString();
    for (const [second, faces, indicator] of rows)
        series.append(toPoint({ at: at(second), faces, indicator }));
    return [series.columns(), series.summary()];
}"""
READ = {"faces": 3, "indicator": 20}
NOW = {
    "state": "live",
    "reason": "",
    "counts": READ,
    "ageS": 1,
    "link": "connected",
    "linkAgeS": 99,
}


ORIGIN = "http://evenkeel.test"


def answer(route: Route) -> None:
    """Serve our own modules from the disk, and an empty page beside them."""
    path = Path(ROOT, urlsplit(route.request.url).path.lstrip("/"))
    if path.suffix == ".js":
        route.fulfill(path=path, content_type="text/javascript")
    else:
        route.fulfill(body="<!doctype html>", content_type="text/html")


@pytest.fixture(scope="module")
def blank(chromium: Browser) -> Iterator[Page]:
    """An empty page that may import the modules."""
    page = chromium.new_page()
    page.route("**/*", answer)
    page.goto(ORIGIN)
    yield page
    page.close()


@pytest.mark.parametrize(
    ("change", "name", "is_current"),
    [
        ({"counts": None}, "loading", False),
        ({}, "current", True),
        ({"counts": {"faces": 0}}, "empty", False),
        ({"counts": {"faces": None, "suppressed": True}}, "suppressed", False),
        ({"ageS": 5}, "current", True),
        ({"ageS": 6}, "stale", False),
        ({"state": "demo"}, "current", True),
        ({"state": "offline"}, "offline", False),
        ({"state": "connecting"}, "connecting", False),
        ({"state": "paused"}, "paused", False),
        ({"link": "lost", "linkAgeS": 2}, "current", True),
        ({"link": "lost", "linkAgeS": 6}, "lost", False),
        ({"link": "lost", "linkAgeS": 6, "state": "offline"}, "lost", False),
        ({"link": "ended", "linkAgeS": 0}, "ended", False),
    ],
)
def test_condition(blank: Page, change: dict[str, Any], name: str, is_current: bool) -> None:
    condition = blank.evaluate(CONDITION, NOW | change)
    assert (condition["name"], condition["isCurrent"]) == (name, is_current)


@pytest.mark.parametrize(
    ("rows", "columns", "summary"),
    [
        ([], [[], []], "No reading in the last five minutes."),
        ([[1, 0, 0]], [[1], [None]], "No reading in the last five minutes."),
        ([[1, 2, 10], [2, 2, 30]], [[1, 2], [10, 30]], "Lowest 10, mean 20, highest 30"),
        ([[2, 2, 10], [1, 2, 30]], [[2], [10]], "Lowest 10, mean 10, highest 10"),
        ([[1, 2, 10], [9, 2, 10]], [[1, 2, 9], [10, None, 10]], "Lowest 10, mean 10, highest 10"),
    ],
)
def test_series(blank: Page, rows: list[Any], columns: list[Any], summary: str) -> None:
    assert blank.evaluate(SERIES, rows) == [columns, summary]
