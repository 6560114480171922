"""What is no backup, and where none can be written."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from tests.storage.rows import fill_tables
from tests.storage.test_backup import LATER, NOW, everything, str_url
from webapp.core.errors import OutputError, StorageError
from webapp.storage.backup import back_up, holds_something, restore
from webapp.storage.database import Database
from webapp.storage.upgrade import migrate


def test_a_backup_of_an_earlier_version_is_upgraded(tmp_path):
    old, new = (f"sqlite:///{tmp_path / name}" for name in ("old.db", "new.db"))
    database = Database(old)
    with database.session() as work:
        migrate(work, "0016")
        fill_tables(work.connection(), 1)
    back_up(old, tmp_path / "backup.db", NOW)
    database.close()
    content = (tmp_path / "backup.db").read_bytes()
    assert not holds_something(new)
    done = restore(tmp_path / "backup.db", new, tmp_path, LATER)
    assert done.revision == "0016" and not done.audit.fault
    assert (tmp_path / "backup.db").read_bytes() == content
    restored = Database(new)
    restored.check()
    restored.close()
    assert holds_something(new)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("text", "expected a file that `db backup` wrote, got one that cannot be copied"),
        ("damaged", "expected a file that `db backup` wrote, got a damaged one"),
        ("other", "expected a file that `db backup` wrote, got another database"),
        ("newer", r"newer version of Evenkeel \(its revision is 9999"),
    ],
)
def test_what_is_no_backup_is_refused_and_the_database_stays(database, tmp_path, spoil, said):
    file = tmp_path / "backup.db"
    back_up(str_url(database), file, NOW)
    before = everything(database)
    if spoil == "text":
        file.write_text("no database" * 1000)
    elif spoil == "damaged":
        content = file.read_bytes()
        file.write_bytes(content[:8192] + b"x" * 4096 * 8 + content[8192 + 4096 * 8 :])
    else:
        file.unlink() if spoil == "other" else None
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS things (id INTEGER)")
            if spoil == "newer":
                connection.execute("UPDATE alembic_version SET version_num = '9999'")
            connection.commit()
    with pytest.raises(StorageError, match=said):
        restore(file, str_url(database), tmp_path, LATER)
    assert everything(database) == before
    assert not list(tmp_path.glob(".evenkeel-*"))


def test_a_database_that_is_not_set_up_has_no_backup(tmp_path):
    with pytest.raises(StorageError, match="db upgrade"):
        back_up(f"sqlite:///{tmp_path / 'new.db'}", tmp_path / "backup.db", NOW)
    assert not (tmp_path / "backup.db").exists()


def test_a_backup_that_cannot_be_written_leaves_the_one_before(database, tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        back_up(str_url(database), tmp_path / "nowhere" / "backup.db", NOW)


def test_a_damaged_database_is_replaced_once_it_is_moved_away(database, tmp_path):
    url, path = str_url(database), database.engine.url.database
    back_up(url, tmp_path / "backup.db", NOW)
    database.close()
    with open(path, "r+b") as file:
        file.write(b"no header at all")
    assert holds_something(url)
    with pytest.raises(StorageError, match="move it away"):
        restore(tmp_path / "backup.db", url, tmp_path, LATER)
    shutil.move(path, tmp_path / "damaged.db")
    restore(tmp_path / "backup.db", url, tmp_path, LATER)
    database.check()
