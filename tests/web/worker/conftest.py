"""A worker that lasts for a whole file of tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.web.worker.server import WorkerServer


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, seeded_database: Path
) -> Iterator[WorkerServer]:
    """A hasty worker on small pictures of two cameras."""
    server = WorkerServer(
        tmp_path_factory.mktemp("worker"),
        database=seeded_database,
        worker="tests.web.worker.workers.HastyWorker",
        camera="picture_bytes=20_000",
    )
    server.start()
    try:
        yield server.wait_until_listening()
    finally:
        server.kill()


@pytest.fixture(scope="module")
def session(server: WorkerServer) -> requests.Session:
    """A browser that is signed in."""
    return server.sign_in()
