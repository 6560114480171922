"""Tests of what a database leaves to the other greenlets, in a process that gevent has patched."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgres_server import PostgresServer
from webapp.config import ROOT
from webapp.storage.green_sqlite import GreenConnection

# The driver is imported before gevent comes, as in a worker of a server that has looked at its
# database before.
SCRIPT = """
import sys
import warnings

import psycopg

warnings.simplefilter("ignore")
from gevent import monkey

monkey.patch_all()
import gevent
from sqlalchemy import text

from webapp.storage.blocking import let_psycopg_give_way
from webapp.storage.database import Database

let_psycopg_give_way()
ticks = []


def tick():
    while True:
        gevent.sleep(0.01)
        ticks.append(None)


database = Database(sys.argv[1])
with database.session() as work:
    work.execute(text("SELECT 1"))
    gevent.spawn(tick)
    gevent.sleep(0)
    ticks.clear()
    value = work.scalar(text(sys.argv[2]))
    print(value, len(ticks))
database.close()
"""
# All begin to write before the first of them ends.
WRITERS = """
import sys

from gevent import monkey

monkey.patch_all()
import gevent
from sqlalchemy import text

from webapp.storage.database import Database

database = Database(sys.argv[1])
with database.session() as work:
    work.execute(text("CREATE TABLE numbers (n INTEGER UNIQUE)"))


def write(number):
    with database.session() as work:
        work.execute(text("INSERT INTO numbers VALUES (:n)"), {"n": number})
        gevent.sleep(0.005)


gevent.joinall([gevent.spawn(write, number) for number in range(15)], raise_error=True)
with database.session() as work:
    print(work.scalar(text("SELECT count(*) FROM numbers")))
try:
    write(0)
except Exception as error:
    print(type(error).__name__)
database.close()
"""
SLOW_SQLITE = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) "
    "SELECT max(i) FROM n"
)


def ticks_during(url: str, query: str) -> tuple[str, int]:
    """Return a query's value, and how often another greenlet woke up meanwhile."""
    value, ticks = printed(SCRIPT, url, query)
    return value, int(ticks)


def printed(script: str, *arguments: str) -> list[str]:
    """Return the words that a script prints, which may print no errors."""
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_sqlite_lets_other_greenlets_go_on(tmp_path: Path) -> None:
    value, ticks = ticks_during(f"sqlite:///{tmp_path / 'new.db'}", SLOW_SQLITE)
    assert value == "1000000"
    assert ticks >= 2


def test_postgresql_lets_other_greenlets_go_on(postgres: PostgresServer) -> None:
    name = postgres.create()
    value, ticks = ticks_during(postgres.url(name), "SELECT count(*) FROM pg_sleep(0.2)")
    postgres.drop(name)
    assert value == "1"
    assert ticks >= 2


def test_as_many_may_write_at_once_as_there_are_connections(tmp_path: Path) -> None:
    assert printed(WRITERS, f"sqlite:///{tmp_path / 'new.db'}") == ["15", "IntegrityError"]


def test_without_greenlets_it_is_plain_sqlite(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "new.db", factory=GreenConnection)
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE numbers (n)")
    cursor.executemany("INSERT INTO numbers VALUES (?)", [(1,), (2,), (3,), (4,)])
    connection.commit()
    cursor.execute("DELETE FROM numbers")
    connection.rollback()
    cursor.execute("SELECT n FROM numbers ORDER BY n")
    assert (cursor.fetchone(), cursor.fetchmany(2), cursor.fetchall()) == (
        (1,),
        [(2,), (3,)],
        [(4,)],
    )
    connection.close()


@pytest.mark.parametrize("fault", ["SELECT nothing", "not SQL"])
def test_errors_are_sqlites_own(tmp_path: Path, fault: str) -> None:
    connection = sqlite3.connect(tmp_path / "new.db", factory=GreenConnection)
    with pytest.raises(sqlite3.OperationalError):
        connection.cursor().execute(fault)
    connection.close()
