"""A long history: how fast any range of it is read, its size, and what a purge takes.

python -m benchmarks.history [--days 365] [--cameras 4] [--database-url URL | --postgresql]
"""

import argparse
import io
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import requests
from sqlalchemy import text
from werkzeug.serving import WSGIRequestHandler, make_server

from benchmarks.clips import table
from benchmarks.history_rows import CLASSES, fill
from tests.gunicorn_server import CSRF_FIELD, PASSWORD
from tests.postgres_server import postgres_programs, postgres_server
from webapp.alerting.retention import purge
from webapp.app import create_app
from webapp.config import Settings
from webapp.storage.database import Database
from webapp.storage.first_admin import ensure_first_admin
from webapp.storage.history import camera_names, read_history
from webapp.storage.upgrade import upgrade

HOUR_S, DAY_S = 3600, 86400
RANGES = {
    "5 minutes": 300,
    "1 hour": HOUR_S,
    "8 hours": 8 * HOUR_S,
    "1 day": DAY_S,
    "5 days": 5 * DAY_S,
    "1 week": 7 * DAY_S,
    "30 days": 30 * DAY_S,
    "90 days": 90 * DAY_S,
    "1 year": 365 * DAY_S,
}
MOST_POINTS = 500


def main() -> None:
    """Fill a database, measure and print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--cameras", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=9, help="times that each range is asked for")
    parser.add_argument("--database-url", help="an empty database; default a new SQLite file")
    parser.add_argument("--postgresql", action="store_true", help="start a server for this")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _database_url(options, Path(folder)) as url:
        upgrade(url)
        measure(Settings(instance_dir=Path(folder), database_url=url, secret_key="-"), options)


@contextmanager
def _database_url(options: argparse.Namespace, folder: Path) -> Iterator[str]:
    if options.postgresql:
        programs = postgres_programs()
        if programs is None:
            raise SystemExit("PostgreSQL is not there; install it or give --database-url.")
        with postgres_server(programs) as server:
            yield server.url(server.create())
        return
    yield options.database_url or f"sqlite:///{folder / 'evenkeel.db'}"


def measure(settings: Settings, options: argparse.Namespace) -> None:
    """Fill, read, purge."""
    database = Database(settings.database_url)
    end_s = int(time.time()) // HOUR_S * HOUR_S
    start_s = end_s - options.days * DAY_S
    cameras = [f"camera-{number}" for number in range(1, options.cameras + 1)]
    with database.session() as session:
        if camera_names(session):
            raise SystemExit("expected a database without history: its rows would be purged")
    started_at_s = time.monotonic()
    rows = fill(database, cameras, start_s, end_s)
    spent_s = time.monotonic() - started_at_s
    print(f"{rows:,} rows of {len(CLASSES)} classes in {spent_s:.0f} s", end="; ")
    print(f"{_size_bytes(database) / 1e9:.2f} GB, {database.engine.dialect.name}\n", flush=True)
    _settle(database)
    print(table(_readings(settings, database, cameras, start_s, end_s, options.rounds)), flush=True)
    print("\n" + table([_purged(database, "the oldest day", start_s + DAY_S)]))
    print("\n" + table([_purged(database, "everything", end_s + DAY_S)]))
    database.close()


def _settle(database: Database) -> None:
    """Let PostgreSQL do now what it does by itself in a year, else it does it while we measure."""
    if database.engine.dialect.name != "postgresql":
        return
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("VACUUM (ANALYZE)"))
        connection.execute(text("CHECKPOINT"))


def _readings(
    settings: Settings,
    database: Database,
    cameras: list[str],
    start_s: int,
    end_s: int,
    rounds: int,
) -> list[dict[str, object]]:
    chance = random.Random(1)
    with _served(settings, database) as (session, url):
        return [
            {"range": name}
            | _timed(
                database, session, url, _wanted(chance, cameras, start_s, end_s, span_s, rounds)
            )
            for name, span_s in RANGES.items()
            if span_s <= end_s - start_s
        ]


def _wanted(
    chance: random.Random, cameras: list[str], start_s: int, end_s: int, span_s: int, rounds: int
) -> list[tuple[str, int, int]]:
    """Draw a camera and a place for every round."""
    begins = [chance.randint(start_s, end_s - span_s) for _ in range(rounds)]
    return [(chance.choice(cameras), begin_s, begin_s + span_s) for begin_s in begins]


def _timed(
    database: Database, session: requests.Session, url: str, wanted: list[tuple[str, int, int]]
) -> dict[str, object]:
    reads, answers, points = [], [], 0
    for camera, from_s, to_s in wanted:
        times = {"from": _iso(from_s), "to": _iso(to_s)}
        spent_ms, answer = _spent(
            lambda c=camera, t=times: session.get(url, params={"camera": c, **t})
        )
        answers.append(spent_ms)
        points = max(points, len(answer.json()["points"]))
        reads.append(_spent(lambda w=(camera, from_s, to_s): _read(database, *w))[0])
    return {
        "points": points,
        "read_history ms, median": f"{np.median(reads):.0f}",
        "worst": f"{max(reads):.0f}",
        "/api/history ms, median": f"{np.median(answers):.0f}",
        "worst ": f"{max(answers):.0f}",
    }


def _read(database: Database, camera: str, from_s: int, to_s: int) -> int:
    with database.session() as session:
        return len(read_history(session, camera, from_s, to_s, MOST_POINTS))


def _spent(work: Callable[[], Any]) -> tuple[float, Any]:
    started_at_s = time.perf_counter()
    outcome = work()
    return 1000 * (time.perf_counter() - started_at_s), outcome


def _purged(database: Database, what: str, before_s: int) -> dict[str, object]:
    """Purge as the hourly loop does, but without its pauses."""
    ends_s = [time.perf_counter()]
    done = purge(
        database,
        datetime.fromtimestamp(before_s, UTC),
        lambda: bool(ends_s.append(time.perf_counter())),
    )
    steps_ms = 1000 * np.diff(ends_s)
    return {
        "purge of": what,
        "rows": f"{done.history_rows:,}",
        "s": f"{steps_ms.sum() / 1000:.1f}",
        "transactions": len(steps_ms),
        "ms each, median": f"{np.median(steps_ms):.0f}",
        "worst": f"{steps_ms.max():.0f}",
    }


@contextmanager
def _served(settings: Settings, database: Database) -> Iterator[tuple[requests.Session, str]]:
    """Serve the application without cameras on loopback and sign in."""
    ensure_first_admin(database, settings.instance_dir, PASSWORD, io.StringIO(), datetime.now(UTC))
    app = create_app(settings)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.port}"
        yield _signed_in(url), f"{url}/api/history"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _signed_in(url: str) -> requests.Session:
    session = requests.Session()
    found = CSRF_FIELD.search(session.get(f"{url}/login").text)
    assert found, "the sign-in page has no form"
    form = {"username": "admin", "password": PASSWORD, "csrf_token": found.group(1)}
    session.post(f"{url}/login", data=form, allow_redirects=False).raise_for_status()
    return session


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Say nothing."""


def _size_bytes(database: Database) -> int:
    with database.session() as session:
        if database.engine.dialect.name == "postgresql":
            return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    path = Path(str(database.engine.url.database))
    return sum(part.stat().st_size for part in path.parent.glob(f"{path.name}*"))


def _iso(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat().replace("+00:00", "Z")


if __name__ == "__main__":
    main()
