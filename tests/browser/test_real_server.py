"""A real Chromium in front of real gunicorn: sign in, see the picture change, counts arrive."""

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import cv2
import pytest
import requests
import simple_websocket
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Faults
from tests.browser.test_access import violations
from tests.gunicorn_server import PASSWORD, GunicornServer
from tests.patience import PATIENCE_S
from webapp.demo import CLIP

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
    expect(page.get_by_role("link", name="Alerts")).to_be_visible()
    page.goto(f"{gunicorn.url}/?camera=demo")
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
    with closing(
        session.get(f"{gunicorn.url}/stream/demo.mjpg", stream=True, timeout=PATIENCE_S)
    ) as seen:
        pictures = seen.iter_content(1024)
        assert next(pictures)
        _set_up_a_camera(dashboard, gunicorn.url)
        assert next(pictures)
    (after,) = _cameras(gunicorn, session)
    assert (after["name"], after["since"]) == (before["name"], before["since"])


def _cameras(gunicorn: GunicornServer, session: requests.Session) -> list[dict[str, Any]]:
    answer = session.get(f"{gunicorn.url}/api/cameras", timeout=PATIENCE_S)
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


def test_three_people_join_a_room_and_their_faces_are_counted(
    dashboard: Page, chromium: Browser, gunicorn: GunicornServer
) -> None:
    link = _make_a_room(dashboard, gunicorn.url)
    people = [_join(chromium, link) for _ in range(3)]
    for page in people:
        expect(page.locator("[data-reading]")).to_contain_text("%", timeout=FIRST_PICTURE_MS)
    assert violations(people[0]) == []
    dashboard.goto(f"{gunicorn.url}/?camera=Class")
    expect(dashboard.locator("[data-people]")).to_have_text("12")
    people[0].get_by_role("button", name="Stop").click()
    expect(dashboard.locator("[data-people]")).to_have_text("8")
    # A tab that is closed stops at once, too.
    people[1].close()
    expect(dashboard.locator("[data-people]")).to_have_text("4")
    slow = simple_websocket.Client(f"{link.replace('http', 'ws', 1)}/pictures")
    slow.send(_demo_picture())
    expect(dashboard.locator("[data-people]")).to_have_text("8")
    # A line that stalls: what it last gave stands for nobody any more, and harms nobody.
    expect(dashboard.locator("[data-people]")).to_have_text("4")
    slow.close()
    dashboard.goto(f"{gunicorn.url}/admin/cameras/Class/edit")
    assert violations(dashboard) == []
    dashboard.get_by_role("button", name="End this link").click()
    expect(people[2].locator("[data-reason]")).to_have_text(re.compile("ended by who runs"))
    again = people[2].context.new_page()
    again.goto(link)
    expect(again.get_by_text("This link lets nobody in")).to_be_visible()
    for page in people:
        page.context.close()


def _make_a_room(page: Page, url: str) -> str:
    page.goto(f"{url}/admin/cameras")
    page.get_by_role("link", name="Add a room").click()
    page.get_by_label("Name").fill("Class")
    page.get_by_label("Source").fill("browser 4")
    page.get_by_role("button", name="Save").click()
    _state_the_purpose(page)
    page.get_by_role("link", name="Edit Class").click()
    page.get_by_label("Who watches").fill("The teachers")
    page.get_by_role("button", name="Make a link").click()
    return page.get_by_label("The new link").input_value()


def _state_the_purpose(page: Page) -> None:
    """Fill in the form to which a new room leads, and which says what is proposed."""
    expect(page.get_by_text("This camera is off because no purpose is stated.")).to_be_visible()
    shown = page.get_by_label("Shows").locator("option").first
    page.get_by_label("Safety").check()
    expect(shown).to_have_text("As proposed: people whose faces are made unrecognisable")
    assert violations(page) == []
    page.get_by_label("Demonstration").check()
    expect(shown).to_have_text("As proposed: faces with what is read off them")
    expect(page.get_by_label("Why less than proposed")).to_be_hidden()
    page.get_by_label("The reason in words").fill("A test joins with the faces of a clip.")
    page.get_by_label("Approved by").fill("Who runs the tests")
    page.get_by_label("Where it stands").select_option("other")
    page.get_by_label("Everybody who may be filmed").check()
    page.get_by_role("button", name="State the purpose").click()


def _join(chromium: Browser, link: str) -> Page:
    page = chromium.new_context().new_page()
    page.goto(link)
    page.get_by_label("I have read this").check()
    page.get_by_role("button", name="Join with my camera").click()
    return page


def _demo_picture() -> bytes:
    picture = cv2.resize(cv2.VideoCapture(str(CLIP)).read()[1], (640, 360))
    return cv2.imencode(".jpg", picture)[1].tobytes()
