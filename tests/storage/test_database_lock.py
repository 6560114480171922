import os
import threading

import pytest
from sqlalchemy import text

from webapp.core.errors import StorageError
from webapp.storage import database_lock
from webapp.storage.database import Database
from webapp.storage.database_lock import (
    PostgresqlLock,
    lock_database,
    lock_folder,
    no_server,
)


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
    thread.join(10)
    assert not thread.is_alive()
    assert lock_database(str_url(postgres_database), within_s=5) is None
