"""A real Chromium in front of real gunicorn: sign in, see the picture change, counts arrive."""

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Faults
from tests.browser.test_access import violations
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


def test_a_camera_is_tested_masked_renamed_and_removed_while_another_streams(
    dashboard: Page, gunicorn: GunicornServer
) -> None:
    session = gunicorn.sign_in()
    (before,) = _cameras(gunicorn, session)
    with closing(session.get(f"{gunicorn.url}/stream/demo.mjpg", stream=True, timeout=10)) as seen:
        pictures = seen.iter_content(1024)
        assert next(pictures)
        _set_up_a_camera(dashboard, gunicorn.url)
        assert next(pictures)
    (after,) = _cameras(gunicorn, session)
    assert (after["name"], after["since"]) == (before["name"], before["since"])


def _cameras(gunicorn: GunicornServer, session: requests.Session) -> list[dict[str, Any]]:
    answer = session.get(f"{gunicorn.url}/api/cameras", timeout=10)
    return answer.json()["cameras"]


def _set_up_a_camera(page: Page, url: str) -> None:
    page.goto(f"{url}/admin/cameras/new")
    page.get_by_label("Source").fill("demo")
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text("It gives pictures of 960")).to_be_visible()
    page.get_by_label("Name").fill("Gate")
    page.get_by_role("button", name="Draw an area").click()
    drawn = page.locator("[data-picture]")
    for x, y in ((10, 10), (200, 10), (200, 100)):
        drawn.click(position={"x": x, "y": y})
    page.get_by_role("button", name="Finish the area").click()
    expect(drawn.locator("polygon")).to_have_count(1)
    assert violations(page) == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 area masked")).to_be_visible()
    page.get_by_role("link", name="Edit Gate").click()
    page.get_by_label("Name").fill("East gate")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="East gate", exact=True)).to_have_attribute(
        "href", "/?camera=Gate"
    )
    assert violations(page) == []
    page.get_by_role("link", name="Edit East gate").click()
    page.get_by_text("Remove this camera").click()
    page.get_by_role("button", name="Remove the camera for good").click()
    expect(page.get_by_text("is removed; its history and alerts stay")).to_be_visible()
