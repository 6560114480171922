"""`db backup` and `db restore`; what they copy is for tests/storage/test_backup.py."""

import os

import pytest

from tests.conftest import ADMIN, VIEWER
from webapp.command.main import main
from webapp.storage.database_lock import lock_database, lock_folder


@pytest.fixture
def run(runner, settings, tmp_path):
    def run(*arguments: str, url: str = settings.database_url):
        env = {"DATABASE_URL": url, "INSTANCE_DIR": str(settings.instance_dir)}
        return runner.invoke(main, ("db", *arguments), env=env)

    return run


def test_a_backup_is_restored_where_nothing_is_and_over_what_is_there(run, runner, tmp_path):
    file = tmp_path / "backup.db"
    assert f"Backup written to {file}, 0." in run("backup", str(file)).output
    elsewhere = f"sqlite:///{tmp_path / 'elsewhere' / 'evenkeel.db'}"
    done = run("restore", str(file), url=elsewhere)
    assert (done.exit_code, "0 sign-ins ended. Audit log: 2 entries, head" in done.output) == (0, 1)
    users = runner.invoke(main, ("user", "list"), env={"DATABASE_URL": elsewhere}).output
    assert ADMIN in users and VIEWER in users
    refused = run("restore", str(file), url=elsewhere)
    assert refused.exit_code == 1 and "not empty, and all that it holds would be" in refused.output
    assert run("restore", str(file), "--replace", url=elsewhere).exit_code == 0


def test_a_file_that_is_there_is_replaced_only_when_asked_to(run, settings, tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    refused = run("backup", str(file))
    assert refused.exit_code == 1 and "is there already" in refused.output
    assert file.read_text() == "mine"
    assert run("backup", str(file), "--replace").exit_code == 0
    assert file.read_bytes().startswith(b"SQLite format 3")
    own = settings.database_url.removeprefix("sqlite:///")
    assert "is the database itself" in run("backup", own, "--replace").output


@pytest.mark.parametrize("what", ["folder", "database"])
def test_nothing_is_restored_while_a_server_runs(run, settings, tmp_path, what):
    file = tmp_path / "backup.db"
    if what == "folder":
        held = lock_folder(settings.instance_dir)
    else:
        held = lock_database(settings.database_url)
    assert run("backup", str(file)).exit_code == 0
    done = run("restore", str(file), "--replace")
    os.close(held)
    assert done.exit_code == 1 and "another server uses" in done.output
    assert run("restore", str(file), "--replace").exit_code == 0
