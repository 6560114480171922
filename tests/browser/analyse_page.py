"""What tests of /analyse do on the page, and the job runner behind it."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from playwright.sync_api import FilePayload, Locator, Page, Route

from tests.uploads.running_jobs import running_jobs
from webapp.web.services import services_of

SLOW_BYTES_PER_S = 50_000
DROP = """(zone, { name, data }) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], name));
    for (const type of ["dragenter", "dragover", "drop"])
        zone.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
}"""


def serve_jobs(app: Flask, **changes: Any) -> Any:
    """Run jobs behind the application, and report to their owners over Socket.IO."""
    sockets = services_of(app).sockets

    def report(owner: int, status: Any) -> None:
        sockets.publish_to(owner, status)

    return running_jobs(report, is_open=False, **changes)


def drop(page: Page, name: str, data: bytes) -> None:
    """Drop a file as the browser does."""
    file = {"name": name, "data": base64.b64encode(data).decode()}
    page.locator("[data-drop-zone]").evaluate(DROP, file)


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


def hold_list(route: Route, asked: list[Route]) -> None:
    if route.request.method == "GET":
        asked.append(route)
    else:
        route.continue_()
