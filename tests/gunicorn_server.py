"""The real thing: gunicorn with cameras, model and database of its own."""

import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import weakref
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import requests
import socketio

from tests.patience import PATIENCE_S, wait_until
from tests.purposes import state_purposes
from webapp.config import ROOT, read_settings
from webapp.core.purpose import needs_purpose
from webapp.core.sources import source_kind
from webapp.serving.sealer import build_sealer
from webapp.storage.cameras import seed_cameras
from webapp.storage.database import Database

PASSWORD = "correct horse battery"
READY_WITHIN_S = 120.0
CSRF_FIELD = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


# Below those that the kernel hands out, which another test may be given before a server starts;
# each process of the suite has its own thousand.
PORTS = itertools.count(
    20_000 + 1_000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) + os.getpid() % 500
)


def free_port() -> int:
    """Return a port that nobody listens on, each time another one."""
    for port in PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("there is always another one")


@dataclass
class GunicornServer:
    """A gunicorn process in a folder of its own; everything but its settings is the default."""

    folder: Path
    changes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = self.folder / "log.txt"
        # Not in `folder`: addresses of sockets must be short.
        self.temporary = Path(tempfile.mkdtemp(prefix="evenkeel-server-"))
        weakref.finalize(self, shutil.rmtree, self.temporary, ignore_errors=True)
        inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.env = inherited | {
            "PORT": str(self.port),
            "INSTANCE_DIR": str(self.folder / "instance"),
            "ADMIN_PASSWORD": PASSWORD,
            "OPEN_OPS": "1",
            "TMPDIR": str(self.temporary),
            **self.changes,
        }

    def start(self) -> "GunicornServer":
        """Upgrade the database, state purposes and start, as `make run` does; returns at once."""
        self.upgrade()
        self.state_purposes()
        self.launch()
        return self

    def upgrade(self) -> None:
        """Bring the database up to date."""
        status = self._run("-m", "webapp", "db", "upgrade").wait(60)
        assert status == 0, self.log.read_text()

    def state_purposes(self) -> None:
        """Take the cameras from the settings, as the start does, and let them go live."""
        settings, now = read_settings(self.env), datetime.now(UTC)
        if not any(needs_purpose(source_kind(camera.source)) for camera in settings.cameras):
            return
        database, sealer = Database(settings.database_url), build_sealer(settings)
        with database.session() as work:
            seed_cameras(work, settings.cameras, sealer, now)
            state_purposes(work, sealer, now)
        database.close()

    def launch(self) -> None:
        """Start gunicorn."""
        self.process = self._run("-m", "gunicorn", "-c", "python:webapp.gunicorn_conf", "wsgi:app")

    def wait_until_ready(
        self, page: str = "/readyz", session: requests.Session | None = None
    ) -> "GunicornServer":
        """Wait until cameras, model and database work, or until `page` answers to a session."""
        get = session.get if session else requests.get
        deadline_s = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline_s and self.process.poll() is None:
            try:
                if get(self.url + page, timeout=20).status_code == 200:
                    return self
            except requests.RequestException:
                pass
            time.sleep(0.2)
        raise AssertionError(f"the server did not get ready:\n{self.log.read_text()}")

    def sign_in(self, username: str = "admin", password: str = PASSWORD) -> requests.Session:
        """Fill in the sign-in form as a browser does."""
        session = requests.Session()
        page = session.get(f"{self.url}/login", timeout=PATIENCE_S)
        found = CSRF_FIELD.search(page.text)
        assert found, page.text
        form = {"username": username, "password": password, "csrf_token": found.group(1)}
        answer = session.post(
            f"{self.url}/login", data=form, timeout=PATIENCE_S, allow_redirects=False
        )
        assert answer.status_code in (302, 303), answer.text
        return session

    def hand_in(
        self, session: requests.Session, data: bytes, name: str = "clip.mp4"
    ) -> requests.Response:
        """Send a picture or video to be read, as the page does."""
        headers = {
            "Content-Type": "application/octet-stream",
            "X-CSRFToken": self.form_token(session, "/analyse"),
            "X-File-Name": name,
        }
        return session.post(f"{self.url}/api/analyse", data=data, headers=headers, timeout=60)

    def form_token(self, session: requests.Session, page: str) -> str:
        """Return the hidden field of a page's form."""
        found = CSRF_FIELD.search(session.get(f"{self.url}{page}", timeout=PATIENCE_S).text)
        assert found, page
        return found.group(1)

    def connect(self, session: requests.Session, url: str = "") -> "SocketClient":
        """Open a Socket.IO connection with the cookies of a sign-in, here or at a proxy."""
        return SocketClient(url or self.url, session)

    def stop(self) -> float:
        """Send SIGTERM; returns how long the process took to end, in seconds."""
        started_at_s = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        return time.monotonic() - started_at_s

    def crash(self) -> None:
        """End it as a machine that loses power."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for process_id in (self.process.pid, *map(int, children.read_text().split())):
            os.kill(process_id, signal.SIGKILL)
        self.process.wait()

    def kill(self) -> None:
        """End it in any case."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    def _run(self, *arguments: str) -> subprocess.Popen:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=self.env, stdout=log, stderr=log
            )


class SocketClient:
    """Collects what the server pushes."""

    def __init__(self, url: str, session: requests.Session) -> None:
        self.events: list[tuple[float, str, dict]] = []
        self._client = socketio.Client(reconnection=False)
        for event in ("counts", "camera", "picture", "silences"):
            self._client.on(event, self._collector(event))
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)
        headers = {"Cookie": cookies}
        self._client.connect(
            url, headers=headers, transports=["websocket"], wait_timeout=PATIENCE_S
        )

    def wait(self, event: str, after: int = 0, **wanted: object) -> dict:
        """Return the first event from position `after` on whose payload has the wanted values."""

        def found() -> list[dict]:
            of_event = (payload for _, name, payload in self.events[after:] if name == event)
            return [payload for payload in of_event if wanted.items() <= payload.items()]

        wait_until(found, f"no {event} with {wanted}")
        return found()[0]

    def show(self, *cameras: str) -> None:
        """Ask for pictures of some cameras, as pages do that show them side by side."""
        self._client.emit("pictures", {"cameras": list(cameras), "width": 320})

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()

    def _collector(self, event: str):
        return lambda payload: self.events.append((time.monotonic(), event, payload))
