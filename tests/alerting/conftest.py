"""A database."""

from tests.storage.conftest import database, sqlite_template

__all__ = ["database", "sqlite_template"]
