import os
import threading

import pytest
from sqlalchemy import text

from tests.patience import PATIENCE_S
from webapp.core.errors import StorageError
from webapp.storage import database_lock
from webapp.storage.database import Database
from webapp.storage.database_lock import (
    PostgresqlLock,
    lock_database,
    lock_folder,
    no_server,
)
from webapp.storage.upgrade import upgrade


def str_url(database):
    return database.engine.url.render_as_string(hide_password=False)


def test_a_folder_is_locked_until_the_last_who_holds_it_closes_it(tmp_path):
    first = lock_folder(tmp_path)
    handed_on = os.dup(first)
    os.close(first)
    with pytest.raises(StorageError, match=f"another server uses the folder {tmp_path}"):
        lock_folder(tmp_path, within_s=0)
    os.close(handed_on)
    os.close(lock_folder(tmp_path, within_s=0))


def test_a_server_waits_for_one_that_ends(tmp_path):
    """As the processes of one that was killed do, a moment later."""
    held = lock_folder(tmp_path)
    ends = threading.Timer(0.3, os.close, [held])
    ends.start()
    os.close(lock_folder(tmp_path))
    ends.join()


def test_a_folder_that_cannot_be_opened_is_an_error(tmp_path):
    with pytest.raises(StorageError, match="cannot be opened"):
        lock_folder(tmp_path / "nowhere")


def test_an_sqlite_file_is_locked_by_whatever_name_and_still_written(database, tmp_path):
    path = database.engine.url.database
    (tmp_path / "link.db").symlink_to(path)
    held = lock_database(f"sqlite:///{path}")
    with pytest.raises(StorageError, match="another server uses this database"):
        lock_database(f"sqlite:///{tmp_path / 'link.db'}", within_s=0)
    with database.session() as work:
        work.execute(text("DELETE FROM users"))
    database.close()
    os.close(held)


def test_a_postgresql_database_is_locked_by_whoever_runs(postgres_database):
    url = str_url(postgres_database)
    assert lock_database(url, within_s=0) is None
    lock = PostgresqlLock(postgres_database)
    lock.take(within_s=0)
    with pytest.raises(StorageError, match="another server uses this database"):
        lock_database(url, within_s=0)
    lock.release()
    assert lock_database(url, within_s=0) is None


def test_those_that_serve_together_let_each_other_in_and_no_other(postgres_database, tmp_path):
    url, in_use = str_url(postgres_database), "another server uses this database"
    several = [PostgresqlLock(postgres_database, is_shared=True) for _ in range(2)]
    for lock in several:
        lock.take(within_s=0)
    assert lock_database(url, within_s=0, is_shared=True) is None
    for refused in (lambda: lock_database(url, 0), no_server(tmp_path, url).__enter__):
        with pytest.raises(StorageError, match=in_use):
            refused()
    several.pop().release()
    with pytest.raises(StorageError, match=in_use):
        lock_database(url, within_s=0)
    several.pop().release()
    alone = PostgresqlLock(postgres_database)
    alone.take(within_s=0)
    with pytest.raises(StorageError, match=in_use):
        lock_database(url, within_s=0, is_shared=True)
    alone.release()


def test_servers_that_start_at_once_prepare_the_database_one_after_the_other(postgres):
    name = postgres.create()
    faults = []

    def prepare():
        try:
            upgrade(postgres.url(name))
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=prepare) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    postgres.drop(name)
    assert faults == []


def test_no_server_gets_a_database_that_is_kept_from_all(postgres_database, tmp_path):
    url = str_url(postgres_database)
    with no_server(tmp_path, url):
        for lock in (lambda: lock_folder(tmp_path, 0), lambda: lock_database(url, 0)):
            with pytest.raises(StorageError, match="another server uses"):
                lock()
    assert lock_database(url, within_s=0) is None


def test_a_lost_connection_is_replaced_and_a_rival_noticed(postgres_database, monkeypatch, caplog):
    monkeypatch.setattr(database_lock, "KEEP_EVERY_S", 0.01)
    lock, stop = PostgresqlLock(postgres_database), threading.Event()
    lock.take(within_s=0)
    other = Database(str_url(postgres_database))
    rival = PostgresqlLock(other)
    thread = threading.Thread(target=lock.keep, args=(stop,))
    with other.engine.connect() as killer:
        killer.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        )
    rival.take()
    thread.start()
    while "another server uses this database" not in caplog.text:
        assert thread.is_alive()
        stop.wait(0.01)
    rival.release()
    other.close()
    stop.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert lock_database(str_url(postgres_database), within_s=5) is None
