"""Tests of the runner: what it takes, rejects, reports, keeps and forgets."""

import csv
import io
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.decoding.hostile_files import png_chunks
from tests.fakes import CLASSES
from tests.files.videos import SIZE_WH, write_cut_off, write_sound
from tests.patience import PATIENCE_S, wait_until
from tests.uploads.running_jobs import (
    OWNER,
    RunningJobs,
    open_memory_files,
    picture_file,
    running_jobs,
    video_file,
)
from webapp.bus.json_codec import to_json
from webapp.core.errors import (
    BusyError,
    EvenkeelError,
    ModelMissingError,
    PictureError,
    SourceError,
    TooLargeError,
)
from webapp.core.jobs import Upload
from webapp.uploads.runner import MOST_KEPT_PER_OWNER

pytestmark = pytest.mark.usefixtures("nothing_is_left")


def exported(running: RunningJobs, job_id: str, form: str) -> str:
    result = running.runner.result(OWNER, job_id)
    assert result
    return b"".join(result.export(form)).decode()


def test_a_picture_is_read_at_once(running: RunningJobs) -> None:
    status = running.submit(picture_file(), "crew.jpg")
    assert (status.state, status.kind, status.name) == ("done", "picture", "crew.jpg")
    assert status.size_bytes == len(picture_file())
    assert status.expires_at
    assert status.expires_in_s == pytest.approx(600, abs=PATIENCE_S)
    result = running.runner.result(OWNER, status.id)
    assert result
    (face,) = to_json(result.as_message())["record"]["faces"]
    assert (face["emotion"], face["uncertain"]) == ("angry", False)
    assert sum(face["probabilities"].values()) == pytest.approx(1)
    drawn = cv2.imdecode(np.frombuffer(result.picture_jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert drawn is not None and drawn.shape == (100, 200, 3)
    assert [(owner, status.state) for owner, status in running.reports] == [(OWNER, "done")]


def test_the_exports_of_a_picture(running: RunningJobs) -> None:
    job_id = running.submit(picture_file(), "crew.jpg").id
    (record,) = json.loads(exported(running, job_id, "json"))
    assert (record["path"], record["width"], record["height"]) == ("crew.jpg", 200, 100)
    (row,) = csv.DictReader(io.StringIO(exported(running, job_id, "csv")))
    assert row["face"] == "1"
    assert {name: float(row[name]) for name in CLASSES} == record["faces"][0]["probabilities"]


def test_a_video_is_read_in_the_background(held: RunningJobs, tmp_path: Path) -> None:
    status = held.submit(video_file(tmp_path), "shift.avi")
    assert (status.state, status.kind) == ("waiting", "video")
    assert status.progress.duration_s == pytest.approx(3.0)
    held.detector.permits.release()
    wait_until(lambda: held.runner.find(OWNER, status.id).progress.frames == 1)
    assert held.runner.preview_jpeg(OWNER, status.id)
    assert held.runner.result(OWNER, status.id) is None
    held.detector.is_open.set()
    done = held.wait(status.id, "done")
    progress = done.progress
    assert (progress.frames, progress.share, progress.remaining_s) == (30, 1.0, 0.0)
    states = [status.state for _, status in held.reports]
    assert states[-1] == "done" and "running" in states


def test_the_result_of_a_video(running: RunningJobs, tmp_path: Path) -> None:
    job_id = running.submit(video_file(tmp_path), "shift.avi").id
    running.wait(job_id, "done")
    result = running.runner.result(OWNER, job_id)
    assert result
    answer = to_json(result.as_message())
    assert answer["classes"] == [*CLASSES, "uncertain"]
    summary = answer["summary"]
    assert (summary["pictures"], summary["duration_s"]) == (30, 3.0)
    assert summary["face_seconds"]["angry"] == pytest.approx(3.0)
    assert summary["highest"]["indicator"] == 100.0
    (firing,) = summary["alert"]["firings"]
    assert firing["fired_at_s"] == pytest.approx(1.0)
    assert len(answer["points"]["at_s"]) == len(answer["points"]["counts"]["angry"])
    records = json.loads(exported(running, job_id, "json"))
    rows = list(csv.DictReader(io.StringIO(exported(running, job_id, "csv"))))
    assert [r["frame"] for r in records] == [int(row["frame"]) for row in rows] == [*range(30)]
    assert result.picture_jpeg


def test_an_export_goes_on_when_its_job_is_deleted(running: RunningJobs, tmp_path: Path) -> None:
    job_id = running.submit(video_file(tmp_path)).id
    running.wait(job_id, "done")
    result = running.runner.result(OWNER, job_id)
    assert result
    chunks = result.export("json")
    first = next(chunks)
    running.runner.forget(OWNER, job_id)
    assert len(json.loads(first + b"".join(chunks))) == 30


def test_a_picture_does_not_wait_for_a_video(held: RunningJobs, tmp_path: Path) -> None:
    video = held.submit(video_file(tmp_path))
    answers: list = []
    sender = threading.Thread(target=lambda: answers.append(held.submit(picture_file())))
    sender.start()
    wait_until(lambda: len(held.runner._jobs) == 2)
    held.detector.permits.release()
    sender.join(PATIENCE_S)
    assert [answer.state for answer in answers] == ["done"]
    assert not held.runner.find(OWNER, video.id).is_over


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (b"", PictureError, "empty"),
        (b"<html>no</html>", PictureError, "neither a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", PictureError, "neither a picture"),
        (b"\0\0\0\x18ftypheic" + bytes(64), PictureError, "HEIC"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", PictureError, "neither a picture"),
        (b"#EXTM3U\nhttp://example.org/x.ts\n", PictureError, "neither a picture"),
        (picture_file()[:200], PictureError, "damaged or cut short"),
        (picture_file(400, 300), PictureError, "pixels"),
        (bytes(4) + b"ftyp" + bytes(2_000_000), TooLargeError, "1,000,000 bytes"),
        (b"RIFF\0\0\0\0AVI " + bytes(500), SourceError, "no picture"),
    ],
    ids=[
        *("empty", "html", "svg", "heic", "script", "playlist", "truncated", "pixels", "bytes"),
        "broken video",
    ],
)
def test_it_rejects(running: RunningJobs, data: bytes, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        running.submit(data)
    assert running.runner.jobs(OWNER) == []
    assert running.reports == [], "the answer reports it"
    assert running.submit(picture_file()).state == "done"


def test_it_rejects_videos_without_pictures(running: RunningJobs, tmp_path: Path) -> None:
    for path in (write_cut_off(tmp_path / "a.mp4"), write_sound(tmp_path / "a.wav")):
        with pytest.raises(EvenkeelError):
            running.submit(path.read_bytes())
    assert running.runner.jobs(OWNER) == []


def test_what_is_too_large_is_not_read_to_its_end(running: RunningJobs) -> None:
    taken = []

    def chunks() -> Iterator[bytes]:
        for number in range(100):
            taken.append(number)
            yield bytes(400_000)

    with pytest.raises(TooLargeError):
        running.runner.submit(OWNER, Upload("large", chunks()))
    assert len(taken) == 3


def test_an_upload_that_breaks_off_leaves_nothing(running: RunningJobs) -> None:
    def broken() -> Iterator[bytes]:
        yield picture_file()[:100]
        raise ConnectionError

    before = open_memory_files()
    for _ in range(5):
        with pytest.raises(ConnectionError):
            running.runner.submit(OWNER, Upload("broken", broken()))
    assert open_memory_files() == before
    assert running.submit(picture_file()).state == "done", "its place is free again"


def test_a_cancelled_video_is_gone(held: RunningJobs, tmp_path: Path) -> None:
    before = open_memory_files()
    job_id = held.submit(video_file(tmp_path)).id
    held.runner.forget(OWNER, job_id)
    assert [(owner, status.state) for owner, status in held.reports][-1] == (OWNER, "cancelled")
    with pytest.raises(KeyError):
        held.runner.find(OWNER, job_id)
    held.detector.permits.release()
    wait_until(lambda: open_memory_files() == before)
    assert held.submit(picture_file()).state == "done"


@pytest.mark.parametrize("kind", ["picture", "video"])
def test_what_its_sender_left_is_gone(held: RunningJobs, tmp_path: Path, kind: str) -> None:
    before, left = open_memory_files(), threading.Event()
    # Of the size that the detector holds up.
    data = picture_file(*SIZE_WH) if kind == "picture" else video_file(tmp_path)
    upload = Upload("private", iter([data]), is_left=left.is_set)
    other = held.submit(video_file(tmp_path))
    answers: list = []
    sender = threading.Thread(target=lambda: answers.append(held.runner.submit(OWNER, upload)))
    left.set()
    sender.start()
    held.detector.is_open.set()
    sender.join(PATIENCE_S)
    assert [answer.state for answer in answers] == ["cancelled"]
    held.wait(other.id, "done")
    assert [status.id for status in held.runner.jobs(OWNER)] == [other.id]
    assert {status.id for _, status in held.reports} == {other.id}
    held.runner.forget(OWNER, other.id)
    assert open_memory_files() == before


def test_a_picture_left_while_it_is_read_is_gone(held: RunningJobs) -> None:
    left = threading.Event()
    upload = Upload("private", iter([picture_file(*SIZE_WH)]), is_left=left.is_set)
    sender = threading.Thread(target=lambda: held.runner.submit(OWNER, upload))
    sender.start()
    wait_until(lambda: held.detector.is_asked.is_set())
    left.set()
    held.detector.permits.release()
    sender.join(PATIENCE_S)
    assert (held.runner.jobs(OWNER), held.reports) == ([], [])


@pytest.mark.parametrize("ending", ["left", "stopped"])
def test_a_picture_that_takes_for_ever_is_ended_when_nobody_wants_it(ending: str) -> None:
    with running_jobs(max_bytes=10**8) as running:
        left, ended = threading.Event(), []
        upload = Upload("private", iter([png_chunks(40_000_000)]), is_left=left.is_set)

        def send() -> None:
            try:
                ended.append(running.runner.submit(OWNER, upload).state)
            except BusyError as error:
                ended.append(error)

        sender = threading.Thread(target=send)
        sender.start()
        wait_until(lambda: bool(running.runner.jobs(OWNER)))
        left.set() if ending == "left" else running.stop_now()
        sender.join(PATIENCE_S)
        assert len(ended) == 1 and (ending == "stopped" or ended == ["cancelled"])
        assert (running.runner.jobs(OWNER), running.reports) == ([], [])
        assert not running.detector.is_asked.is_set()


def test_a_sender_who_left_after_the_answer_keeps_the_result(running: RunningJobs) -> None:
    left = threading.Event()
    upload = Upload("crew", iter([picture_file()]), "mine", left.is_set)
    running.runner.submit(OWNER, upload)
    left.set()
    running.submit(picture_file())
    assert [status.upload_id for status in running.runner.jobs(OWNER)] == ["", "mine"]


def test_a_deleted_result_is_gone(running: RunningJobs, tmp_path: Path) -> None:
    before = open_memory_files()
    job_id = running.submit(video_file(tmp_path)).id
    running.wait(job_id, "done")
    running.runner.forget(OWNER, job_id)
    assert open_memory_files() == before
    assert running.runner.jobs(OWNER) == []
    owner, status = running.reports[-1]
    assert (owner, status.id, status.state) == (OWNER, job_id, "forgotten")


def test_results_are_forgotten_after_a_while(tmp_path: Path) -> None:
    with running_jobs(keep=timedelta(seconds=0.2)) as running:
        before = open_memory_files()
        job_id = running.submit(video_file(tmp_path)).id
        wait_until(lambda: running.reports and running.reports[-1][1].state == "forgotten")
        assert any(each.state == "done" and each.expires_at for _, each in running.reports)
        assert running.reports[-1][1].id == job_id
        assert running.runner.jobs(OWNER) == []
        assert open_memory_files() == before


def test_the_newest_are_kept(running: RunningJobs) -> None:
    for number in range(MOST_KEPT_PER_OWNER + 2):
        running.submit(picture_file(), f"{number}.jpg")
    kept = [status.name for status in running.runner.jobs(OWNER)]
    assert kept == [f"{number}.jpg" for number in range(MOST_KEPT_PER_OWNER + 1, 1, -1)]
    wait_until(lambda: len(running.reports) == MOST_KEPT_PER_OWNER + 4)
    forgotten = [status.name for _, status in running.reports if status.state == "forgotten"]
    assert forgotten == ["0.jpg", "1.jpg"]


def test_a_rejected_file_takes_no_result_away(running: RunningJobs) -> None:
    for _ in range(MOST_KEPT_PER_OWNER):
        running.submit(picture_file())
    with pytest.raises(PictureError):
        running.submit(picture_file()[:200])
    assert len(running.runner.jobs(OWNER)) == MOST_KEPT_PER_OWNER


def test_the_end_of_the_server_cancels(held: RunningJobs, tmp_path: Path) -> None:
    held.submit(video_file(tmp_path))
    held.stop_now()
    assert held.runner.jobs(OWNER) == []
    with pytest.raises(BusyError, match="about to stop"):
        held.submit(picture_file())


def test_a_model_that_is_missing_is_reported_and_tried_again(running: RunningJobs) -> None:
    build, calls = running.runner._plan.load_models, []

    def load_models():
        calls.append(1)
        if len(calls) == 1:
            raise ModelMissingError("the model is not there")
        return build()

    object.__setattr__(running.runner._plan, "load_models", load_models)
    with pytest.raises(ModelMissingError):
        running.submit(picture_file())
    for _ in range(2):
        assert running.submit(picture_file()).state == "done"
    assert len(calls) == 2, "it is loaded once"


def test_an_error_of_ours_ends_only_that_file(
    running: RunningJobs, caplog: pytest.LogCaptureFixture
) -> None:
    running.detector.fails = True
    with pytest.raises(EvenkeelError, match="the server's log says why"):
        running.submit(picture_file(), "private name.jpg")
    assert "analysis of a picture failed" in caplog.text
    assert "private" not in caplog.text
    running.detector.fails = False
    assert running.submit(picture_file()).state == "done"
