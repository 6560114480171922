"""A database; and the longest test goes first."""

import pytest

from tests.storage.conftest import database, sqlite_template

__all__ = ["database", "sqlite_template"]

DEMO_TEST = "test_demo_loop.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Play the demo clip first: it takes more than a minute, in which the other worker goes on."""
    items.sort(key=lambda item: item.path.name != DEMO_TEST)
