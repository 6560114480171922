"""A database, and the server that watches the demo clip while other tests run."""

import tempfile
from pathlib import Path

import pytest

from tests.alerting.demo_loops import DemoWatch
from tests.storage.conftest import database

__all__ = ["database"]

DEMO_TEST = "test_demo_loop.py"
DEMO_WATCH = pytest.StashKey[DemoWatch]()
FOLDER = pytest.StashKey[tempfile.TemporaryDirectory]()


@pytest.fixture
def demo_watch(request) -> DemoWatch:
    """The watch that began with the test run."""
    return request.config.stash[DEMO_WATCH]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Play the demo clip's test last."""
    items.sort(key=lambda item: item.path.name == DEMO_TEST)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start its server first: the clip takes more than a minute."""
    is_wanted = any(item.path.name == DEMO_TEST for item in session.items)
    if is_wanted and not session.config.option.collectonly:
        folder = session.config.stash[FOLDER] = tempfile.TemporaryDirectory()
        session.config.stash[DEMO_WATCH] = DemoWatch(Path(folder.name)).start()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End the server, whatever happened."""
    watch = session.config.stash.get(DEMO_WATCH, None)
    if watch:
        watch.kill()
        session.config.stash[FOLDER].cleanup()
