"""nginx in front of a server of ours, as the README says and as people have it."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.patience import PATIENCE_S

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
ONE_PROCESS = "daemon off; master_process off;"
CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
user root;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_http_version 1.1;
    proxy_buffering off;
    server {{
        listen 127.0.0.1:{port}{tls};
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        location {location} {{
            proxy_pass {target};
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            {headers}
        }}
    }}
}}
"""


@contextmanager
def nginx(folder: Path, port: int, **parts: object) -> Iterator[None]:
    """Run nginx while the block lasts.

    Args:
        folder: of its own.
        port: where it listens.
        parts: what else the configuration asks for.
    """
    with _running(folder, port, CONFIGURATION.format(folder=folder, port=port, **parts)):
        yield


class Nginx:
    """nginx with what stands in its `http` block; it can be killed and started again."""

    def __init__(self, folder: Path, port: int, servers: str) -> None:
        folder.mkdir(exist_ok=True)
        self._folder, self._port = folder, port
        self._path = folder / "nginx.conf"
        before, _, _ = CONFIGURATION.partition("    proxy_http_version")
        # Its worker would outlive a master that is killed.
        alone = before.format(folder=folder).replace("daemon off;", ONE_PROCESS)
        self._path.write_text(f"{alone}\n{servers}\n}}\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._process = _start(self._folder, self._path)
        _wait_until_it_listens(self._process, self._port)

    def kill(self) -> None:
        """End it as a machine that loses power."""
        if self._process:
            self._process.kill()
            self._process.wait()


@contextmanager
def _running(folder: Path, port: int, configuration: str) -> Iterator[None]:
    path = folder / "nginx.conf"
    path.write_text(configuration)
    process = _start(folder, path)
    try:
        _wait_until_it_listens(process, port)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _start(folder: Path, path: Path) -> subprocess.Popen[bytes]:
    assert NGINX
    command = [NGINX, "-p", folder, "-e", "stderr", "-c", path]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def _wait_until_it_listens(process: subprocess.Popen, port: int) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline_s:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("nginx does not listen; see its log")
