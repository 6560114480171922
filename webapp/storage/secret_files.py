"""Small secrets kept in the instance folder, readable by the server's user only."""

import os
import secrets
import tempfile
from pathlib import Path

from webapp.core.errors import StorageError

SECRET_KEY_FILE = "secret-key"
FIRST_PASSWORD_FILE = "first-password"


def keep_secret_key(instance_dir: Path) -> str:
    """Return the kept signing key, made at the first call.

    Raises:
        StorageError: the folder cannot be written or the file cannot be read.
    """
    path = instance_dir / SECRET_KEY_FILE
    try:
        if not path.exists():
            _create(path, secrets.token_urlsafe(48))
        key = path.read_text().strip()
    except OSError as error:
        raise _cannot_keep(path, error) from error
    if not key:
        raise StorageError(f"{path}: expected a key, the file is empty; remove it and start again.")
    return key


def write_first_password(instance_dir: Path, password: str) -> Path:
    """Leave the generated password for the person who set the server up; returns the file.

    Raises:
        StorageError: the folder cannot be written.
    """
    path = instance_dir / FIRST_PASSWORD_FILE
    try:
        path.unlink(missing_ok=True)
        _create(path, password)
    except OSError as error:
        raise _cannot_keep(path, error) from error
    return path


def remove_first_password(instance_dir: Path) -> None:
    """Remove the generated password, which no longer opens anything."""
    try:
        (instance_dir / FIRST_PASSWORD_FILE).unlink(missing_ok=True)
    except OSError as error:
        raise _cannot_keep(instance_dir / FIRST_PASSWORD_FILE, error) from error


def _create(path: Path, content: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written aside (mkstemp gives 0600) and linked, so that of two processes that start
    # together both end up with one whole file.
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(content + "\n")
        os.link(name, path)
    except FileExistsError:
        return
    finally:
        os.unlink(name)


def _cannot_keep(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{path}: the instance folder must be readable and writable ({error.strerror})."
    )
