"""The commands that look after the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from webapp.config import read_settings
from webapp.core.errors import concerning

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.storage.database import Database


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
