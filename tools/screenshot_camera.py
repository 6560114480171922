"""A browser that opens pages of a running server and takes pictures of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.conftest import sign_in
from tests.gunicorn_server import PASSWORD

DESKTOP, WALL, PHONE = (1440, 900), (1920, 1080), (390, 844)
SETTLED_MS = 4000


@dataclass(frozen=True)
class Camera:
    """A browser that is signed in, and where its pictures go."""

    browser: Browser
    url: str
    out: Path
    signed_in: Path

    @contextmanager
    def page(self, path: str, size: tuple[int, int], scheme: str) -> Iterator[Page]:
        """Open a page in a window of its own."""
        context = self.browser.new_context(
            base_url=self.url,
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            storage_state=self.signed_in if self.signed_in.exists() else None,
        )
        page = context.new_page()
        answer = page.goto(path)
        if answer is None or not answer.ok:
            raise SystemExit(f"{path}: {answer and answer.status} instead of a page")
        yield page
        context.close()

    def sign_in(self) -> None:
        """Sign in and keep the cookies for every other page."""
        with self.page("/login", DESKTOP, "light") as page:
            sign_in(page, password=PASSWORD)
            page.context.storage_state(path=self.signed_in)

    def take(
        self, name: str, path: str, size: tuple[int, int], scheme: str, wait_ms: float = SETTLED_MS
    ) -> None:
        """Take a picture: of what a screen shows of the dashboard, of other pages as a whole."""
        with self.page(path, size, scheme) as page:
            page.wait_for_timeout(wait_ms)
            is_whole = size == PHONE or not path.startswith("/?")
            page.screenshot(path=self.out / f"{name}.png", full_page=is_whole)
