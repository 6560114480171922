"""Files that wait, are cancelled or refused on /analyse, in the browser."""

from collections import Counter
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.analyse_page import card, choose, drop, hold_list, slow_uploads
from tests.browser.conftest import Faults
from tests.files.videos import SIZE_WH
from tests.patience import wait_until
from tests.uploads.running_jobs import (
    OWNER,
    RunningJobs,
    open_memory_files,
    picture_file,
    video_file,
)
from webapp.web.services import services_of

LONG_BYTES = 900_000


def test_a_video_is_cancelled(
    opened: Page, held: RunningJobs, faults: Faults, tmp_path: Path
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
    wait_until(lambda: open_memory_files() == before)
    assert held.runner.jobs(OWNER) == []
    # A picture of the progress may have been asked for while it was cancelled.
    faults.forgive("Failed to load resource")


def test_a_file_on_its_way_is_cancelled_and_the_next_one_sent(
    opened: Page, held: RunningJobs, faults: Faults
) -> None:
    before = open_memory_files()
    with slow_uploads(opened):
        choose(opened, ("long.avi", bytes(LONG_BYTES)), ("crew.jpg", picture_file()))
        expect(card(opened, "long.avi")).to_contain_text("Sending")
        wait_until(lambda: open_memory_files() > before)
        with opened.expect_event("requestfailed"):
            opened.get_by_role("button", name="Cancel long.avi").click()
    expect(card(opened, "long.avi")).to_have_count(0)
    expect(card(opened, "crew.jpg")).to_contain_text("kept until")
    wait_until(lambda: [job.name for job in held.runner.jobs(OWNER)] == ["crew.jpg"])
    faults.forgive("Failed to load resource")


@pytest.mark.parametrize("is_noticed", [True, False], ids=["direct", "behind a proxy"])
def test_a_file_cancelled_while_it_is_read_does_not_come_back(
    held: RunningJobs,
    page: Page,
    admin_cookie: None,
    monkeypatch: pytest.MonkeyPatch,
    faults: Faults,
    is_noticed: bool,
) -> None:
    if not is_noticed:
        monkeypatch.setattr("webapp.web.api.uploads._is_closed", lambda connection: False)
    before = open_memory_files()
    # A list would give the page the file's id before the answer does.
    page.route("**/api/analyse", lambda route: hold_list(route, []))
    page.goto("/analyse", wait_until="domcontentloaded")
    # Of the size that the detector holds up.
    drop(page, "private.jpg", picture_file(*SIZE_WH))
    # The upload passes the route above only while Playwright is waiting for something.
    expect(card(page, "private.jpg")).to_contain_text("Sent, being read")
    wait_until(lambda: held.detector.is_asked.is_set())
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Cancel private.jpg").click()
    held.detector.is_open.set()
    wait_until(lambda: not held.runner.jobs(OWNER) and open_memory_files() == before)
    drop(page, "next.jpg", picture_file())
    expect(card(page, "next.jpg")).to_contain_text("kept until")
    expect(page.locator("[data-files] > li")).to_have_count(1)
    faults.forgive("Failed to load resource")


def test_several_files_are_taken_in_turn(
    opened: Page, held: RunningJobs, faults: Faults, tmp_path: Path
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
    faults.forgive("Failed to load resource")


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
    opened: Page, app: Flask, held: RunningJobs, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services_of(app), "analysis", None)
    drop(opened, "crew.jpg", picture_file())
    expect(opened.locator("[data-detail] .notice")).to_contain_text("cannot be read yet")
    monkeypatch.undo()
    opened.get_by_role("button", name="Try again").click()
    expect(opened.locator(".face")).to_have_count(1)
    faults.forgive("Failed to load resource")


def test_more_videos_than_the_server_takes_wait_for_their_turn(
    opened: Page, held: RunningJobs, faults: Faults, tmp_path: Path
) -> None:
    data = video_file(tmp_path)
    choose(opened, *((f"{number}.avi", data) for number in range(5)))
    for count in (2, 3):
        wait_until(lambda count=count: len(held.runner.jobs(OWNER)) == count)
        # The next one is looked at between two pictures of the first.
        held.detector.permits.release()
    expect(card(opened, "3.avi")).to_contain_text("Waits until the server has room for it")
    expect(card(opened, "4.avi")).to_contain_text("Waits for the file before it")
    held.detector.is_open.set()
    for number in range(5):
        expect(card(opened, f"{number}.avi")).to_contain_text("kept until")
    faults.forgive("Failed to load resource")


def test_a_server_full_of_others_files_is_asked_again(
    opened: Page, held: RunningJobs, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.web.api.analyse.RETRY_AFTER_S", 1)
    monkeypatch.setattr(held.runner, "_taken", Counter({0: 3}))
    drop(opened, "crew.jpg", picture_file())
    expect(card(opened, "crew.jpg")).to_contain_text("Waits until the server has room for it")
    monkeypatch.undo()
    expect(opened.locator(".face")).to_have_count(1)
    faults.forgive("Failed to load resource")
