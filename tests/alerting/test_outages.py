"""The database locked by another program, and the disk full: the real SQLite says so."""

import sqlite3

import pytest
from sqlalchemy import event

from tests.recording.test_recorder import phases_of, rows_of
from tests.storage.test_alerts import START_S, change
from tests.storage.test_history import row
from tests.storage.test_notices import POLICY
from webapp.recording.recorder import DatabaseRecorder


@pytest.fixture
def recorder(database):
    return DatabaseRecorder(database, POLICY)


@pytest.fixture
def impatient(database):
    """Do not wait two seconds for a lock that this test holds."""

    def hurry(connection, *_):
        connection.execute("PRAGMA busy_timeout = 50")

    event.listen(database.engine, "connect", hurry)
    database.engine.dispose()


def test_what_happens_while_the_database_is_locked_is_written_after(recorder, database, impatient):
    other = sqlite3.connect(database.engine.url.database, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    recorder.add_change(change())
    recorder.add_history("door", row(0))
    assert not recorder.write_waiting()
    assert "locked" in recorder.trouble
    recorder.add_change(change(kind="resolved", at_s=START_S + 5))
    other.execute("ROLLBACK")
    other.close()
    assert recorder.write_waiting()
    assert phases_of(database) == [("a1", "resolved")]
    assert rows_of(database) == 1


def test_a_full_disk_loses_nothing_and_leaves_no_half_row(recorder, database):
    pages = None

    def limit(connection, *_):
        if pages:
            connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(database.engine, "connect", limit)
    with database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    database.engine.dispose()
    for number in range(400):
        recorder.add_history("door", row(10 * number))
        recorder.add_change(change(f"a{number}", at_s=START_S + number))
    assert not recorder.write_waiting()
    assert "full" in recorder.trouble
    written = len(phases_of(database))
    assert written < 200
    pages = 100_000
    database.engine.dispose()
    assert recorder.write_waiting()
    assert len(phases_of(database)) == 200, "as many as one page lists"
    assert rows_of(database) == 360, "an hour is kept"
    assert recorder.dropped_rows == 40
