"""What the start of a server ends with: where it is, who may sign in, and with what."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from webapp.config import Settings
from webapp.core.errors import StorageError
from webapp.core.ports import LiveRuntime
from webapp.storage.database import Database
from webapp.storage.secret_files import read_first_password
from webapp.storage.users import admin_name

# Cameras that are away may never be ready; the model takes seconds.
WAITS_AT_MOST_S, LOOKS_EVERY_S = 30.0, 0.2
EVERYWHERE = ("0.0.0.0", "::")


def welcome(
    settings: Settings,
    database: Database,
    runtime: LiveRuntime,
    out: TextIO,
    is_over: Callable[[], bool],
) -> None:
    """Wait until the cameras deliver, or long enough, and end the start with three lines.

    Args:
        out: a terminal is shown the password of the first sign-in, anything else where it lies.
        is_over: whether the server stops; then there is nothing to say.
    """
    deadline_s = time.monotonic() + WAITS_AT_MOST_S
    while time.monotonic() < deadline_s and not runtime.readiness().is_ready:
        if is_over():
            return
        time.sleep(LOOKS_EVERY_S)
    lines = welcome_lines(settings, database, shows_password=out.isatty())
    # In one piece: other processes write to the same terminal.
    out.write("\n" + "".join(f"  {line}\n" for line in lines) + "\n")
    out.flush()


def welcome_lines(
    settings: Settings, database: Database, *, shows_password: bool
) -> tuple[str, str, str]:
    """Return address, user and password, or where it lies."""
    try:
        with database.session() as work:
            name = admin_name(work)
    except StorageError:
        name = None
    return (
        f"Address:  {address(settings)}",
        f"User:     {name or 'cannot be read now'}",
        f"Password: {_password(settings.instance_dir, name, shows_password)}",
    )


def address(settings: Settings) -> str:
    """Return what to open in a browser; on every address of the machine, its own."""
    scheme = "https" if settings.tls_cert_file else "http"
    if settings.host in EVERYWHERE:
        return f"{scheme}://localhost:{settings.port}, and this machine's other addresses"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{scheme}://{host}:{settings.port}"


def _password(instance_dir: Path, name: str | None, shows_it: bool) -> str:
    first = read_first_password(instance_dir)
    if first is None:
        again = f"; python -m webapp user password {name} sets another" if name else ""
        return f"the one that was chosen{again}"
    path, password = first
    return f"{password} (for the first sign-in)" if shows_it else f"in {path}"
