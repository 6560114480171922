"""A long history: how fast any range of it is read, its size, and what a purge takes.

python -m benchmarks.history [--days 365] [--cameras 4] [--database-url URL | --postgresql]
"""

import argparse
import io
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import requests
from sqlalchemy import text
from werkzeug.serving import WSGIRequestHandler, make_server

from benchmarks.clips import table
from benchmarks.history_reads import (
    DAY_S,
    HOUR_S,
    Place,
    Timing,
    as_rows,
    ask,
    draw_places,
    goal_words,
)
from benchmarks.history_rows import CLASSES, fill, settle
from tests.gunicorn_server import CSRF_FIELD, PASSWORD
from tests.postgres_server import postgres_programs, postgres_server
from webapp.app import create_app
from webapp.config import Settings
from webapp.recording.retention import purge
from webapp.serving.memory import spare_collections
from webapp.storage.database import Database
from webapp.storage.first_admin import ensure_first_admin
from webapp.storage.history import camera_names
from webapp.storage.upgrade import upgrade


def main() -> None:
    """Fill a database, measure and print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--cameras", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=9, help="places of each range")
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
    settle(database)
    print(f"{rows:,} rows of {len(CLASSES)} classes in {spent_s:.0f} s", end="; ")
    print(f"{_size_bytes(database) / 1e9:.2f} GB, {database.engine.dialect.name}\n", flush=True)
    timings = _time_reads(settings, database, draw_places(cameras, start_s, end_s, options.rounds))
    print("`/api/history`, each place for the first time and again:\n")
    print(f"{table(as_rows(timings))}\n\n{goal_words(timings)}", flush=True)
    print("\n" + table([_purged(database, "the oldest day", start_s + DAY_S)]))
    print("\n" + table([_purged(database, "everything", end_s + DAY_S)]))
    database.close()


def _time_reads(settings: Settings, database: Database, places: Sequence[Place]) -> list[Timing]:
    with _served(settings, database) as (session, url):
        # What the application does once, at its first answer, belongs to no place.
        session.get(url).raise_for_status()
        spare_collections()
        return [ask(database, session, url, place) for place in places]


def _purged(database: Database, what: str, before_s: int) -> dict[str, object]:
    """Purge as the hourly loop does, but without its pauses."""
    ends_s = [time.perf_counter()]
    done = purge(
        database,
        datetime.fromtimestamp(before_s, UTC),
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


if __name__ == "__main__":
    main()
