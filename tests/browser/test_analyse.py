"""Pictures and videos in the browser: drop, progress, result, cancel, error."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect

from tests.browser.analyse_page import card, choose, drop, hold_list, serve_jobs
from tests.browser.conftest import Faults
from tests.browser.live_server import LiveServer
from tests.browser.test_access import violations
from tests.browser.test_history import INKED_COLUMNS
from tests.decoding.processes import decoders_within
from tests.patience import wait_until
from tests.uploads.running_jobs import (
    OWNER,
    RunningJobs,
    picture_file,
    video_file,
)
from webapp.decoding.decoders import DecoderLimits
from webapp.uploads.runner import MOST_KEPT_PER_OWNER
from webapp.web.services import services_of

SEEK = """video => new Promise((done) => {
    video.onseeked = () => done(video.currentTime);
    video.currentTime = 0.5;
})"""
REFUSE = """() => {
    const refusal = new DOMException("", "NotAllowedError");
    navigator.mediaDevices.getUserMedia = () => Promise.reject(refusal);
}"""
EXTENT = "1 face, 200 \N{MULTIPLICATION SIGN} 100 pixels"


def test_a_dropped_picture_is_shown_with_its_faces(opened: Page) -> None:
    drop(opened, "créw.jpg", picture_file())
    expect(opened.get_by_role("heading", name="créw.jpg")).to_be_visible()
    expect(opened.locator("[data-extent]")).to_have_text(
        "1 face, 200 \N{MULTIPLICATION SIGN} 100 pixels"
    )
    face = opened.locator(".face")
    expect(face).to_have_count(1)
    expect(face.get_by_role("heading")).to_have_text("1 angry 64 %")
    rows = face.locator("[data-expression]")
    assert rows.all_inner_texts()[:2] == ["angry\n64 %", "disgust\n6 %"]
    expect(rows.first.locator(".bar-fill")).to_have_attribute("data-filled", "")
    assert opened.locator("[data-picture]").evaluate("image => image.decode()") is None
    opened.get_by_role("link", name="Face 1, angry 64 %").hover()
    expect(face).to_have_attribute("data-on", "")
    expect(card(opened, "créw.jpg")).to_contain_text("kept until")
    expect(opened.locator("[data-announcer]")).to_have_text("créw.jpg: read.")


def test_a_list_that_is_older_than_a_file_forgets_nothing(
    held: RunningJobs, page: Page, admin_cookie: None
) -> None:
    asked: list[Route] = []
    page.route("**/api/analyse", lambda route: hold_list(route, asked))
    page.goto("/analyse", wait_until="domcontentloaded")
    # Once at the start and once when it is connected; a later list may rightly lack the file.
    wait_until(lambda: bool(page.title() and len(asked) == 2))
    drop(page, "crew.jpg", picture_file())
    expect(page.locator(".face")).to_have_count(1)
    with page.expect_response("**/api/analyse"):
        for route in asked:
            route.fulfill(json={"jobs": []})
    drop(page, "next.jpg", picture_file())
    expect(card(page, "next.jpg")).to_contain_text("kept until")
    expect(card(page, "crew.jpg")).to_contain_text("kept until")


@pytest.mark.parametrize("form", ["JSON", "CSV"])
def test_the_result_can_be_taken_home(opened: Page, form: str) -> None:
    drop(opened, "crew.jpg", picture_file())
    with opened.expect_download() as download:
        opened.get_by_role("link", name=f"Save as {form}").click()
    text = Path(download.value.path()).read_text()
    if form == "JSON":
        assert len(json.loads(text)[0]["faces"]) == 1
    else:
        assert text.splitlines()[1].startswith("1,0,0,50,50,angry,0,0.64")


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_keyboard_opens_the_chooser(opened: Page, key: str) -> None:
    # Chromium is asked to hand choosers over now: a request with the key may come too late.
    opened.on("filechooser", lambda chooser: None)
    opened.locator("[data-file-input]").focus()
    expect(opened.locator("[data-file-input]")).to_be_focused()
    with opened.expect_file_chooser() as chooser:
        opened.keyboard.press(key)
    chooser.value.set_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture_file()})
    expect(opened.get_by_role("heading", name="a.jpg")).to_be_visible()


def test_a_video_shows_its_progress_then_its_result(
    opened: Page, held: RunningJobs, tmp_path: Path
) -> None:
    drop(opened, "shift.avi", video_file(tmp_path))
    expect(card(opened, "shift.avi")).to_contain_text("Waits for the video before it")
    held.detector.permits.release(16)
    expect(card(opened, "shift.avi")).to_contain_text("Being read, 50 %")
    expect(opened.locator("[data-read]")).to_have_text("0:01 of 0:03")
    assert opened.locator("[data-newest]").evaluate("image => image.decode()") is None
    held.detector.is_open.set()
    expect(opened.locator("[data-drawn]")).to_be_visible()
    expect(opened.locator("[data-highest]")).to_have_text("100")
    expect(opened.locator("[data-verdict]")).to_contain_text("would have fired once, at 0:01.0")
    expect(opened.locator("[data-bars] [data-expression=angry]")).to_contain_text("3.0 s")
    for name in ("indicator", "people"):
        assert opened.locator(f"[data-{name}-chart] canvas").evaluate(INKED_COLUMNS) > 0.8
    opened.locator("[data-indicator-chart] .u-over").hover(position={"x": 5, "y": 60})
    expect(opened.locator("[data-readout]")).to_have_text("0:00.0: 100 (angry 1)")
    expect(opened.locator("[data-play-note]")).to_contain_text("cannot play such a video")


def test_without_socket_io_the_page_asks(
    held: RunningJobs, page: Page, admin_cookie: None, tmp_path: Path, faults: Faults
) -> None:
    page.clock.install()
    page.route("**/socket.io/**", lambda route: route.abort())
    page.goto("/analyse", wait_until="domcontentloaded")
    expect(page.locator("[data-warning]")).to_contain_text("connection to the server is lost")
    drop(page, "shift.avi", video_file(tmp_path))
    expect(card(page, "shift.avi")).to_contain_text("Waits")
    held.detector.is_open.set()
    wait_until(lambda: held.runner.jobs(OWNER)[0].state == "done")
    page.clock.fast_forward(4000)
    expect(page.locator("[data-drawn]")).to_be_visible()
    faults.forgive("Failed to load resource")


def test_the_page_finds_again_what_goes_on(opened: Page, held: RunningJobs, tmp_path: Path) -> None:
    drop(opened, "crew.jpg", picture_file())
    expect(opened.locator(".face")).to_have_count(1)
    drop(opened, "shift.avi", video_file(tmp_path))
    expect(card(opened, "shift.avi")).to_contain_text("Waits")
    opened.reload(wait_until="domcontentloaded")
    expect(opened.get_by_role("heading", name="shift.avi")).to_be_visible()
    held.detector.is_open.set()
    expect(opened.locator("[data-drawn]")).to_be_visible()
    note = opened.locator("[data-play-note]")
    expect(note).to_contain_text("Choose the file once more")
    other = {"name": "other.avi", "mimeType": "video/avi", "buffer": b"other"}
    opened.get_by_label("Choose the file").set_input_files(other)
    expect(note).to_contain_text("Expected shift.avi of")
    opened.get_by_role("button", name="crew.jpg", exact=True).click()
    expect(opened.locator(".face")).to_have_count(1)


def test_a_result_goes_when_the_server_forgets_it_whatever_the_clock_says(
    held: RunningJobs, page: Page, admin_cookie: None, faults: Faults
) -> None:
    page.clock.install(time=datetime.now() + timedelta(hours=1))
    # A connection that is made anew would bring back what the server still has.
    page.route("**/socket.io.min.js", lambda route: route.abort())
    page.goto("/analyse", wait_until="domcontentloaded")
    drop(page, "crew.jpg", picture_file())
    expect(page.locator(".face")).to_have_count(1)
    expect(card(page, "crew.jpg")).to_contain_text("kept until")
    page.clock.run_for(5000)
    assert page.locator(".face").count() == 1
    page.clock.fast_forward("10:00")
    expect(page.locator(".face")).to_have_count(0)
    expect(page.get_by_role("heading", name="Your files")).to_be_hidden()
    faults.forgive("Failed to load resource")


def test_more_results_than_are_kept(opened: Page, faults: Faults) -> None:
    names = [f"{number}.jpg" for number in range(MOST_KEPT_PER_OWNER + 2)]
    choose(opened, *((name, picture_file()) for name in names))
    shown = opened.locator("[data-files] [data-name]")
    expect(shown).to_have_text(names[:1:-1])
    expect(card(opened, names[-1])).to_contain_text("kept until")
    expect(opened.locator("[data-detail] h2").first).to_have_text(names[-1])
    # An older result may have been asked for while it gave way to a newer one.
    faults.forgive("Failed to load resource")


def test_what_is_deleted_elsewhere_goes_from_the_page(
    opened: Page, held: RunningJobs, faults: Faults
) -> None:
    choose(opened, ("kept.jpg", picture_file()), ("deleted.jpg", picture_file()))
    expect(card(opened, "deleted.jpg")).to_contain_text("kept until")
    held.runner.forget(OWNER, held.runner.jobs(OWNER)[0].id)
    expect(card(opened, "deleted.jpg")).to_have_count(0)
    expect(card(opened, "kept.jpg")).to_contain_text("kept until")
    # The result may have been asked for while it was deleted.
    faults.forgive("Failed to load resource")


@pytest.fixture
def full(opened: Page, held: RunningJobs, tmp_path: Path, faults: Faults) -> Callable[[str], Page]:
    """Opens one of a picture, a finished video, a running one and a refused file."""
    held.detector.is_open.set()
    choose(opened, ("picture", picture_file()), ("video", video_file(tmp_path)), ("bad", b"bad"))
    expect(card(opened, "bad")).to_contain_text("neither")
    expect(card(opened, "video")).to_contain_text("kept until")
    held.detector.is_open.clear()
    choose(opened, ("running", video_file(tmp_path)))
    expect(card(opened, "running")).to_contain_text("Waits")
    faults.forgive("Failed to load resource")

    def show(name: str) -> Page:
        opened.get_by_role("button", name=name, exact=True).click()
        expect(opened.locator("[data-detail] h2").first).to_have_text(name)
        return opened

    return show


def test_axe_finds_nothing(page: Page, full: Callable[[str], Page]) -> None:
    for name in ("picture", "video", "running", "bad"):
        assert violations(full(name)) == [], name


def test_a_phone_needs_no_sideways_scrolling(
    server: LiveServer, page: Page, full: Callable[[str], Page]
) -> None:
    page.set_viewport_size({"width": 360, "height": 780})
    for name in ("picture", "video", "running", "bad"):
        assert full(name).evaluate("document.documentElement.scrollWidth") <= 360, name
        expect(page.locator("[data-detail]")).to_be_in_viewport()


@pytest.fixture
def opened_for_cameras(app: Flask, page: Page, admin_cookie: None) -> Iterator[Page]:
    """The page /analyse, with jobs that take pictures as large as a camera's."""
    with serve_jobs(app, decoders=decoders_within(DecoderLimits(1_000_000))) as running:
        services_of(app).analysis = running.runner
        page.goto("/analyse", wait_until="domcontentloaded")
        yield page


def test_the_own_camera_gives_a_picture_and_a_recording_and_is_closed(
    opened_for_cameras: Page,
) -> None:
    """What Chromium records has no length and no rate in its header, and any time between two."""
    opened = opened_for_cameras
    video = opened.locator("[data-webcam-video]")
    open_camera = opened.get_by_role("button", name="Use your own camera")
    open_camera.click()
    expect(opened.get_by_role("button", name="Take a picture")).to_be_focused()
    assert not violations(opened)
    video.evaluate("video => { window.track = video.srcObject.getTracks()[0]; }")
    opened.get_by_role("button", name="Take a picture").click()
    expect(opened.locator("[data-extent]")).to_have_text(
        "1 face, 640 \N{MULTIPLICATION SIGN} 360 pixels"
    )
    assert opened.evaluate("track.readyState") == "ended"
    expect(video).to_be_hidden()
    expect(open_camera).to_be_focused()
    open_camera.click()
    opened.get_by_role("button", name="Record ten seconds").click()
    expect(opened.locator("[data-webcam-words]")).to_have_text("Recording: 9 s left")
    opened.get_by_role("button", name="Stop and read it").click()
    expect(opened.locator("[data-length]")).to_have_text(re.compile(r"0:0[12]\.\d"))
    expect(opened.get_by_text("impossible rate")).to_have_count(0)
    assert opened.locator("[data-player] video").evaluate(SEEK) == 0.5
    opened.evaluate(REFUSE)
    open_camera.click()
    expect(opened.locator("[data-webcam-words]")).to_contain_text("Allow it beside the address")
