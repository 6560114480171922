"""Files that are read behind a link are read as in one process."""

import threading
from contextlib import contextmanager

import pytest

from tests.bus.links import linked
from tests.files.videos import write_video
from tests.patience import PATIENCE_S, wait_until
from tests.uploads.running_jobs import OWNER, running_jobs
from webapp.bus.job_server import JobServer
from webapp.bus.remote_jobs import RemoteJobs
from webapp.core.errors import BusyError, JobLimitError, PictureError, TooLargeError
from webapp.core.jobs import Upload
from webapp.core.process_report import JobWork


@contextmanager
def remote_jobs(**changes):
    """Yield the web's side, the process's side and what was reported to the web."""
    server, reports = JobServer(), []
    remote = RemoteJobs(lambda owner, status: reports.append((owner, status)))
    with running_jobs(server.report, **changes) as running:
        server.attach(running.runner)
        with linked(server, remote):
            wait_until(lambda: remote.calls._link)
            yield remote, running, reports


def test_a_video_from_upload_to_exports(tmp_path):
    with remote_jobs() as (remote, running, reports):
        data = write_video(tmp_path / "crew.avi").read_bytes()
        status = remote.submit(
            OWNER, Upload("crew.mp4", iter([data[:1000], b"", data[1000:]]), "u1")
        )
        assert (status.name, status.upload_id, status.size_bytes) == ("crew.mp4", "u1", len(data))
        assert remote.jobs(OWNER)[0].id == status.id
        running.wait(status.id, "done")
        wait_until(lambda: remote.report and remote.report.jobs == JobWork(0, 0))
        assert remote.find(OWNER, status.id).state == "done"
        here, there = running.runner.result(OWNER, status.id), remote.result(OWNER, status.id)
        assert there.as_message() == here.as_message()
        assert there.picture_jpeg == here.picture_jpeg
        for form in ("json", "csv"):
            assert b"".join(there.export(form)) == b"".join(here.export(form))
        assert remote.preview_jpeg(OWNER, status.id) == running.runner.preview_jpeg(
            OWNER, status.id
        )
        wait_until(lambda: (OWNER, remote.find(OWNER, status.id)) and reports)
        assert {owner for owner, _ in reports} == {OWNER}
        remote.forget(OWNER, status.id)
        with pytest.raises(KeyError):
            remote.result(OWNER, status.id)
        with pytest.raises(KeyError):
            remote.find(OWNER + 1, status.id)


def test_what_is_refused_there_is_refused_here():
    with remote_jobs(max_bytes=100_000) as (remote, _, _reports):
        with pytest.raises(PictureError):
            remote.submit(OWNER, Upload("crew.jpg", iter([b"\xff\xd8\xff nothing"])))
        endless = (bytes(50_000) for _ in range(10**6))
        with pytest.raises(TooLargeError, match="100,000 bytes"):
            remote.submit(OWNER, Upload("crew.jpg", endless))
    with remote_jobs(most_at_once=0) as (remote, _, _reports), pytest.raises(JobLimitError):
        remote.submit(OWNER, Upload("crew.jpg", iter([bytes(50_000)] * 1000)))


def test_an_error_while_a_file_comes_leaves_nothing_behind():
    def broken():
        yield b"\xff\xd8\xff"
        raise ConnectionError("the browser left")

    with remote_jobs() as (remote, running, _):
        with pytest.raises(ConnectionError, match="the browser left"):
            remote.submit(OWNER, Upload("crew.jpg", broken()))
        wait_until(lambda: running.runner._taken.total() == 0)
        assert remote.jobs(OWNER) == []


def test_a_file_whose_sender_left_is_cancelled_there(tmp_path):
    with remote_jobs(is_open=False) as (remote, running, _):
        left = threading.Event()
        upload = Upload(
            "crew.mp4", iter([write_video(tmp_path / "crew.avi").read_bytes()]), "u1", left.is_set
        )
        errors = []

        def submit():
            try:
                remote.submit(OWNER, upload)
            except Exception as error:
                errors.append(error)

        thread = threading.Thread(target=submit)
        thread.start()
        wait_until(lambda: running.runner._going_on)
        left.set()
        running.detector.is_open.set()
        wait_until(lambda: not running.runner._going_on)
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def test_while_the_process_is_away_trying_again_is_advised():
    remote = RemoteJobs(lambda *_: None)
    with pytest.raises(BusyError, match="try again"):
        remote.submit(OWNER, Upload("crew.jpg", iter([b"x"])))
