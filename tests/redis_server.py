"""A Redis of its own on a free port of this machine, which keeps nothing."""

import shutil
import subprocess
import time
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from tests.gunicorn_server import free_port
from tests.patience import PATIENCE_S

REDIS = shutil.which("redis-server")


class RedisServer:
    """A Redis that can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> "RedisServer":
        """Start it and wait until it answers."""
        assert REDIS
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen([REDIS, *options, self._folder], **quiet)
        deadline_s = time.monotonic() + PATIENCE_S
        with Redis(port=self.port) as client:
            while time.monotonic() < deadline_s:
                try:
                    client.ping()
                    return self
                except RedisError:
                    time.sleep(0.02)
        raise TimeoutError("Redis does not answer")

    def stop(self) -> None:
        """Kill it, as a machine that loses power."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None
