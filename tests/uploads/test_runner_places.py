"""How many files may be read at once, and whose."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE_S
from tests.uploads.running_jobs import (
    OWNER,
    STRANGER,
    RunningJobs,
    picture_file,
    running_jobs,
    video_file,
)
from webapp.core.errors import (
    JobLimitError,
)
from webapp.core.jobs import Upload

pytestmark = pytest.mark.usefixtures("nothing_is_left")


def test_one_file_too_many_is_rejected_before_it_is_received(tmp_path: Path) -> None:
    def never() -> Iterator[bytes]:
        raise AssertionError("nothing should be read")
        yield b""

    with running_jobs(is_open=False, most_at_once=1) as held:
        job_id = held.submit(video_file(tmp_path)).id
        with pytest.raises(JobLimitError, match=r"at once are being analysed: 1 \(ANALYSE_JOBS\)"):
            held.runner.submit(STRANGER, Upload("one more", never()))
        held.detector.is_open.set()
        held.wait(job_id, "done")
        assert held.submit(picture_file(), owner=STRANGER).state == "done"


def test_one_user_leaves_a_place_for_others(tmp_path: Path) -> None:
    with running_jobs(is_open=False, most_at_once=2, most_per_owner=1) as held:
        job_id = held.submit(video_file(tmp_path)).id
        with pytest.raises(JobLimitError, match="of your files as one user may have at once"):
            held.submit(picture_file())
        assert [(job.owner, job.status.id) for job in held.runner.going_on()] == [(OWNER, job_id)]
        held.detector.is_open.set()
        assert held.submit(picture_file(), owner=STRANGER).state == "done"
        held.wait(job_id, "done")
        assert held.runner.going_on() == []


def test_two_at_once(running: RunningJobs, tmp_path: Path) -> None:
    data, ids = video_file(tmp_path), []
    senders = [
        threading.Thread(
            target=lambda owner=owner: ids.append((owner, running.submit(data, owner=owner).id))
        )
        for owner in (OWNER, STRANGER)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(PATIENCE_S)
    assert len(ids) == 2
    for owner, job_id in ids:
        running.wait(job_id, "done", owner)


def test_nobody_sees_anothers(running: RunningJobs) -> None:
    job_id = running.submit(picture_file()).id
    runner = running.runner
    assert runner.jobs(STRANGER) == []
    for ask in (runner.find, runner.result, runner.preview_jpeg, runner.forget):
        with pytest.raises(KeyError):
            ask(STRANGER, job_id)
    assert runner.find(OWNER, job_id).state == "done"
