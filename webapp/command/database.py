"""The commands that look after the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from webapp.command.options import FILE
from webapp.config import read_settings
from webapp.core.errors import AuditLogError, OutputError, StorageError, concerning

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.storage.database import Database


REPLACE = click.option("--replace", "is_replacing", is_flag=True, help="Whatever is there.")


@click.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Create the tables or bring them up to date."""
    from webapp.storage.private_files import keep_folder_private
    from webapp.storage.upgrade import upgrade as run

    settings = read_settings()
    with concerning("INSTANCE_DIR"):
        keep_folder_private(settings.instance_dir)
    with concerning("DATABASE_URL"):
        run(settings.database_url)


@db.command()
@click.argument("file", type=FILE)
@REPLACE
def backup(file: Path, is_replacing: bool) -> None:
    """Write all that the database holds into FILE; the server may run.

    FILE holds no key: keep SECRET_KEY, or instance/secret-key, apart from it.
    """
    from webapp.storage.backup import back_up
    from webapp.storage.private_files import sqlite_file

    url = read_settings().database_url
    if file.exists():
        used = sqlite_file(url)
        if used and used.exists() and file.samefile(used):
            raise OutputError(f"{file}: is the database itself. Choose another file.")
        if not is_replacing:
            raise OutputError(f"{file}: is there already. Choose another, or give --replace.")
    back_up(url, file, datetime.now(UTC))
    click.echo(f"Backup written to {file}, {file.stat().st_size / 1e6:.1f} MB.")


@db.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@REPLACE
def restore(file: Path, is_replacing: bool) -> None:
    """Put what FILE holds into the database, of either kind; the server must be stopped.

    Everybody must sign in anew. All else is as it was at the time of the backup.
    """
    from webapp.storage.backup import holds_something
    from webapp.storage.backup import restore as run
    from webapp.storage.database_lock import no_server
    from webapp.storage.private_files import keep_database_private, keep_folder_private

    folder, url = read_settings().instance_dir, read_settings().database_url
    with concerning("INSTANCE_DIR"):
        keep_folder_private(folder)
    if holds_something(url) and not is_replacing:
        raise StorageError(
            "The database is not empty, and all that it holds would be lost. Make a backup of it, "
            "then give --replace."
        )
    keep_database_private(url)
    with no_server(folder, url):
        done = run(file, url, folder, datetime.now(UTC))
    click.echo(
        f"Restored from {file} (revision {done.revision}). {done.sign_ins} sign-ins ended. "
        f"Audit log: {done.audit.count} entries, head {done.audit.head}."
    )
    if done.audit.fault:
        raise AuditLogError(f"the backup is restored, but: {done.audit.fault}")


@click.command()
@click.option(
    "--days", type=click.IntRange(0, 36500), help="Keep so many. [default: RETENTION_DAYS]"
)
def purge(days: int | None) -> None:
    """Delete history, resolved alerts and ended silences that are older.

    The audit log keeps AUDIT_RETENTION_DAYS, whatever is asked for here.
    """
    from webapp.recording.retention import purge as run

    settings, now = read_settings(), datetime.now(UTC)
    kept_days = settings.retention_days if days is None else days
    with open_database() as database:
        audit_before = now - timedelta(days=settings.audit_retention_days)
        done = run(database, now - timedelta(days=kept_days), audit_before)
    click.echo(
        f"Deleted what is older than {kept_days} days: {done.history_rows} rows of history, "
        f"{done.alerts} alerts, {done.silences} silences; and {done.audit_entries} entries of the "
        f"audit log from more than {settings.audit_retention_days} days ago."
    )


@contextmanager
def open_database() -> Iterator["Database"]:
    """Open the database of the settings for a while."""
    from webapp.storage.database import Database

    database = Database(read_settings().database_url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def open_session() -> Iterator["Session"]:
    """Open a session, committed at its end; raises StorageError."""
    with open_database() as database, database.session() as session:
        yield session
