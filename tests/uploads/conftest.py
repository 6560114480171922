"""Jobs that run, and what they must leave behind: nothing."""

from collections.abc import Iterator

import pytest

from tests.uploads.running_jobs import (
    RunningJobs,
    open_memory_files,
    running_jobs,
)


@pytest.fixture
def nothing_is_left() -> Iterator[None]:
    """Whatever happens, no file stays in memory once a runner has stopped."""
    before = open_memory_files()
    yield
    assert open_memory_files() == before


@pytest.fixture
def running() -> Iterator[RunningJobs]:
    """A runner that analyses as fast as it can."""
    with running_jobs() as running:
        yield running


@pytest.fixture
def held() -> Iterator[RunningJobs]:
    """A runner that analyses a picture of a video only when it is allowed to."""
    with running_jobs(is_open=False) as running:
        yield running
