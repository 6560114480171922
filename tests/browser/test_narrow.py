"""Every page on narrow screens: nothing runs out of it."""

from dataclasses import replace

from playwright.sync_api import Page
from sqlalchemy import update

from tests.browser.live_server import LiveServer
from tests.web.alert_rows import add_alert, add_rules
from tests.web.recorded import START_S, row, write_alert, write_rows
from webapp.storage.database import Database
from webapp.storage.tables import UserRow

RANGE = "camera=demo&from=2026-11-20T13:00:00Z&to=2026-11-20T13:10:00Z"
PAGES = (
    "/",
    "/?camera=demo",
    "/alerts?range=between",
    "/alerts/a1",
    "/admin",
    "/admin/rules/1",
    "/admin/cameras/door/purpose",
    f"/history?page=1&{RANGE}",
    f"/report?{RANGE}",
    "/admin/audit?chain=check",
    "/admin/health",
    "/admin/tokens",
    "/admin/receivers/new/webhook",
    "/admin/papers/assessment",
    "/password",
)
# Phones, where the navigation begins to wrap, a screen of 1440 at 200 %, and two columns.
WIDTHS = (320, 704, 720, 817, 961)


# How far the page and its menu reach, asked at once: each question to the browser takes a while.
EDGES = """() => {
    const menu = document.querySelector("[data-menu] summary").getBoundingClientRect();
    return [document.documentElement.scrollWidth, menu.left, menu.right];
}"""


def test_nothing_runs_out_of_a_narrow_page(
    page: Page, server: LiveServer, database: Database, admin_cookie: None
) -> None:
    add_rules(database)
    second = server.runtime.statuses[1]
    server.runtime.statuses[1] = replace(second, name="a-camera-with-a-name-as-long-as-it-may-b")
    add_alert(database, camera="a-camera-with-a-name-as-long-as-it-may-b")
    write_rows(database, *[row(START_S + 10 * n) for n in range(60)])
    write_alert(database)
    with database.session() as work:
        work.execute(update(UserRow).values(username=UserRow.username + "-of-the-night-shift"))
    for path in PAGES:
        page.goto(path, wait_until="domcontentloaded")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            reaches, left, right = page.evaluate(EDGES)
            assert reaches <= width, (path, width)
            assert 0 <= left < right - 40 <= width - 40, (path, width)
