"""A real Chromium in front of a real server."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.analyse_page import serve_jobs
from tests.browser.live_server import LiveServer, serve
from tests.conftest import ADMIN, PASSWORD, AuthActions
from tests.fakes import FakeRuntime
from tests.services import require_or_skip
from tests.uploads.running_jobs import RunningJobs
from webapp.config import ROOT
from webapp.demo import CLIP
from webapp.web.services import services_of

CHROMIUM = os.environ.get("CHROMIUM", shutil.which("chromium") or "")
VENDOR = ("socket.io.min.js", "uPlot.iife.min.js", "uPlot.min.css")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Every context is a window whose address bar would load two pages of its own: a third of the time.
NO_ADDRESS_BAR = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup")
# Chromium heeds the last list alone, so what matters here of Playwright's own comes along.
UNWANTED = (
    *NO_ADDRESS_BAR,
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)
FAKE_CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
TIMEOUT_MS = 15_000
NO_FIGURE = "\N{EN DASH}"


class Faults(list[str]):
    """What the browser complained about: script errors, refused resources, the CSP."""

    def __init__(self) -> None:
        """Start with nothing to complain about, and nothing forgiven."""
        super().__init__()
        self.forgiven: set[str] = set()

    def forgive(self, words: str) -> None:
        """Leave out complaints with these words, also those that come while the page closes."""
        self.forgiven.add(words)

    def unforgiven(self) -> list[str]:
        """Return the complaints that no test has foreseen."""
        return [said for said in self if not any(words in said for words in self.forgiven)]

    def watch(self, page: Page) -> None:
        """Collect the complaints of a page."""
        page.on("console", lambda said: self.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.append(str(error)))


def write_camera_clip(path: Path) -> Path:
    """Write the first second of the demo clip as Chromium's fake camera reads it."""
    clip = cv2.VideoCapture(str(CLIP))
    pictures = [cv2.resize(clip.read()[1], (640, 360)) for _ in range(30)]
    path.write_bytes(b"".join(cv2.imencode(".jpg", each)[1].tobytes() for each in pictures))
    return path


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Debian's Chromium: Playwright's own download does not work everywhere.

    Its camera plays the demo clip.
    """
    require_or_skip("Chromium", bool(CHROMIUM))
    for name in VENDOR:
        path = Path(ROOT, "static", "vendor", name)
        require_or_skip(f"static/vendor/{name} (make run fetches it)", path.exists())
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        clip = write_camera_clip(tmp_path_factory.mktemp("camera") / "clip.mjpeg")
        features = f"--disable-features={','.join(UNWANTED)}"
        flags = [*FLAGS, features, *FAKE_CAMERA, f"--use-file-for-fake-video-capture={clip}"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def runtime() -> FakeRuntime:
    """Two cameras: `demo` shows the demo, `door` is offline."""
    return FakeRuntime(max_viewers=20, frame_interval_s=0.1)


@pytest.fixture
def server(chromium: Browser, app: Flask, runtime: FakeRuntime) -> Iterator[LiveServer]:
    """The application, served; not started when there is no browser."""
    with serve(app, runtime) as server:
        yield server


@pytest.fixture
def context(chromium: Browser, server: LiveServer) -> Iterator[BrowserContext]:
    """A browser profile of its own."""
    context = chromium.new_context(
        base_url=server.url, viewport={"width": 1440, "height": 900}, timezone_id="Europe/Rome"
    )
    context.set_default_timeout(TIMEOUT_MS)
    yield context
    context.close()


@pytest.fixture
def faults() -> Faults:
    """What the browser complained about."""
    return Faults()


@pytest.fixture
def page(context: BrowserContext, faults: Faults) -> Iterator[Page]:
    """An empty page; the test fails when the browser complained and nobody forgave it."""
    page = context.new_page()
    faults.watch(page)
    yield page
    page.close()
    assert not faults.unforgiven()


@pytest.fixture
def admin_cookie(
    server: LiveServer, context: BrowserContext, client: FlaskClient, auth: AuthActions
) -> None:
    """The admin's sign-in, made without the form: quicker, and the form has its own tests."""
    assert auth.login().status_code == 303
    cookie = client.get_cookie(server.app.config["SESSION_COOKIE_NAME"])
    assert cookie
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": server.url}])


@pytest.fixture
def signed_in(page: Page, admin_cookie: None) -> Page:
    """The dashboard of the first camera, with its first reading."""
    open_dashboard(page)
    return page


def open_dashboard(page: Page) -> None:
    """Open the dashboard and wait for the first reading."""
    page.goto("/?camera=demo", wait_until="domcontentloaded")
    expect(page.locator("[data-indicator]")).not_to_have_text(NO_FIGURE)


def sign_in(page: Page, username: str = ADMIN, password: str = PASSWORD) -> None:
    """Fill in the sign-in form as a person does."""
    page.goto("/login", wait_until="domcontentloaded")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click(no_wait_after=True)
    page.wait_for_url(lambda url: "/login" not in url, wait_until="domcontentloaded")


@pytest.fixture
def held(app: Flask) -> Iterator[RunningJobs]:
    """The jobs behind the page; it reads a picture of a video only when it is allowed to."""
    with serve_jobs(app) as running:
        services_of(app).analysis = running.runner
        yield running


@pytest.fixture
def opened(held: RunningJobs, page: Page, admin_cookie: None) -> Page:
    """The page /analyse, connected."""
    page.goto("/analyse", wait_until="domcontentloaded")
    expect(page.get_by_role("heading", name="Nothing is read yet")).to_be_visible()
    return page
