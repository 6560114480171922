"""The application on fake cameras, as a gunicorn worker loads it."""

import itertools
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from tests.conftest import CHEAP_HASHER
from tests.fakes import FakeRuntime
from webapp.app import create_app
from webapp.bus.latest import Latest
from webapp.bus.viewers import View
from webapp.config import Settings
from webapp.core.picture_quality import FULL, PictureQuality
from webapp.core.proxy_headers import ProxyHeaders
from webapp.storage import database
from webapp.storage.passwords import PasswordVault
from webapp.web.access.sign_in_checks import SignInChecks
from webapp.web.services import services_of


class LiveCamera(FakeRuntime):
    """Gives every viewer the newest picture of one camera, `demo`."""

    def __init__(self, fps: float, picture_bytes: int, max_viewers: int) -> None:
        super().__init__(max_viewers=max_viewers)
        self._interval_s, self._picture_bytes = 1.0 / fps, picture_bytes
        self._pictures: Latest[bytes] = Latest()

    def start(self) -> None:
        """Begin to give pictures."""
        threading.Thread(target=self._run, name="camera", daemon=True).start()

    def stream(self, camera: str, quality: PictureQuality = FULL) -> View:
        """Take a viewer's place."""
        place = super().stream(camera, quality)
        return View(self._newer_pictures(), place.close)

    def request_stop(self) -> None:
        """End every stream."""
        super().request_stop()
        self._pictures.close()

    def _newer_pictures(self) -> Iterator[bytes]:
        version = 0
        while not self.stopped.is_set():
            newer = self._pictures.wait_newer(version, timeout_s=2.0)
            if newer:
                version = newer.version
                yield newer.value

    def _run(self) -> None:
        pictures = itertools.cycle([os.urandom(self._picture_bytes) for _ in range(3)])
        next_at_s = time.monotonic()
        while not self.stopped.wait(max(0.0, next_at_s - time.monotonic())):
            self._pictures.put(next(pictures))
            next_at_s += self._interval_s


def app(
    folder: str, fps: float = 30.0, picture_bytes: int = 60_000, max_viewers: int = 500
) -> Flask:
    """Build the application on the database in a folder."""
    # What waits for a lock is to wait until a test has seen the rest, however slow the machine.
    database.BUSY_TIMEOUT_MS = 60_000
    settings = Settings(
        instance_dir=Path(folder),
        database_url=f"sqlite:///{folder}/evenkeel.db",
        secret_key="for the tests only",
        max_viewers=max_viewers,
        trusted_proxies=1,
        identity_headers=ProxyHeaders("Remote-User", "Remote-Role"),
    )
    camera = LiveCamera(fps, picture_bytes, max_viewers)
    app = create_app(settings, camera)
    services = services_of(app)
    services.checks = SignInChecks(PasswordVault(CHEAP_HASHER))
    camera.start()
    run = services.connections.run
    threading.Thread(target=run, args=(camera.stopped,), name="sign-ins", daemon=True).start()
    return app
