"""Tests of the worker under real gunicorn, over real sockets."""

import re
import resource
import select
import shutil
import socket
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

import pytest
import requests
import socketio

from tests.conftest import PASSWORD
from tests.gunicorn_server import CSRF_FIELD
from tests.patience import PATIENCE_S, wait_until
from tests.services import require_or_skip
from tests.web.worker.certificates import make_certificate
from tests.web.worker.server import WorkerServer, cookies_of
from tests.web.worker.slow_clients import (
    HALF_BODY,
    HALF_CHUNKS,
    HALF_HEADER,
    HOST,
    KEEPS_OPEN,
    TLS_BYTE,
    healthz_s,
    opened,
    stream_request,
)
from tests.web.worker.workers import MOST_PER_ADDRESS, PROXY
from webapp.web.worker.web_worker import _allowed_connections

# Less than gunicorn would wait for those who are connected.
AT_ONCE_S, IN_VAIN_S = 20.0, 30
STATUS = re.compile(rb"HTTP/1\.1 (\d+)")
GET = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"


def is_cut(client: socket.socket) -> bool:
    """Wait until the server has closed a connection; reads nothing of it."""
    watched = select.poll()
    watched.register(client, select.POLLRDHUP)
    return bool(watched.poll(1000 * PATIENCE_S))


def statuses(client: socket.socket, count: int) -> list[int]:
    """Read so many answers of one connection."""
    received = b""
    while len(found := STATUS.findall(received)) < count:
        data = client.recv(1 << 16)
        assert data, received
        received += data
    return [int(status) for status in found]


@pytest.mark.parametrize(
    "first",
    [b"", HALF_HEADER, HALF_BODY, HALF_CHUNKS, KEEPS_OPEN],
    ids=["nothing", "half a header", "half a body", "half of its chunks", "keeps open"],
)
def test_slow_clients_are_cut_while_others_are_served(server: WorkerServer, first: bytes) -> None:
    clients = [opened(server.port, first, "127.0.4.1") for _ in range(MOST_PER_ADDRESS)]
    assert requests.get(f"{server.url}/healthz", timeout=PATIENCE_S).status_code == 200
    assert all(is_cut(client) for client in clients)
    for client in clients:
        client.close()
    assert "Traceback" not in server.log.read_text()


def test_a_client_who_keeps_what_is_closed_open_counts_no_more(server: WorkerServer) -> None:
    kept = [opened(server.port, KEEPS_OPEN, "127.0.5.1") for _ in range(MOST_PER_ADDRESS)]

    def is_served() -> bool:
        with opened(server.port, b"", "127.0.5.1") as client, suppress(OSError, AssertionError):
            client.sendall(GET)
            return statuses(client, 1) == [200]
        return False

    wait_until(is_served, "the closed connections are counted for ever")
    for client in kept:
        client.close()


def test_a_viewer_who_reads_nothing_is_cut(server: WorkerServer, session: requests.Session) -> None:
    viewer = opened(server.port, stream_request(cookies_of(session)))
    assert is_cut(viewer)
    viewer.close()
    wait_until(lambda: not viewers(server, session), "the place of a viewer who was cut is taken")


def viewers(server: WorkerServer, session: requests.Session) -> int:
    """Return how many watch the camera."""
    answer = session.get(f"{server.url}/api/cameras", timeout=PATIENCE_S).json()
    return int(answer["cameras"][0]["viewers"])


def test_an_address_has_so_many_connections(server: WorkerServer) -> None:
    clients = [opened(server.port, GET, "127.0.6.1") for _ in range(MOST_PER_ADDRESS)]
    assert [statuses(client, 1) for client in clients] == [[200]] * MOST_PER_ADDRESS
    with opened(server.port, b"", "127.0.6.1") as refused:
        assert is_cut(refused)
    with opened(server.port, GET, "127.0.6.2") as neighbour:
        assert statuses(neighbour, 1) == [200]
    for client in clients:
        client.close()


def test_a_proxy_is_one_address_for_all(server: WorkerServer) -> None:
    clients = [opened(server.port, GET, PROXY) for _ in range(2 * MOST_PER_ADDRESS)]
    assert [statuses(client, 1) for client in clients] == [[200]] * len(clients)
    for client in clients:
        client.close()


def test_one_connection_takes_many_requests_at_once_and_one_after_the_other(
    server: WorkerServer,
) -> None:
    body = b"username=admin&password=wrong"
    form = (
        b"POST /login HTTP/1.1\r\n" + HOST + b"Accept: application/json\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body)
    )
    with opened(server.port, GET + form + body + GET + GET[:20]) as client:
        assert statuses(client, 3) == [200, 400, 200]
        client.sendall(GET[20:])
        assert statuses(client, 1) == [200]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (b"Remote-User: mira\r\nRemote-Role: manager\r\n", 200),
        (b"Remote-User: mira\r\nRemote-User: admin\r\n", 400),
        (b"Remote-User: mira\r\nremote-role: viewer\r\nRemote-Role: admin\r\n", 400),
        # Proxies that pass headers with underscores on as they are.
        (b"Remote_User: mira\r\nRemote_Role: admin\r\n", 401),
    ],
)
def test_who_somebody_is_must_be_said_once(
    server: WorkerServer, lines: bytes, expected: int
) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as client:
        client.sendall(b"GET /api/cameras HTTP/1.1\r\n" + HOST + lines + b"\r\n")
        assert statuses(client, 1) == [expected]


@pytest.mark.parametrize("transports", [["polling"], ["websocket"], ["polling", "websocket"]])
def test_pushes_arrive(
    server: WorkerServer, session: requests.Session, transports: list[str]
) -> None:
    arrived = threading.Event()
    client = socketio.Client(reconnection=False, http_session=session)
    client.on("counts", lambda _: arrived.set())
    client.connect(server.url, transports=transports, wait_timeout=PATIENCE_S)
    assert arrived.wait(PATIENCE_S)
    assert client.transport() == transports[-1]
    client.disconnect()


def test_signing_out_ends_the_picture(server: WorkerServer) -> None:
    session = server.sign_in()
    stream = session.get(f"{server.url}/stream/demo.mjpg", stream=True, timeout=PATIENCE_S)
    chunks = stream.iter_content(1 << 16)
    next(chunks)
    found = CSRF_FIELD.search(session.get(f"{server.url}/", timeout=PATIENCE_S).text)
    assert found
    session.post(f"{server.url}/logout", data={"csrf_token": found.group(1)}, timeout=PATIENCE_S)
    # It ends as an answer does that is complete.
    for _ in chunks:
        pass


def test_a_locked_database_holds_up_only_who_needs_it(server: WorkerServer) -> None:
    visitor = requests.Session()
    found = CSRF_FIELD.search(visitor.get(f"{server.url}/login", timeout=PATIENCE_S).text)
    assert found
    form = {"username": "admin", "password": PASSWORD, "csrf_token": found.group(1)}
    answers: list[int] = []

    def sign_in() -> None:
        answer = visitor.post(
            f"{server.url}/login", data=form, timeout=PATIENCE_S, allow_redirects=False
        )
        answers.append(answer.status_code)

    database = sqlite3.connect(server.folder / "evenkeel.db", isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    signing_in = threading.Thread(target=sign_in)
    signing_in.start()
    # Long enough to come to the lock.
    signing_in.join(1.0)
    assert signing_in.is_alive()
    healthz_s(server.port)
    database.execute("ROLLBACK")
    database.close()
    signing_in.join(PATIENCE_S)
    assert answers == [303], "nobody was served before the lock was given up"


def test_tls_must_be_agreed_on_in_time(tmp_path: Path, seeded_database: Path) -> None:
    require_or_skip("openssl", shutil.which("openssl") is not None)
    certificate, key = make_certificate(tmp_path)
    server = WorkerServer(
        tmp_path,
        database=seeded_database,
        worker="tests.web.worker.workers.HastyWorker",
        options=("--certfile", str(certificate), "--keyfile", str(key)),
        graceful_s=IN_VAIN_S,
    )
    server.start()
    try:
        server.wait_until_listening()
        clients = [opened(server.port, TLS_BYTE, "127.0.4.1") for _ in range(MOST_PER_ADDRESS)]
        healthz_s(server.port, is_tls=True)
        assert all(is_cut(client) for client in clients)
        for client in clients:
            client.close()
        with opened(server.port, GET) as plain:
            assert is_cut(plain)
        assert server.stop() < AT_ONCE_S
        assert "Traceback" not in server.log.read_text()
    finally:
        server.kill()


@pytest.mark.parametrize(
    ("hard", "possible", "warnings"),
    [(resource.RLIM_INFINITY, 4000, 0), (4200, 4000, 0), (1024, 824, 1)],
)
def test_the_system_may_allow_fewer_connections(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    hard: int,
    possible: int,
    warnings: int,
) -> None:
    raised: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: raised.append(limits))
    assert _allowed_connections(4000) == possible
    assert raised == [(possible + 200, hard)]
    assert len([text for text in caplog.messages if "ulimit -Hn" in text]) == warnings


def test_it_stops_at_once_whoever_is_connected(tmp_path: Path, seeded_database: Path) -> None:
    server = WorkerServer(
        tmp_path,
        database=seeded_database,
        worker="tests.web.worker.workers.PatientWorker",
        camera="picture_bytes=20_000",
        graceful_s=IN_VAIN_S,
    )
    server.start()
    try:
        server.wait_until_listening()
        session = server.sign_in()
        streams = [
            session.get(f"{server.url}/stream/demo.mjpg", stream=True, timeout=PATIENCE_S)
            for _ in range(5)
        ]
        ended: list[bool] = []
        watching = [
            threading.Thread(target=lambda stream=stream: ended.append(bool(stream.content)))
            for stream in streams
        ]
        for thread in watching:
            thread.start()
        pushed, kept = server.connect(session), opened(server.port, GET)
        stalled = opened(server.port, stream_request(cookies_of(session)))
        half = opened(server.port, HALF_HEADER)
        assert statuses(kept, 1) == [200]
        pushed.wait("counts")
        assert server.stop() < AT_ONCE_S
        assert server.process.returncode == 0
        assert "Traceback" not in server.log.read_text()
        for thread in watching:
            thread.join(PATIENCE_S)
        assert ended == [True] * len(streams), "a stream was cut instead of ended"
        for client in (kept, stalled, half):
            client.close()
        with socket.create_server(("127.0.0.1", server.port)):
            pass
    finally:
        server.kill()
