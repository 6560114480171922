"""The application with fake cameras, served to a real browser."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.serving import make_server

from tests.fakes import FakeRuntime
from webapp.core.camera_state import CameraState
from webapp.core.messages import Message
from webapp.web.services import services_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass(frozen=True)
class LiveServer:
    """A running server whose cameras a test drives."""

    url: str
    port: int
    app: Flask
    runtime: FakeRuntime

    def push(self, message: Message) -> None:
        """Send a message to every signed-in browser."""
        services_of(self.app).sockets.publish(message)

    def drop_sockets(self) -> None:
        """Cut every Socket.IO connection, as a process that ends does."""
        services_of(self.app).sockets.transports.close_all()

    def set_state(self, camera: str, state: str, reason: str = "") -> None:
        """Change a camera's state, as the runtime does, and inform the browsers."""
        statuses = self.runtime.statuses
        row = [status.name for status in statuses].index(camera)
        now = datetime.now(UTC)
        changed = replace(statuses[row], state=CameraState(state), reason=reason, since=now)
        statuses[row] = changed
        self.push(changed.as_message())


@contextmanager
def serve(app: Flask, runtime: FakeRuntime, port: int = 0) -> Iterator[LiveServer]:
    """Serve on loopback until the block ends, on a free port where none is given."""
    runtime.stopped.clear()
    server = make_server("127.0.0.1", port, _closed_when_sent(app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield LiveServer(f"http://127.0.0.1:{server.port}", server.port, app, runtime)
    finally:
        runtime.request_stop()
        server.shutdown()
        thread.join()
        server.server_close()


def _closed_when_sent(app: Flask) -> "WSGIApplication":
    """Werkzeug's server leaves an answer, and its file, open when the browser resets."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        parts = app(environ, start_response)
        try:
            yield from parts
        finally:
            if hasattr(parts, "close"):
                parts.close()

    return answer
