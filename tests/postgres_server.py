"""A PostgreSQL server of its own, without TCP, gone when the tests are over."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import psycopg

from tests.patience import PATIENCE_S

SYSTEM_USERS = ("postgres", "nobody")
# What a crash would lose does not matter here; what is waited for does.
OPTIONS = (
    "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off "
    "-c shared_buffers=32MB -c max_connections=120"
)

# All columns with their types and lengths, whether triggers are on, and the version.
SHAPE = """
SELECT concat(
    (SELECT string_agg(
            concat_ws(' ', attrelid, attname, atttypid, atttypmod, attnotnull), ','
            ORDER BY attrelid, attnum)
        FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid
        WHERE relnamespace = 'public'::regnamespace),
    (SELECT string_agg(concat_ws(' ', oid, tgenabled), ',' ORDER BY oid) FROM pg_trigger),
    (SELECT string_agg(version_num, ',') FROM alembic_version)
)"""
END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
EMPTY = """
DO $$ DECLARE name text; BEGIN
    -- Asks neither triggers nor foreign keys.
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables
            WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    PERFORM setval(format('%I', sequencename)::regclass, start_value, false)
        FROM pg_sequences WHERE last_value IS NOT NULL;
END $$"""


def postgres_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL's programs, None when there is none."""
    found = shutil.which("pg_ctl")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name)
    return Path(found).parent if found else folders[-1] if folders else None


class PostgresServer:
    """A running server; hands out databases."""

    def __init__(self, folder: Path, start: Callable[[], None]) -> None:
        self._folder, self._count, self._start = folder, 0, start
        self._shapes: dict[str, str] = {}

    @property
    def process_id(self) -> int:
        """The id of its first process."""
        return int((self._folder / "data" / "postmaster.pid").read_text().split()[0])

    def crash(self) -> None:
        """End it as a machine that loses power."""
        os.kill(self.process_id, signal.SIGKILL)

    def start_again(self) -> None:
        """Start it where it crashed, once the last of its processes has noticed."""
        deadline_s = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self._start()
            except AssertionError:
                if time.monotonic() > deadline_s:
                    raise
                time.sleep(0.2)

    def url(self, name: str) -> str:
        """Return the URL of a database."""
        return f"postgresql+psycopg://postgres@/{name}?host={self._folder}"

    def create(self, template: str = "template1") -> str:
        """Make a database that is a copy of another; returns its name."""
        self._count += 1
        name = f"tests_{self._count}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def lent(self, template: str) -> Iterator[str]:
        """Lend a copy of a template without rows.

        It is emptied and lent again, which takes a fifth of the time of another copy, unless its
        tables were changed.
        """
        name, shape = self._shapes.popitem() if self._shapes else (self.create(template), "")
        with self._connected(name) as connection:
            shape = shape or _read(connection, SHAPE)
        yield name
        with self._connected(name) as connection:
            connection.execute(END_OTHERS)
            is_as_it_was = _read(connection, SHAPE) == shape
            if is_as_it_was:
                connection.execute(EMPTY)
        if is_as_it_was:
            self._shapes[name] = shape
        else:
            self.drop(name)

    def _connected(self, name: str = "postgres") -> psycopg.Connection:
        where = f"host={self._folder} user=postgres dbname={name}"
        return psycopg.connect(where, autocommit=True)

    def _execute(self, command: str) -> None:
        with self._connected() as connection:
            connection.execute(command)


def _read(connection: psycopg.Connection, query: str) -> str:
    row = connection.execute(query).fetchone()
    assert row
    return str(row[0])


@contextmanager
def postgres_server(programs: Path) -> Iterator[PostgresServer]:
    """Run a server in a temporary folder, as an unprivileged user: it refuses root."""
    user = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="evenkeel-postgres-"))
    try:
        if user:
            shutil.chown(folder, user)
        data = str(folder / "data")
        _run(user, programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync")
        sockets = f"{OPTIONS} -c unix_socket_directories='{folder}'"
        control = (programs / "pg_ctl", "-D", data, "-w", "-l", str(folder / "log"))
        start = partial(_run, user, *control, "-o", sockets, "start")
        start()
        try:
            yield PostgresServer(folder, start)
        finally:
            # What crashed and was not started again is stopped already.
            with suppress(AssertionError):
                _run(user, *control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _unprivileged() -> str | None:
    """Return whom to become, None when we are nobody special already."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in SYSTEM_USERS if name in known)


def _run(user: str | None, *command: str | Path) -> None:
    groups: list[int] | None = [] if user else None
    done = subprocess.run(
        command,
        cwd="/",
        user=user,
        extra_groups=groups,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
