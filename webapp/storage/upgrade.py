"""Brings a database to the newest form."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.core.errors import StorageError
from webapp.storage.database import Database
from webapp.storage.only_writer import be_only_preparer
from webapp.storage.private_files import keep_database_private

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(database_url: str) -> None:
    """Create or migrate the tables; an SQLite file and its folder are made when missing.

    Raises:
        ConfigError: the URL cannot be used.
        StorageError: the database is locked, unreachable, read-only or of a newer version.
    """
    database = Database(database_url)
    keep_database_private(database_url)
    try:
        with database.session() as session:
            # A migration of years of history may take its time, and wait for another one.
            lift_time_limits(session)
            be_only_preparer(session)
            refuse_newer(session)
            migrate(session)
    finally:
        database.close()


def migrate(session: Session, revision: str = "head") -> None:
    """Bring the tables to a revision, which is theirs or newer."""
    command.upgrade(_alembic_config(session.connection()), revision)


def lift_time_limits(session: Session) -> None:
    """Let this transaction's statements, and waiting for locks, take as long as they take."""
    if session.connection().dialect.name == "postgresql":
        session.execute(text("SET LOCAL lock_timeout = 0"))
        session.execute(text("SET LOCAL statement_timeout = 0"))
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


def revision_of(session: Session) -> str | None:
    """Return the revision of a database's tables; None where it has none of ours."""
    return MigrationContext.configure(session.connection()).get_current_revision()


def newest_revision() -> str:
    """Return the revision that `upgrade` brings a database to."""
    return str(ScriptDirectory(str(MIGRATIONS)).get_current_head())


def refuse_newer(session: Session) -> None:
    """Raise StorageError where a newer version of Evenkeel has migrated the database."""
    context = MigrationContext.configure(session.connection())
    scripts = ScriptDirectory.from_config(_alembic_config(session.connection()))
    known = {script.revision for script in scripts.walk_revisions()}
    newer = set(context.get_current_heads()) - known
    if newer:
        raise StorageError(
            f"The database is of a newer version of Evenkeel (its revision is {', '.join(newer)}, "
            f"this version knows none after {scripts.get_current_head()}). Install the newer "
            "version again, or restore a backup from before it."
        )


def _alembic_config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
