"""A real Chromium in front of real gunicorn: sign in, see the picture change, counts arrive."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Faults
from tests.gunicorn_server import PASSWORD, GunicornServer

FIRST_PICTURE_MS = 60_000
# The page's own policy forbids the evaluation that `wait_for_function` needs.
HAS_ARRIVED = """image => new Promise(arrived => {
    const timer = setInterval(() => image.naturalWidth && arrived(clearInterval(timer)), 50)
})"""


@pytest.fixture(scope="module")
def gunicorn(chromium: Browser, tmp_path_factory) -> Iterator[GunicornServer]:
    """The demo, as `make run` serves it."""
    server = GunicornServer(tmp_path_factory.mktemp("gunicorn")).start()
    try:
        yield server.wait_until_ready()
    finally:
        server.kill()


@pytest.fixture
def dashboard(chromium: Browser, gunicorn: GunicornServer) -> Iterator[Page]:
    """The dashboard after signing in through the form; the browser must not complain."""
    context = chromium.new_context()
    page, faults = context.new_page(), Faults()
    faults.watch(page)
    page.goto(gunicorn.url)
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click(no_wait_after=True)
    expect(page.locator("[data-dashboard]")).to_be_visible()
    yield page
    context.close()
    assert not faults


def test_the_picture_changes(dashboard: Page) -> None:
    picture = dashboard.locator("[data-stage] img")
    expect(picture).to_be_visible(timeout=FIRST_PICTURE_MS)
    picture.evaluate(HAS_ARRIVED)
    first = picture.screenshot()
    seen = {first}
    for _ in range(20):
        seen.add(picture.screenshot())
        if len(seen) > 2:
            return
    raise AssertionError("the picture stands still")


def test_the_counts_of_the_demo_arrive(dashboard: Page) -> None:
    people = dashboard.locator("[data-people]")
    expect(people).to_have_text("4", timeout=FIRST_PICTURE_MS)
    expect(dashboard.locator("[data-camera-badge]")).to_contain_text("Demo")
    expect(dashboard.locator("[data-indicator]")).to_have_text(
        re.compile(r"^\d+$"), timeout=FIRST_PICTURE_MS
    )
