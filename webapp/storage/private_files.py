"""Keeps what only the server's user may read from everybody else, whatever was there before."""

import stat
from pathlib import Path

from sqlalchemy import make_url

from webapp.core.errors import StorageError
from webapp.disk.atomic import OWNER_ONLY
from webapp.storage.secret_files import FIRST_PASSWORD_FILE, SECRET_KEY_FILE

OWNER_ONLY_FOLDER = 0o700


def keep_folder_private(folder: Path) -> None:
    """Make the instance folder where it is missing, and close it and its secrets to others.

    Raises:
        StorageError: it cannot be made or closed, or everybody shares it.
    """
    try:
        folder.mkdir(OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        is_shared = folder.stat().st_mode & stat.S_ISVTX
    except OSError as error:
        raise _cannot_close(folder, error) from error
    if is_shared:
        raise StorageError(
            f"{folder}: everybody shares this folder. Set INSTANCE_DIR to one of the server's own."
        )
    _close(folder, OWNER_ONLY_FOLDER)
    for name in (SECRET_KEY_FILE, FIRST_PASSWORD_FILE):
        if (folder / name).exists():
            _close(folder / name, OWNER_ONLY)


def keep_database_private(url: str) -> None:
    """Close an SQLite file to others, made where it is missing; any other database sees to itself.

    Raises:
        StorageError: the file or its folder cannot be made or closed.
    """
    path = sqlite_file(url)
    if path is None:
        return
    try:
        path.parent.mkdir(OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        # SQLite gives the files that it puts beside this one the same permissions.
        path.touch(OWNER_ONLY)
    except OSError as error:
        raise StorageError(f"{path}: cannot be made ({error.strerror}).") from error
    for beside in (path, *(path.with_name(f"{path.name}-{end}") for end in ("wal", "shm"))):
        if beside.exists():
            _close(beside, OWNER_ONLY)


def sqlite_file(url: str) -> Path | None:
    """Return where an SQLite database lies; None for any other, or where SQLite alone knows."""
    parsed = make_url(url)
    path = str(parsed.database)
    is_known = parsed.get_backend_name() == "sqlite" and not path.startswith("file:")
    return Path(path) if is_known else None


def _close(path: Path, mode: int) -> None:
    try:
        # Left alone where nobody else gets in: another's folder may be mounted for us alone.
        if path.stat().st_mode & 0o077:
            path.chmod(mode)
    except OSError as error:
        raise _cannot_close(path, error) from error


def _cannot_close(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{path}: must be readable and writable by the server's user alone, and cannot be made so "
        f"({error.strerror}). Give it to that user, or set INSTANCE_DIR to another folder."
    )
