"""One web process and many viewers: pictures each gets, CPU for each, and what slow clients cost.

python -m benchmarks.fan_out [--viewers 50 200 500] [--seconds 10] [--slow 1000]

The worker runs on one core, the viewers on another. A fake camera gives 30 pictures of 60 KB a
second.
"""

import argparse
import multiprocessing
import os
import selectors
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.clips import table
from benchmarks.slow_clients import PATIENCE_S, longest_answers_s
from tests.conftest import ADMIN, CHEAP_HASHER, PASSWORD
from tests.web.worker.certificates import make_certificate
from tests.web.worker.server import WorkerServer, cookies_of
from tests.web.worker.slow_clients import KINDS, READS_NOTHING, TLS_BYTE, stream_request
from webapp.core.access import Role
from webapp.storage.database import Database
from webapp.storage.upgrade import upgrade
from webapp.storage.users import add_user

WORKERS = {"gevent": "webapp.web.worker.web_worker.WebWorker", "gthread": "gthread"}
SETTLE_S = 2.0
# Below the cap for each address.
VIEWERS_PER_ADDRESS = 50
START_OF_PICTURE = b"Content-Length"


def main() -> None:
    """Measure and print two Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, nargs="*", default=[50, 200, 500])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--slow", type=int, default=1000, help="slow connections of each kind")
    parser.add_argument("--workers", nargs="*", choices=WORKERS, default=list(WORKERS))
    options = parser.parse_args()
    if options.viewers:
        rows = [
            {"worker": worker, **fan_out(worker, count, options.seconds)}
            for count in options.viewers
            for worker in options.workers
        ]
        print(table(rows), flush=True)
    if options.slow:
        rows = [row for worker in options.workers for row in slow_clients(worker, options.slow)]
        print(table(rows), flush=True)


def fan_out(worker: str, count: int, seconds: float) -> dict[str, Any]:
    """Return how many pictures viewers get, and what the worker uses for them."""
    with running(worker, threads=2 * count + 60) as server:
        cookies = cookies_of(server.sign_in())
        ours, theirs = multiprocessing.Pipe()
        viewers = multiprocessing.Process(
            target=watch, args=(server.port, cookies, ["demo"] * count, theirs)
        )
        viewers.start()
        pin(viewers.pid or 0, -1)
        while not all(asked(ours)):
            time.sleep(0.1)
        time.sleep(SETTLE_S)
        before, cpu_s, started_at_s = asked(ours), cpu_s_of(server), time.monotonic()
        time.sleep(seconds)
        after, cpu_s = asked(ours), cpu_s_of(server) - cpu_s
        elapsed_s = time.monotonic() - started_at_s
        ours.send(None)
        viewers.join()
        rates = sorted((b - a) / elapsed_s for a, b in zip(before, after, strict=True))
        return {
            "viewers": count,
            "pictures/s, least": f"{rates[0]:.1f}",
            "median": f"{rates[len(rates) // 2]:.1f}",
            "worker CPU per picture, µs": f"{1e6 * cpu_s / sum(rates) / elapsed_s:.0f}",
            "cores": f"{cpu_s / elapsed_s:.2f}",
        }


def slow_clients(worker: str, count: int) -> Iterator[dict[str, Any]]:
    """Yield for each kind of slow clients how long an answer of /healthz took beside them."""
    for kind, first in KINDS.items():
        with running(worker, threads=176, is_tls=first == TLS_BYTE) as server:
            if kind == READS_NOTHING:
                first = stream_request(cookies_of(server.sign_in()))
            longest = longest_answers_s(server.port, worker_pid(server), first, count)
        answers = ["none" if s >= PATIENCE_S else f"{1000 * s:.0f} ms" for s in longest]
        yield {
            "slow clients": f"{count}, {kind}",
            "worker": worker,
            "longest answer": answers[0],
            "less waiting for a core": answers[1],
        }


@contextmanager
def running(worker: str, threads: int, *, is_tls: bool = False) -> Iterator[WorkerServer]:
    """Run a worker on one core until the end."""
    with tempfile.TemporaryDirectory() as folder:
        seed = Path(folder) / "seed.db"
        upgrade(f"sqlite:///{seed}")
        database = Database(f"sqlite:///{seed}")
        with database.session() as work:
            add_user(work, ADMIN, CHEAP_HASHER.hash(PASSWORD), datetime.now(UTC), role=Role.ADMIN)
        database.close()
        options: tuple[str, ...] = (
            "--threads",
            str(threads),
            "--worker-connections",
            str(2 * threads),
        )
        if is_tls:
            certificate, key = make_certificate(Path(folder))
            options += ("--certfile", str(certificate), "--keyfile", str(key))
        server = WorkerServer(
            Path(folder),
            database=seed,
            worker=WORKERS[worker],
            camera="max_viewers=2000",
            options=options,
        ).start()
        try:
            server.wait_until_listening()
            pin(worker_pid(server), 0)
            yield server
        finally:
            server.kill()


def watch(port: int, cookies: str, cameras: Sequence[str], asker: Connection) -> None:
    """Watch each of these; answers whatever comes with the pictures each got, ends at None."""
    selector = selectors.DefaultSelector()
    got = [0] * len(cameras)
    for viewer, camera in enumerate(cameras):
        request = (
            f"GET /stream/{camera}.mjpg HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Cookie: {cookies}\r\n\r\n"
        )
        address = (f"127.0.1.{1 + viewer // VIEWERS_PER_ADDRESS}", 0)
        connection = socket.create_connection(("127.0.0.1", port), 60, address)
        connection.sendall(request.encode())
        selector.register(connection, selectors.EVENT_READ, viewer)
    selector.register(asker, selectors.EVENT_READ, None)
    buffer = bytearray(1 << 18)
    while True:
        for key, _ in selector.select():
            if key.data is None:
                if asker.recv() is None:
                    return
                asker.send(list(got))
                continue
            received = key.fileobj.recv_into(buffer)  # type: ignore[union-attr]
            # A heading that two reads share is not seen: one picture in some thousands.
            got[key.data] += buffer.count(START_OF_PICTURE, 0, received)


def asked(viewers: Connection) -> list[int]:
    """Return how many pictures each viewer has got."""
    viewers.send("?")
    got: list[int] = viewers.recv()
    return got


def worker_pid(server: WorkerServer) -> int:
    """Return the process that serves."""
    master = server.process.pid
    return int(Path(f"/proc/{master}/task/{master}/children").read_text().split()[0])


def pin(pid: int, core: int) -> None:
    """Leave a process one of the cores, by its place among those there are."""
    cores = sorted(os.sched_getaffinity(0))
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(thread), {cores[core]})


def cpu_s_of(server: WorkerServer) -> float:
    """Return the CPU time that the worker has used."""
    fields = Path(f"/proc/{worker_pid(server)}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
