"""Backups of both databases, put back into both."""

import sqlite3
import stat
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import MetaData, select, text, update

from tests.patience import PATIENCE_S
from tests.storage.rows import fill_tables
from webapp.core.access import Role
from webapp.storage.api_tokens import ApiTokenRow
from webapp.storage.audit import EVERYTHING, list_entries, note
from webapp.storage.audit_chain import verify
from webapp.storage.backup import REVISION_TABLE, back_up, restore
from webapp.storage.database import Database
from webapp.storage.sign_ins import live_sign_ins_of
from webapp.storage.upgrade import upgrade
from webapp.storage.users import add_user

NOW = datetime(2026, 11, 28, 9, 30, 15, 250_000, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def str_url(database):
    return database.engine.url.render_as_string(hide_password=False)


def everything(database):
    """Return all rows by table, as plain values; times without their zone, which is UTC."""
    tables = MetaData()
    with database.session() as work:
        if database.engine.dialect.name == "postgresql":
            work.execute(text("SET LOCAL TIME ZONE 'UTC'"))
        tables.reflect(work.connection())
        return {
            table.name: sorted(
                (tuple(_plain(value) for value in row) for row in work.execute(select(table))),
                key=repr,
            )
            for table in tables.sorted_tables
        }


def _plain(value):
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


@pytest.fixture
def filled(database):
    """A database with a row in every table, and an audit log that is a chain."""
    with database.session() as work:
        fill_tables(work.connection(), 1)
    for day in range(3):
        with database.session() as work:
            note(work, "mira", "rule changed", {"día": day}, NOW)
    return database


@pytest.fixture(params=["sqlite", "postgresql"])
def other(request, tmp_path):
    """Another database, which holds something else."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'other.db'}"
    else:
        postgres = request.getfixturevalue("postgres")
        url = postgres.url(postgres.create(request.getfixturevalue("postgres_template")))
    upgrade(url)
    database = Database(url)
    with database.session() as work:
        add_user(work, "Somebody", "hash", NOW, role=Role.VIEWER)
        note(work, "otto", "rule added", {}, NOW)
    yield database
    database.close()


def test_what_is_restored_is_what_was_backed_up_in_either_kind(filled, other, tmp_path):
    file = tmp_path / "backup.db"
    with filled.session() as work:
        work.execute(update(ApiTokenRow).values(expires_at=LATER + timedelta(days=9)))
    back_up(str_url(filled), file, LATER)
    before = everything(filled)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not list(tmp_path.glob(".evenkeel-*")) and not list(tmp_path.glob("backup.db-*"))
    other.close()
    done = restore(file, str_url(other), tmp_path, LATER)
    after = everything(other)
    *kept, restored = after.pop("audit_log")
    assert kept == before.pop("audit_log") and "database restored" in restored
    (sign_in,) = after.pop("sessions")
    assert LATER.replace(tzinfo=None) in sign_in and before.pop("sessions")
    (token,) = after.pop("api_tokens")
    assert LATER.replace(tzinfo=None) in token and before.pop("api_tokens")
    assert after == before
    assert (done.revision, done.sign_ins) == (before[REVISION_TABLE][0][0], 1)
    assert not done.audit.fault and done.audit.count == len(kept) + 1
    with other.session() as work:
        assert live_sign_ins_of(work, LATER) == {}
        # New rows are numbered after those that are there.
        add_user(work, "Newcomer", "hash", LATER, role=Role.VIEWER)
        note(work, "mira", "user added", {}, LATER)
    with other.session() as work:
        assert not verify(work).fault
    with filled.session() as work:
        assert list_entries(work, wanted=EVERYTHING)[0].action == "database backed up"


def test_a_backup_is_of_one_moment_while_others_write(database, tmp_path):
    """Whoever writes two rows at once writes both or none of them into it."""
    stop, written = threading.Event(), threading.Event()

    def write():
        number = 0
        while not stop.is_set():
            number += 1
            with database.session() as work:
                add_user(work, f"left {number}", "hash", NOW, role=Role.VIEWER)
                add_user(work, f"right {number}", "hash", NOW, role=Role.VIEWER)
            written.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(2):
            written.clear()
            assert written.wait(PATIENCE_S)
            file = tmp_path / f"{number}.db"
            back_up(str_url(database), file, NOW)
            with closing(sqlite3.connect(file)) as connection:
                names = [name for (name,) in connection.execute("SELECT username FROM users")]
            sides = [{name.split()[1] for name in names if name.startswith(s)} for s in "lr"]
            assert sides[0] == sides[1] != set()
    finally:
        stop.set()
        writer.join()


def test_a_restore_that_fails_half_way_leaves_all_as_it_was(postgres_database, tmp_path):
    """Here since the rows do not fit: the last table refuses them."""
    url, file = str_url(postgres_database), tmp_path / "backup.db"
    with postgres_database.session() as work:
        fill_tables(work.connection(), 1)
    back_up(url, file, NOW)
    with postgres_database.session() as work:
        work.execute(text("DELETE FROM sessions"))
        work.execute(text("ALTER TABLE sessions ALTER token_sha256 TYPE VARCHAR(2)"))
    before = everything(postgres_database)
    with pytest.raises(Exception, match="sessions"):
        restore(file, url, tmp_path, LATER)
    assert everything(postgres_database) == before
