"""Several machines on this one: web instances behind nginx, workers, Redis and PostgreSQL."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import requests

from tests.gunicorn_server import PASSWORD, GunicornServer
from tests.nginx_proxy import Nginx
from tests.patience import PATIENCE_S
from tests.postgres_server import PostgresServer
from tests.redis_server import RedisServer
from webapp.config import ROOT
from webapp.storage.database import Database

SECRET_KEY = "a key that all machines have in common"
WITHIN_S = 60.0


class WorkerProcess:
    """A worker that can be killed and started again."""

    def __init__(self, folder: Path, name: str, env: dict[str, str]) -> None:
        folder.mkdir(parents=True)
        self.name, self.log = name, folder / "log.txt"
        own = {"INSTANCE_DIR": str(folder / "instance"), "WORKER_NAME": name}
        inherited = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        self.env = inherited | env | own
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; returns at once."""
        command = [sys.executable, "-m", "webapp", "worker"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)

    def holds(self) -> list[str]:
        """Return the cameras that it last said it holds."""
        said = re.findall(r"this worker holds (.*)", self.log.read_text())
        return [] if not said or said[-1] == "no camera" else said[-1].split(", ")

    def kill(self) -> None:
        """End it as a machine that loses power."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it as systemd does, if it runs."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE_S)


class Cluster:
    """The processes; every one can be killed and started again."""

    def __init__(
        self,
        folder: Path,
        redis: RedisServer,
        database_url: str,
        changes: dict[str, str],
        workers: Sequence[str],
        web_instances: int,
    ) -> None:
        self.redis, self.database_url, self._folder = redis, database_url, folder
        self.shared = {
            "REDIS_URL": redis.url,
            "DATABASE_URL": database_url,
            "SECRET_KEY": SECRET_KEY,
            "ADMIN_PASSWORD": PASSWORD,
            **changes,
        }
        self.workers = [WorkerProcess(folder / name, name, self.shared) for name in workers]
        self.webs = []
        for number in range(web_instances):
            own = folder / f"web-{number}"
            own.mkdir()
            self.webs.append(GunicornServer(own, self.shared))

    def prepare(self, rules: Callable[[Database], None]) -> None:
        """Make the tables, the rules, the cameras of `CAMERAS` and their purposes."""
        self.webs[0].upgrade()
        self.webs[0].state_purposes()
        with closing(Database(self.database_url)) as database:
            rules(database)

    def start(self) -> None:
        """Start everything; returns at once."""
        for worker in self.workers:
            worker.start()
        for web in self.webs:
            web.launch()

    def statuses(self, web: GunicornServer, session: requests.Session) -> dict[str, dict]:
        """Return what a web instance says of each camera."""
        answer = session.get(f"{web.url}/api/cameras", timeout=PATIENCE_S)
        return {each["name"]: each for each in answer.json()["cameras"]}

    def nginx(self, port: int) -> Nginx:
        """Return nginx to be put in front, set up as we ship it, but for TLS."""
        own = (ROOT / "deploy" / "nginx-distributed.conf").read_text()
        for number, web in enumerate(self.webs, start=1):
            own = own.replace(f"web-{number}:5000", f"127.0.0.1:{web.port}")
        plain = re.sub(r"server \{\s+listen 80;.*?\n\}", "", own, flags=re.S)
        plain = re.sub(r"listen 443 ssl;", f"listen 127.0.0.1:{port};", plain)
        plain = re.sub(r"\n +(listen \[::\]|ssl_)[^\n]*", "", plain).replace("; Secure", "")
        return Nginx(self._folder / "nginx", port, plain)

    def logs(self) -> str:
        """Return the last lines of all logs."""
        files = [each.log for each in (*self.workers, *self.webs)]
        return "\n".join(f"{f}:\n{f.read_text()[-3000:]}" for f in files if f.exists())

    def stop(self) -> None:
        """End everything."""
        for worker in self.workers:
            worker.stop()
        for web in self.webs:
            web.kill()


@contextmanager
def running_cluster(
    folder: Path,
    postgres: PostgresServer,
    changes: dict[str, str],
    workers: Sequence[str] = ("yard", "hall"),
    web_instances: int = 2,
    rules: Callable[[Database], None] = lambda database: None,
) -> Iterator[Cluster]:
    """Run a cluster with a Redis and a database of its own while the block lasts.

    Args:
        rules: writes alert rules into the database, where they are not to be those of the settings.
    """
    with ExitStack() as ending:
        redis = RedisServer(folder)
        ending.callback(redis.stop)
        redis.start()
        name = postgres.create()
        ending.callback(postgres.drop, name)
        url = postgres.url(name)
        cluster = Cluster(folder, redis, url, changes, workers, web_instances)
        ending.callback(cluster.stop)
        cluster.prepare(rules)
        cluster.start()
        yield cluster


def wait_for(holds: Callable[[], object], within_s: float = WITHIN_S) -> float:
    """Wait until something holds; returns how long it took, in seconds."""
    began_s = time.monotonic()
    while time.monotonic() - began_s < within_s:
        try:
            if holds():
                return time.monotonic() - began_s
        except (requests.RequestException, KeyError, ValueError):
            pass
        time.sleep(0.05)
    raise AssertionError(f"it did not come about within {within_s:g} s")
