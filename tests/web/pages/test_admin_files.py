"""What admins see of the files that users have read, and what ends them."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import ADMIN, VIEWER, AuthActions
from tests.patience import wait_until
from tests.uploads.running_jobs import RunningJobs, running_jobs, video_file
from webapp.storage.audit import list_entries
from webapp.storage.database import Database
from webapp.storage.users import find_user
from webapp.web.left_jobs import LeftJobs
from webapp.web.services import services_of


@pytest.fixture
def held(app: Flask) -> Iterator[RunningJobs]:
    """The jobs behind the pages; a video is held up."""
    with running_jobs(is_open=False) as running:
        services_of(app).analysis = running.runner
        yield running


@pytest.fixture
def owner(database: Database) -> int:
    """The id of a user who is no admin."""
    with database.session() as work:
        user = find_user(work, VIEWER)
        assert user
        return user.id


def test_an_admin_sees_whose_files_are_read_and_cancels_one(
    client: FlaskClient,
    auth: AuthActions,
    held: RunningJobs,
    owner: int,
    database: Database,
    tmp_path,
) -> None:
    auth.login(ADMIN)
    assert "Files being read" in client.get("/admin").text
    job = held.submit(video_file(tmp_path), "payroll.avi", owner)
    page = client.get("/admin").text
    assert f"A video of {VIEWER}" in page and "payroll" not in page
    answer = client.post(
        f"/admin/files/{owner}/{job.id}/cancel", data={"csrf_token": auth.csrf_token("/admin")}
    )
    assert answer.status_code == 303
    assert held.runner.jobs(owner) == []
    with database.session() as work:
        entry = list_entries(work, 1)[0]
    assert (entry.action, entry.details) == ("analysis cancelled", {"of": VIEWER})
    again = client.post(
        f"/admin/files/{owner}/{job.id}/cancel", data={"csrf_token": auth.csrf_token("/admin")}
    )
    assert again.status_code == 303


def test_files_end_when_their_owner_is_signed_in_nowhere(
    client: FlaskClient,
    auth: AuthActions,
    held: RunningJobs,
    owner: int,
    database: Database,
    tmp_path,
) -> None:
    auth.login(VIEWER)
    held.submit(video_file(tmp_path), owner=owner)
    left = LeftJobs(database, held.runner)
    left.cancel()
    assert len(held.runner.going_on()) == 1
    auth.logout()
    left.cancel()
    held.detector.is_open.set()
    wait_until(lambda: held.runner.going_on() == [])
    left.cancel()
