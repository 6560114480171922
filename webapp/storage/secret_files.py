"""Small secrets kept in the instance folder, readable by the server's user only."""

import secrets
from pathlib import Path

from webapp.core.errors import StorageError
from webapp.disk.atomic import OWNER_ONLY, create_file, replace_files

SECRET_KEY_FILE = "secret-key"
FIRST_PASSWORD_FILE = "first-password"


def keep_secret_key(instance_dir: Path) -> str:
    """Return the kept signing key, made at the first call.

    Raises:
        StorageError: the folder cannot be written, or the file holds no text.
    """
    path = instance_dir / SECRET_KEY_FILE
    try:
        if not path.exists():
            _make_folder(instance_dir)
            # Of two processes that start together, both end up with the key of one.
            create_file(path, f"{secrets.token_urlsafe(48)}\n".encode(), OWNER_ONLY)
        key = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise _cannot_keep(path, error) from error
    except UnicodeDecodeError as error:
        raise StorageError(
            f"{path}: expected a key as text, found something else; remove it and start again."
        ) from error
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
        _make_folder(instance_dir)
        replace_files({path: f"{password}\n".encode()}, OWNER_ONLY)
    except OSError as error:
        raise _cannot_keep(path, error) from error
    return path


def read_first_password(instance_dir: Path) -> tuple[Path, str] | None:
    """Return the file and the generated password; None once a password was chosen."""
    path = instance_dir / FIRST_PASSWORD_FILE
    try:
        return path, path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None


def remove_first_password(instance_dir: Path) -> None:
    """Remove the generated password, which no longer opens anything."""
    try:
        (instance_dir / FIRST_PASSWORD_FILE).unlink(missing_ok=True)
    except OSError as error:
        raise _cannot_keep(instance_dir / FIRST_PASSWORD_FILE, error) from error


def _make_folder(instance_dir: Path) -> None:
    instance_dir.mkdir(mode=0o700, parents=True, exist_ok=True)


def _cannot_keep(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{path}: the instance folder must be readable and writable ({error.strerror})."
    )
