"""Takes pictures of every page on the demo clip, for the README and for review.

python -m tools.screenshots --out DIR [--after 20]
"""

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.gunicorn_server import GunicornServer
from tools.screenshot_camera import DESKTOP, PHONE, SETTLED_MS, WALL, Camera
from tools.screenshot_rows import write_shift
from webapp.demo import CLIP
from webapp.storage.database import Database

VIEWS = {
    "wide": (DESKTOP, "light"),
    "wide-dark": (DESKTOP, "dark"),
    "wall-dark": (WALL, "dark"),
    "phone": (PHONE, "light"),
    "phone-dark": (PHONE, "dark"),
}
EMPTY = "/history?camera=demo&from=2020-01-01T06:00Z&to=2020-01-01T14:00Z"
PAGES = {
    "cameras": ("/", DESKTOP, "light"),
    "cameras-phone-dark": ("/", PHONE, "dark"),
    "wall": ("/wall", WALL, "dark"),
    "history": ("/history?range=shift&camera=demo", DESKTOP, "light"),
    "history-dark": ("/history?range=shift&camera=demo", DESKTOP, "dark"),
    "history-phone": ("/history?range=shift&camera=demo", PHONE, "light"),
    "history-empty": (EMPTY, DESKTOP, "light"),
    "report": ("/report?camera=demo", DESKTOP, "light"),
    "admin": ("/admin", DESKTOP, "light"),
    "admin-phone": ("/admin", PHONE, "light"),
    "audit": ("/admin/audit", DESKTOP, "light"),
    "audit-phone-dark": ("/admin/audit", PHONE, "dark"),
    "papers": ("/admin/papers", DESKTOP, "light"),
    "notice": ("/admin/papers/notice/demo", DESKTOP, "light"),
    "assessment-phone-dark": ("/admin/papers/assessment", PHONE, "dark"),
    "help": ("/help", DESKTOP, "light"),
}
OFFLINE = {
    "offline": ("/?camera=door", DESKTOP, "light"),
    "alerts": ("/alerts", DESKTOP, "light"),
    "alerts-phone-dark": ("/alerts", PHONE, "dark"),
}
# The demo's two angry people fire once in every loop of 72 s.
FIRES_WITHIN_MS = 180_000


def main() -> None:
    """Start a server, take every page, then remove a camera's source and take its pages again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--after", type=float, default=20.0, help="seconds of the demo to wait")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        _server(Path(folder), options.out) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        camera = Camera(browser, server.url, options.out, Path(folder, "signed-in.json"))
        camera.sign_in()
        _take_all(camera, server, options.after)
        browser.close()


def _take_all(camera: Camera, server: GunicornServer, after_s: float) -> None:
    wait_ms = 1000 * after_s
    for name, (size, scheme) in VIEWS.items():
        camera.take(name, "/?camera=demo", size, scheme, wait_ms)
        wait_ms = SETTLED_MS
    _skip_first_steps(camera)
    with _firing(camera, "demo", "Firing") as page:
        page.screenshot(path=camera.out / "firing.png")
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        page.screenshot(path=camera.out / "firing-phone.png")
    for name, view in PAGES.items():
        camera.take(name, *view)
    with camera.page("/report?camera=demo", DESKTOP, "light") as page:
        page.pdf(path=camera.out / "report.pdf", prefer_css_page_size=True)
    (server.folder / "clip.mp4").rename(server.folder / "away.mp4")
    with _firing(camera, "door", "No data"):
        pass
    for name, view in OFFLINE.items():
        camera.take(name, *view)


def _skip_first_steps(camera: Camera) -> None:
    """Leave the dashboard as it is after the first hour."""
    with camera.page("/?camera=demo", DESKTOP, "light") as page:
        steps = page.locator("#first-hour")
        while steps.count():
            with page.expect_navigation():
                steps.get_by_role("button", name="Skip").first.click()


@contextmanager
def _firing(camera: Camera, name: str, word: str) -> Iterator[Page]:
    """Open the dashboard and wait until the banner says something of a camera."""
    with camera.page(f"/?camera={name}", DESKTOP, "light") as page:
        page.wait_for_timeout(SETTLED_MS)
        rows = page.locator("[data-alert-rows] > li")
        rows.filter(has_text=name).filter(has_text=word).wait_for(timeout=FIRES_WITHIN_MS)
        yield page


@contextmanager
def _server(folder: Path, out: Path) -> Iterator[GunicornServer]:
    shutil.copy(CLIP, folder / "clip.mp4")
    sources = f"demo=demo,door={folder / 'clip.mp4'}"
    server = GunicornServer(folder, {"CAMERAS": sources})
    server.upgrade()
    database = Database(f"sqlite:///{folder / 'instance' / 'evenkeel.db'}")
    write_shift(database, datetime.now(UTC))
    database.close()
    server.launch()
    try:
        yield server.wait_until_ready()
    finally:
        server.kill()
        shutil.copy(server.log, out / "server.txt")


if __name__ == "__main__":
    main()
