"""Tests of what others may read of the server's files: nothing."""

import sqlite3
from pathlib import Path

import pytest

from webapp.core.errors import StorageError
from webapp.storage.private_files import keep_database_private, keep_folder_private


def mode(path: Path) -> int:
    """Return the permission bits."""
    return path.stat().st_mode & 0o7777


def test_a_folder_and_its_secrets_are_closed_whatever_they_were(tmp_path: Path) -> None:
    folder, key = tmp_path / "instance", tmp_path / "instance" / "secret-key"
    folder.mkdir()
    key.touch()
    folder.chmod(0o777)
    key.chmod(0o644)
    keep_folder_private(folder)
    assert (mode(folder), mode(key)) == (0o700, 0o600)


def test_a_folder_is_made_where_it_is_missing(tmp_path: Path) -> None:
    keep_folder_private(tmp_path / "new" / "instance")
    assert mode(tmp_path / "new" / "instance") == 0o700


def test_what_is_not_the_server_s_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "script").touch()
    (tmp_path / "script").chmod(0o755)
    keep_folder_private(tmp_path)
    assert mode(tmp_path / "script") == 0o755


def test_a_folder_that_everybody_shares_is_refused_and_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    with pytest.raises(StorageError, match="everybody shares"):
        keep_folder_private(tmp_path)
    assert mode(tmp_path) == 0o1777


def test_a_folder_that_cannot_be_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path, _mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    tmp_path.chmod(0o755)
    monkeypatch.setattr(Path, "chmod", refuse)
    with pytest.raises(StorageError, match=r"alone.*Operation not permitted.*INSTANCE_DIR"):
        keep_folder_private(tmp_path)


@pytest.mark.parametrize("before", [None, 0o644, 0o666])
def test_an_sqlite_file_is_closed_with_what_lies_beside_it(
    tmp_path: Path, before: int | None
) -> None:
    path = tmp_path / "evenkeel.db"
    if before:
        path.touch()
        path.chmod(before)
        (tmp_path / "evenkeel.db-wal").touch()
        (tmp_path / "evenkeel.db-wal").chmod(before)
    keep_database_private(f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE numbers (n INTEGER)")
    assert {mode(file) for file in tmp_path.iterdir()} == {0o600}
    connection.close()


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://user@host/name", "sqlite:///file:x?uri=true"]
)
def test_what_is_no_file_of_ours_is_left_alone(url: str, tmp_path: Path) -> None:
    keep_database_private(url)
    assert list(tmp_path.iterdir()) == []
