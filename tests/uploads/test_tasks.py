"""Tests of how a video is read for a user, and how long and how large it may be."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cameras.fakes import FakeDetector, crop
from tests.files.test_video_summary import RULE
from tests.files.videos import write_video, write_wrong_count
from tests.uploads.desks import SevenClassifier, running_desk, video_file
from webapp.cameras.analysis import FaceModels
from webapp.core.errors import TooLargeError
from webapp.core.frame import Frame
from webapp.files.video_source import VideoFile
from webapp.uploads import tasks as works
from webapp.uploads.memory_file import MemoryFile
from webapp.uploads.tasks import FilePlan, VideoTask


def test_it_refuses_what_is_beyond_the_limits_of_videos(tmp_path: Path) -> None:
    with running_desk(max_s=2.0) as running, pytest.raises(TooLargeError, match="lasts 3 s"):
        running.submit(video_file(tmp_path))
    with running_desk(max_pixels=1000) as running, pytest.raises(TooLargeError, match="64 by 48"):
        running.submit(video_file(tmp_path))


def never_decoded(*_: object) -> Iterator[Frame]:
    raise AssertionError("it was decoded")


def test_too_large_pictures_of_a_video_are_not_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(VideoFile, "frames", never_decoded)
    with running_desk(max_pixels=1000) as running, pytest.raises(TooLargeError, match="64 by 48"):
        running.submit(video_file(tmp_path))


def test_a_video_that_is_too_long_is_not_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(VideoFile, "frames", never_decoded)
    with running_desk(max_s=2.0) as running, pytest.raises(TooLargeError, match="lasts 3 s"):
        running.submit(video_file(tmp_path))


def test_a_header_that_tells_too_much_is_not_believed(tmp_path: Path) -> None:
    data = write_wrong_count(tmp_path / "short.avi", promised=100_000).read_bytes()
    with running_desk() as running:
        done = running.wait(running.submit(data).id, "done")
        assert done.progress.frames == 30
        assert "its header promises 100000, 10000.0 s" in done.message


def test_a_header_that_tells_too_little_does_not_help(tmp_path: Path) -> None:
    data = write_wrong_count(tmp_path / "short.avi", promised=10).read_bytes()
    with running_desk(max_s=2.0) as running:
        job_id = running.submit(data).id
        done = running.wait(job_id, "done")
        assert "Only the first 2 s" in done.message


def test_no_time_is_told_beyond_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(works, "READ_PER_S", 0.5)
    reader = FaceModels(FakeDetector(1), crop, SevenClassifier(), ("angry",))
    plan = FilePlan(max_bytes=10**6, max_pixels=10**6, max_s=60, rule=lambda: RULE)
    with MemoryFile() as source:
        source.write(write_video(tmp_path / "clip.avi").read_bytes())
        work = VideoTask(source, "clip.avi", plan)
        assert [progress.frames for progress in work.steps(reader)] == [0, 1, 2]
    assert work.result is not None
    assert work.result.summary.ended_s == pytest.approx(3.0)
    work.result.close()
