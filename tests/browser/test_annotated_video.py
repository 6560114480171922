"""The annotated video of the command `video`, played by a browser."""

import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.browser.conftest import TIMEOUT_MS
from tests.files.readings import video_frame
from webapp.files.video_writer import AnnotatedVideo

# Odd, so that the writer must widen it.
SIZE_WH = (321, 180)
SECONDS, RATE_FPS = 2, 10
IS_AT_THE_END = """() => {
    const video = document.querySelector("video");
    return !video.seeking && video.currentTime === 1.8 && video.readyState >= 2;
}"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page without a server."""
    page = chromium.new_page()
    page.set_default_timeout(TIMEOUT_MS)
    yield page
    page.close()


def show(page: Page, folder: Path, suffix: str) -> Locator:
    """Write a video in which a face appears in the second half, and show it."""
    video = AnnotatedVideo(folder / f"out{suffix}", 1 / RATE_FPS)
    for number in range(SECONDS * RATE_FPS):
        faces = (0.9,) if number >= RATE_FPS else ()
        video.write(video_frame(number, faces, SIZE_WH))
    video.finish()
    html = folder / "page.html"
    html.write_text(f'<video muted src="out{suffix}"></video>')
    page.goto(html.as_uri())
    return page.locator("video")


def wait_for_orange(player: Locator) -> None:
    """Wait until the box is seen: the screen follows the player a little later."""
    deadline_s = time.monotonic() + TIMEOUT_MS / 1000
    while orange_pixels(player) <= 50:
        assert time.monotonic() < deadline_s, "the box is not seen"


def orange_pixels(player: Locator) -> int:
    """Count the pixels of what is seen that have the colour of an angry face's box."""
    image = cv2.imdecode(np.frombuffer(player.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    blue, green, red = (image[:, :, channel].astype(int) for channel in range(3))
    return int(((red > green + 50) & (red > blue + 100)).sum())


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_chromium_plays_it_to_the_end(page, tmp_path, suffix):
    player = show(page, tmp_path, suffix)
    player.evaluate("video => video.play()")
    page.wait_for_function("document.querySelector('video').currentTime > 0.3")
    state = player.evaluate("v => [v.readyState >= 2, v.videoWidth, v.videoHeight, v.duration]")
    assert state == [True, 322, 180, pytest.approx(SECONDS, abs=0.2)]
    page.wait_for_function("document.querySelector('video').ended")
    assert player.evaluate("video => video.error") is None
    wait_for_orange(player)


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_a_person_can_jump_in_it(page, tmp_path, suffix):
    player = show(page, tmp_path, suffix)
    page.wait_for_function("document.querySelector('video').readyState >= 2")
    assert orange_pixels(player) == 0
    player.evaluate("video => { video.currentTime = 1.8 }")
    page.wait_for_function(IS_AT_THE_END)
    wait_for_orange(player)
