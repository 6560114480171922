"""nginx in front of a server of ours, as the README says and as people have it."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
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


@contextmanager
def nginx_of(folder: Path, port: int, servers: str) -> Iterator[None]:
    """Run nginx with what stands in its `http` block while the block here lasts."""
    folder.mkdir(exist_ok=True)
    before, _, _ = CONFIGURATION.partition("    proxy_http_version")
    head = before.format(folder=folder)
    with _running(folder, port, f"{head}\n{servers}\n}}\n"):
        yield


@contextmanager
def _running(folder: Path, port: int, configuration: str) -> Iterator[None]:
    assert NGINX
    path = folder / "nginx.conf"
    path.write_text(configuration)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [NGINX, "-p", folder, "-e", "stderr", "-c", path], stdout=log, stderr=log
        )
    try:
        _wait_until_it_listens(process, port)
        yield
    finally:
        process.terminate()
        process.wait(10)


def _wait_until_it_listens(process: subprocess.Popen, port: int) -> None:
    deadline_s = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline_s:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("nginx does not listen; see its log")
