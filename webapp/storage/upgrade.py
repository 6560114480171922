"""Brings a database to the newest form."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import make_url, text

from webapp.core.errors import StorageError
from webapp.storage.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(database_url: str) -> None:
    """Create or migrate the tables; an SQLite file's folder is made when missing.

    Raises:
        ConfigError: the URL cannot be used.
        StorageError: the database is locked, unreachable or read-only.
    """
    database = Database(database_url)
    _make_folder(database_url)
    try:
        with database.session() as session:
            if session.connection().dialect.name == "postgresql":
                # A migration of years of history may take its time, and wait for another one.
                session.execute(text("SET LOCAL lock_timeout = 0"))
                session.execute(text("SET LOCAL statement_timeout = 0"))
            command.upgrade(_alembic_config(session.connection()), "head")
    finally:
        database.close()


def _alembic_config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _make_folder(database_url: str) -> None:
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        return
    folder = Path(str(url.database)).parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be made ({error.strerror}).") from error
