"""Real gunicorn with a worker class of ours, on fake cameras."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.gunicorn_server import GunicornServer
from tests.web.worker.slow_clients import healthz_s


@dataclass
class WorkerServer(GunicornServer):
    """Serves `tests.web.worker.served` on a copy of a database with users."""

    database: Path = Path()
    worker: str = "webapp.web.worker.web_worker.WebWorker"
    camera: str = ""
    """How the camera differs: arguments of `served.app`, such as `fps=10.0`."""
    options: tuple[str, ...] = ()
    """Of gunicorn."""
    graceful_s: int = 2

    def upgrade(self) -> None:
        """Take the database as it is."""
        shutil.copy(self.database, self.folder / "evenkeel.db")

    def launch(self) -> None:
        """Start gunicorn."""
        address = f"127.0.0.1:{self.port}"
        arguments = ", ".join(filter(None, (f"'{self.folder}'", self.camera)))
        self.process = self._run(
            *("-m", "gunicorn", "-k", self.worker, "-b", address, "--no-control-socket"),
            *("--graceful-timeout", str(self.graceful_s), "--keep-alive", "2", *self.options),
            f"tests.web.worker.served:app({arguments})",
        )

    def wait_until_listening(self) -> "WorkerServer":
        """Wait until `/healthz` answers, over TLS where there is TLS."""
        healthz_s(self.port, is_tls="--certfile" in self.options)
        return self


def cookies_of(session: requests.Session) -> str:
    """Return the header that keeps a session signed in."""
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)
