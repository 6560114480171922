"""Tests of the secrets kept in the instance folder."""

from pathlib import Path

import pytest

from webapp.core.errors import StorageError
from webapp.storage.secret_files import (
    keep_secret_key,
    remove_first_password,
    write_first_password,
)


def mode(path: Path) -> int:
    """Return the permission bits."""
    return path.stat().st_mode & 0o777


def test_the_key_is_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    key = keep_secret_key(folder)
    assert len(key) >= 64
    assert keep_secret_key(folder) == key
    assert mode(folder / "secret-key") == 0o600
    assert mode(folder) == 0o700
    assert [path.name for path in folder.iterdir()] == ["secret-key"]


def test_two_installations_differ(tmp_path: Path) -> None:
    assert keep_secret_key(tmp_path / "a") != keep_secret_key(tmp_path / "b")


def test_an_empty_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret-key").touch()
    with pytest.raises(StorageError, match="empty"):
        keep_secret_key(tmp_path)


def test_a_key_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret-key").write_bytes(b"\xff\xfe")
    with pytest.raises(StorageError, match="expected a key as text"):
        keep_secret_key(tmp_path)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="must be readable and writable"):
        keep_secret_key(tmp_path / "file")
    with pytest.raises(StorageError, match="must be readable and writable"):
        write_first_password(tmp_path / "file", "password")


def test_the_first_password_comes_and_goes(tmp_path: Path) -> None:
    path = write_first_password(tmp_path, "one")
    write_first_password(tmp_path, "two")
    assert path.read_text() == "two\n"
    assert mode(path) == 0o600
    remove_first_password(tmp_path)
    remove_first_password(tmp_path)
    assert list(tmp_path.iterdir()) == []
