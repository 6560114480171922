"""Pictures and videos in the browser: drop, progress, result, cancel, error."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from tests.analysing.desks import (
    OWNER,
    RunningDesk,
    open_memory_files,
    picture_file,
    running_desk,
    video_file,
    wait_for,
)
from tests.browser.conftest import Faults
from tests.browser.live_server import LiveServer
from tests.browser.test_access import THEMES, violations
from tests.browser.test_history import INKED_COLUMNS
from tests.reading.videos import SIZE_WH
from webapp.analysing.desk import MOST_KEPT_PER_OWNER
from webapp.web.services import ANALYSIS
from webapp.web.sockets import SOCKETS

EXTENT = "1 face, 200 \N{MULTIPLICATION SIGN} 100 pixels"
LONG_BYTES, SLOW_BYTES_PER_S = 900_000, 50_000
DROP = """(zone, { name, data }) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], name));
    for (const type of ["dragenter", "dragover", "drop"])
        zone.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
}"""


def serve_desk(app: Flask, **changes: Any) -> Any:
    """Run a desk behind the application, which tells its owners over Socket.IO."""
    sockets = app.extensions[SOCKETS]

    def tell(owner: int, status: Any) -> None:
        sockets.publish_to(owner, "analysis", status.as_event())

    return running_desk(tell, is_open=False, **changes)


@pytest.fixture
def held(app: Flask) -> Iterator[RunningDesk]:
    """The desk; it reads a picture of a video only when it is allowed to."""
    with serve_desk(app) as running:
        app.extensions[ANALYSIS] = running.desk
        yield running


@pytest.fixture
def opened(held: RunningDesk, page: Page, admin_cookie: None) -> Page:
    """The page, connected."""
    page.goto("/analyse", wait_until="domcontentloaded")
    expect(page.get_by_role("heading", name="Nothing is read yet")).to_be_visible()
    return page


def drop(page: Page, name: str, data: bytes) -> None:
    """Drop a file as the browser tells it."""
    told = {"name": name, "data": base64.b64encode(data).decode()}
    page.locator("[data-drop-zone]").evaluate(DROP, told)


@contextmanager
def slow_uploads(page: Page) -> Iterator[None]:
    """Let the page send slowly for a while."""
    devtools = page.context.new_cdp_session(page)
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1}
    change = "Network.emulateNetworkConditions"
    devtools.send(change, limits | {"uploadThroughput": SLOW_BYTES_PER_S})
    yield
    devtools.send(change, limits | {"uploadThroughput": -1})


def choose(page: Page, *files: tuple[str, bytes]) -> None:
    """Choose files by the button."""
    payloads: list[FilePayload] = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": data}
        for name, data in files
    ]
    page.locator("[data-file-input]").set_input_files(payloads)


def card(page: Page, name: str) -> Locator:
    opener = page.get_by_role("button", name=name, exact=True)
    return page.locator("[data-files] > li").filter(has=opener)


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
    held: RunningDesk, page: Page, admin_cookie: None
) -> None:
    asked: list[Route] = []
    page.route("**/api/analyse", lambda route: hold_list(route, asked))
    page.goto("/analyse", wait_until="domcontentloaded")
    drop(page, "crew.jpg", picture_file())
    expect(page.locator(".face")).to_have_count(1)
    wait_for(lambda: bool(page.title() and asked))
    with page.expect_response("**/api/analyse"):
        for route in asked:
            route.fulfill(json={"jobs": []})
    drop(page, "next.jpg", picture_file())
    expect(card(page, "next.jpg")).to_contain_text("kept until")
    expect(card(page, "crew.jpg")).to_contain_text("kept until")


def hold_list(route: Route, asked: list[Route]) -> None:
    if route.request.method == "GET":
        asked.append(route)
    else:
        route.continue_()


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
    opened: Page, held: RunningDesk, tmp_path: Path
) -> None:
    drop(opened, "shift.avi", video_file(tmp_path))
    expect(card(opened, "shift.avi")).to_contain_text("Waits for the video before it")
    held.detector.permits.release(16)
    expect(card(opened, "shift.avi")).to_contain_text("Being read, 50 %")
    expect(opened.locator("[data-read]")).to_have_text("0:01 of 0:03")
    assert opened.locator("[data-newest]").evaluate("image => image.decode()") is None
    held.detector.is_open.set()
    expect(opened.locator("[data-drawn]")).to_be_visible()
    expect(opened.locator("[data-highest]")).to_have_text("70")
    expect(opened.locator("[data-verdict]")).to_contain_text("would have fired once, at 0:01.0")
    expect(opened.locator("[data-bars] [data-expression=angry]")).to_contain_text("3.0 s")
    for name in ("indicator", "people"):
        assert opened.locator(f"[data-{name}-chart] canvas").evaluate(INKED_COLUMNS) > 0.8
    opened.locator("[data-indicator-chart] .u-over").hover(position={"x": 5, "y": 60})
    expect(opened.locator("[data-readout]")).to_have_text("0:00.0: 70 (angry 1)")


def test_without_socket_io_the_page_asks(
    held: RunningDesk, page: Page, admin_cookie: None, tmp_path: Path, faults: Faults
) -> None:
    page.route("**/socket.io/**", lambda route: route.abort())
    page.goto("/analyse", wait_until="domcontentloaded")
    expect(page.locator("[data-warning]")).to_contain_text("connection to the server is lost")
    drop(page, "shift.avi", video_file(tmp_path))
    held.detector.is_open.set()
    expect(page.locator("[data-drawn]")).to_be_visible()
    faults.clear()


def test_a_video_is_cancelled(
    opened: Page, held: RunningDesk, faults: Faults, tmp_path: Path
) -> None:
    before = open_memory_files()
    drop(opened, "shift.avi", video_file(tmp_path))
    held.detector.permits.release(2)
    expect(card(opened, "shift.avi")).to_contain_text("Being read")
    opened.get_by_role("button", name="Cancel shift.avi").click()
    expect(card(opened, "shift.avi")).to_have_count(0)
    expect(opened.get_by_role("heading", name="Nothing is read yet")).to_be_visible()
    expect(opened.locator("[data-file-input]")).to_be_focused()
    held.detector.permits.release()
    wait_for(lambda: open_memory_files() == before)
    assert held.desk.jobs(OWNER) == []
    # A picture of the progress may have been asked for while it was cancelled.
    faults.clear()


def test_a_file_on_its_way_is_cancelled_and_the_next_one_sent(
    opened: Page, held: RunningDesk, faults: Faults
) -> None:
    before = open_memory_files()
    with slow_uploads(opened):
        choose(opened, ("long.avi", bytes(LONG_BYTES)), ("crew.jpg", picture_file()))
        expect(card(opened, "long.avi")).to_contain_text("Sending")
        wait_for(lambda: open_memory_files() > before)
        with opened.expect_event("requestfailed"):
            opened.get_by_role("button", name="Cancel long.avi").click()
    expect(card(opened, "long.avi")).to_have_count(0)
    expect(card(opened, "crew.jpg")).to_contain_text("kept until")
    wait_for(lambda: [job.name for job in held.desk.jobs(OWNER)] == ["crew.jpg"])
    faults.clear()


@pytest.mark.parametrize("is_noticed", [True, False], ids=["direct", "behind a proxy"])
def test_a_file_cancelled_while_it_is_read_does_not_come_back(
    held: RunningDesk,
    page: Page,
    admin_cookie: None,
    monkeypatch: pytest.MonkeyPatch,
    faults: Faults,
    is_noticed: bool,
) -> None:
    if not is_noticed:
        monkeypatch.setattr("webapp.web.uploads._is_closed", lambda connection: False)
    before = open_memory_files()
    # A list would tell the page the file's id before the answer does.
    page.route("**/api/analyse", lambda route: hold_list(route, []))
    page.goto("/analyse", wait_until="domcontentloaded")
    # Of the size that the detector holds up.
    drop(page, "private.jpg", picture_file(*SIZE_WH))
    # The upload passes the route above only while Playwright is waiting for something.
    expect(card(page, "private.jpg")).to_contain_text("Sent, being read")
    wait_for(lambda: held.detector.is_asked.is_set())
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Cancel private.jpg").click()
    held.detector.is_open.set()
    wait_for(lambda: not held.desk.jobs(OWNER) and open_memory_files() == before)
    drop(page, "next.jpg", picture_file())
    expect(card(page, "next.jpg")).to_contain_text("kept until")
    expect(page.locator("[data-files] > li")).to_have_count(1)
    faults.clear()


def test_several_files_are_taken_in_turn(
    opened: Page, held: RunningDesk, faults: Faults, tmp_path: Path
) -> None:
    held.detector.is_open.set()
    files = [("1.jpg", picture_file()), ("2.txt", b"text"), ("3.avi", video_file(tmp_path))]
    choose(opened, *files)
    for name, words in (("1.jpg", "kept until"), ("2.txt", "neither"), ("3.avi", "kept until")):
        expect(card(opened, name)).to_contain_text(words)
    names = opened.locator("[data-files] [data-name]").all_inner_texts()
    assert names == ["3.avi", "2.txt", "1.jpg"]
    expect(opened.get_by_role("heading", name="1.jpg")).to_be_visible()
    opened.get_by_role("button", name="2.txt", exact=True).click()
    expect(opened.locator("[data-detail] .notice")).to_contain_text("Choose another file")
    expect(card(opened, "2.txt").get_by_role("button", name="Try again")).to_be_hidden()
    opened.get_by_role("button", name="Delete 2.txt").click()
    expect(card(opened, "2.txt")).to_have_count(0)
    faults.clear()


def test_what_is_too_large_is_not_even_sent(opened: Page) -> None:
    sent: list[str] = []
    opened.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    opened.locator("[data-analyse]").evaluate("page => { page.dataset.maxMb = '0.001'; }")
    drop(opened, "large.jpg", bytes(5000))
    expect(opened.locator("[data-detail] .notice")).to_contain_text(
        "It has 0 MB; at most 0.001 MB are taken. Shrink or cut it"
    )
    # Socket.IO sends as well while it connects.
    assert not [url for url in sent if "/api/analyse" in url]


def test_a_refusal_that_may_pass_can_be_tried_again(
    opened: Page, app: Flask, held: RunningDesk, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(app.extensions, ANALYSIS)
    drop(opened, "crew.jpg", picture_file())
    expect(opened.locator("[data-detail] .notice")).to_contain_text("cannot be read yet")
    monkeypatch.undo()
    opened.get_by_role("button", name="Try again").click()
    expect(opened.locator(".face")).to_have_count(1)
    faults.clear()


def test_more_videos_than_the_server_takes_wait_for_their_turn(
    opened: Page, held: RunningDesk, faults: Faults, tmp_path: Path
) -> None:
    data = video_file(tmp_path)
    choose(opened, *((f"{number}.avi", data) for number in range(5)))
    for count in (2, 3):
        wait_for(lambda count=count: len(held.desk.jobs(OWNER)) == count)
        # The next one is looked at between two pictures of the first.
        held.detector.permits.release()
    expect(card(opened, "3.avi")).to_contain_text("Waits until the server has room for it")
    expect(card(opened, "4.avi")).to_contain_text("Waits for the file before it")
    held.detector.is_open.set()
    for number in range(5):
        expect(card(opened, f"{number}.avi")).to_contain_text("kept until")
    faults.clear()


def test_a_server_full_of_others_files_is_asked_again(
    opened: Page, held: RunningDesk, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.web.analyse_api.RETRY_AFTER_S", 1)
    monkeypatch.setattr(held.desk, "_taken", 3)
    drop(opened, "crew.jpg", picture_file())
    expect(card(opened, "crew.jpg")).to_contain_text("Waits until the server has room for it")
    monkeypatch.undo()
    expect(opened.locator(".face")).to_have_count(1)
    faults.clear()


def test_the_page_finds_again_what_goes_on(opened: Page, held: RunningDesk, tmp_path: Path) -> None:
    drop(opened, "crew.jpg", picture_file())
    expect(opened.locator(".face")).to_have_count(1)
    drop(opened, "shift.avi", video_file(tmp_path))
    expect(card(opened, "shift.avi")).to_contain_text("Waits")
    opened.reload(wait_until="domcontentloaded")
    expect(opened.get_by_role("heading", name="shift.avi")).to_be_visible()
    held.detector.is_open.set()
    expect(opened.locator("[data-drawn]")).to_be_visible()
    opened.get_by_role("button", name="crew.jpg", exact=True).click()
    expect(opened.locator(".face")).to_have_count(1)


def test_what_the_server_has_forgotten_goes_from_the_page(
    app: Flask, page: Page, admin_cookie: None
) -> None:
    with serve_desk(app, keep=timedelta(seconds=3)) as running:
        app.extensions[ANALYSIS] = running.desk
        page.goto("/analyse", wait_until="domcontentloaded")
        drop(page, "crew.jpg", picture_file())
        expect(page.locator(".face")).to_have_count(1)
        expect(page.locator(".face")).to_have_count(0)
        expect(page.get_by_role("heading", name="Your files")).to_be_hidden()


@pytest.mark.parametrize("is_ahead", [True, False], ids=["ahead", "behind"])
def test_a_wrong_clock_neither_hides_nor_keeps_results(
    held: RunningDesk, page: Page, admin_cookie: None, faults: Faults, is_ahead: bool
) -> None:
    shift = timedelta(hours=1)
    page.clock.install(time=datetime.now() + (shift if is_ahead else -shift))
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
    faults.clear()


def test_more_results_than_are_kept(opened: Page) -> None:
    names = [f"{number}.jpg" for number in range(MOST_KEPT_PER_OWNER + 2)]
    choose(opened, *((name, picture_file()) for name in names))
    shown = opened.locator("[data-files] [data-name]")
    expect(shown).to_have_text(names[:1:-1])
    expect(card(opened, names[-1])).to_contain_text("kept until")
    expect(opened.locator("[data-detail] h2").first).to_have_text(names[-1])


def test_what_is_deleted_elsewhere_goes_from_the_page(
    opened: Page, held: RunningDesk, faults: Faults
) -> None:
    choose(opened, ("kept.jpg", picture_file()), ("deleted.jpg", picture_file()))
    expect(card(opened, "deleted.jpg")).to_contain_text("kept until")
    held.desk.forget(OWNER, held.desk.jobs(OWNER)[0].id)
    expect(card(opened, "deleted.jpg")).to_have_count(0)
    expect(card(opened, "kept.jpg")).to_contain_text("kept until")
    # The result may have been asked for while it was deleted.
    faults.clear()


@pytest.fixture
def full(opened: Page, held: RunningDesk, tmp_path: Path, faults: Faults) -> Callable[[str], Page]:
    """Opens one of a picture, a finished video, a running one and a refused file."""
    held.detector.is_open.set()
    choose(opened, ("picture", picture_file()), ("video", video_file(tmp_path)), ("bad", b"bad"))
    expect(card(opened, "bad")).to_contain_text("neither")
    expect(card(opened, "video")).to_contain_text("kept until")
    held.detector.is_open.clear()
    choose(opened, ("running", video_file(tmp_path)))
    expect(card(opened, "running")).to_contain_text("Waits")
    faults.clear()

    def show(name: str) -> Page:
        opened.get_by_role("button", name=name, exact=True).click()
        expect(opened.locator("[data-detail] h2").first).to_have_text(name)
        return opened

    return show


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing(page: Page, full: Callable[[str], Page], theme: Any) -> None:
    page.emulate_media(color_scheme=theme)
    for name in ("picture", "video", "running", "bad"):
        assert violations(full(name)) == [], name


def test_a_phone_needs_no_sideways_scrolling(
    server: LiveServer, page: Page, full: Callable[[str], Page]
) -> None:
    page.set_viewport_size({"width": 360, "height": 780})
    for name in ("picture", "video", "running", "bad"):
        assert full(name).evaluate("document.documentElement.scrollWidth") <= 360, name
        expect(page.locator("[data-detail]")).to_be_in_viewport()
