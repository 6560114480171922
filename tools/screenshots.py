"""Takes pictures of the dashboard on the demo clip, for the README and for a critical look.

python -m tools.screenshots --out DIR [--after 20]
"""

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.gunicorn_server import PASSWORD, GunicornServer
from webapp.demo import CLIP

DESK, WALL, PHONE = (1440, 900), (1920, 1080), (390, 844)
VIEWS = {
    "wide": (DESK, "light"),
    "wide-dark": (DESK, "dark"),
    "wall-dark": (WALL, "dark"),
    "phone": (PHONE, "light"),
    "phone-dark": (PHONE, "dark"),
}


def main() -> None:
    """Start a server, look at it in every view, then take its source away and look again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--after", type=float, default=20.0, help="seconds of the demo to wait")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        _server(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        _take_all(browser, server, options.out, options.after)
        browser.close()


def _take_all(browser: Browser, server: GunicornServer, out: Path, after_s: float) -> None:
    for name, (size, scheme) in VIEWS.items():
        _take(browser, server.url, out / f"{name}.png", size, scheme, after_s)
        after_s = 4.0
    (server.folder / "clip.mp4").rename(server.folder / "away.mp4")
    _take(browser, f"{server.url}/?camera=door", out / "offline.png", DESK, "light", 8.0)


@contextmanager
def _server(folder: Path) -> Iterator[GunicornServer]:
    shutil.copy(CLIP, folder / "clip.mp4")
    sources = f"demo=demo,door={folder / 'clip.mp4'}"
    server = GunicornServer(folder, {"CAMERAS": sources}).start()
    try:
        yield server.wait_until_ready()
    finally:
        server.kill()


def _take(
    browser: Browser, url: str, path: Path, size: tuple[int, int], scheme: str, after_s: float
) -> None:
    viewport = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=viewport, color_scheme=scheme)
    page = context.new_page()
    page.goto(url)
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click(no_wait_after=True)
    page.wait_for_selector("[data-dashboard]")
    page.wait_for_timeout(1000 * after_s)
    page.screenshot(path=path, full_page=size == PHONE)
    context.close()


if __name__ == "__main__":
    main()
