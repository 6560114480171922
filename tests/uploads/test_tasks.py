"""Tests of how a file is analysed for a user, what is told of it, and how large it may be."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.cameras.fakes import FakeDetector, crop
from tests.decoding.processes import decoders_within, shared_decoders
from tests.files.test_video_summary import RULE
from tests.files.videos import write_video, write_wrong_count
from tests.uploads.running_jobs import SevenClassifier, running_jobs, video_file
from webapp.bus.memory_file import MemoryFile
from webapp.cameras.analysis import FaceModels
from webapp.core.errors import TooLargeError
from webapp.core.frame import Frame
from webapp.core.privacy import Disclosure, Privacy
from webapp.decoding.decoder import DecodedVideo
from webapp.decoding.decoders import DecoderLimits
from webapp.uploads import tasks
from webapp.uploads.tasks import FilePlan, PictureTask, VideoTask
from webapp.vision.safe_picture import CARD_SIZE_WH


def running_small_jobs() -> AbstractContextManager:
    return running_jobs(decoders=decoders_within(DecoderLimits(max_pixels=1000)))


def test_it_rejects_what_is_beyond_the_limits_of_videos(tmp_path: Path) -> None:
    with running_jobs(max_s=2.0) as running, pytest.raises(TooLargeError, match="lasts 3 s"):
        running.submit(video_file(tmp_path))
    with (
        running_small_jobs() as running,
        pytest.raises(TooLargeError, match="64 by 48"),
    ):
        running.submit(video_file(tmp_path))


def never_decoded(*_: object) -> Iterator[Frame]:
    raise AssertionError("it was decoded")


def test_too_large_pictures_of_a_video_are_not_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DecodedVideo, "frames", never_decoded)
    with (
        running_small_jobs() as running,
        pytest.raises(TooLargeError, match="64 by 48"),
    ):
        running.submit(video_file(tmp_path))


def test_a_video_that_is_too_long_is_not_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DecodedVideo, "frames", never_decoded)
    with running_jobs(max_s=2.0) as running, pytest.raises(TooLargeError, match="lasts 3 s"):
        running.submit(video_file(tmp_path))


def test_a_header_that_promises_too_much_is_not_believed(tmp_path: Path) -> None:
    data = write_wrong_count(tmp_path / "short.avi", promised=100_000).read_bytes()
    with running_jobs() as running:
        done = running.wait(running.submit(data).id, "done")
        assert done.progress.frames == 30
        assert "its header promises 100000, 10000.0 s" in done.message


def test_a_header_that_promises_too_little_does_not_help(tmp_path: Path) -> None:
    data = write_wrong_count(tmp_path / "short.avi", promised=10).read_bytes()
    with running_jobs(max_s=2.0) as running:
        job_id = running.submit(data).id
        done = running.wait(job_id, "done")
        assert "Only the first 2 s" in done.message


def test_no_time_is_counted_beyond_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "ANALYSED_PER_S", 0.5)
    models = FaceModels(FakeDetector(1), crop, SevenClassifier(), ("angry",))
    plan = FilePlan(max_bytes=10**6, max_s=60, rule=lambda: RULE)
    with MemoryFile() as source:
        source.write(write_video(tmp_path / "clip.avi").read_bytes())
        task = VideoTask(source, "clip.avi", plan)
        with closing(shared_decoders().start()) as decoder:
            assert [progress.frames for progress in task.steps(models, decoder)] == [0, 1, 2]
    assert task.result is not None
    assert task.result.summary.ended_s == pytest.approx(3.0)
    task.result.close()


@pytest.mark.parametrize(
    ("shows", "min_group", "told"),
    [(Privacy.LABELS, 2, 2), (Privacy.LABELS, 3, 0), (Privacy.BLUR, 2, 0), (Privacy.COUNTS, 1, 2)],
)
def test_of_a_file_as_much_is_told_as_of_a_camera(tmp_path: Path, shows, min_group, told) -> None:
    models = FaceModels(FakeDetector(2), crop, SevenClassifier(), ("angry",))
    disclosure = Disclosure(shows, min_group=min_group)
    plan = FilePlan(10**6, 60, lambda: RULE, disclosure, searched_px=64)
    records, pictures = [], []
    picture, video = tmp_path / "one.png", write_video(tmp_path / "clip.avi", frames=2)
    Image.new("RGB", (200, 100)).save(picture)
    for kind, path in ((VideoTask, video), (PictureTask, picture)):
        with MemoryFile() as source, closing(shared_decoders().start()) as decoder:
            source.write(path.read_bytes())
            task = kind(source, "file", plan)
            assert list(task.steps(models, decoder))
            exported = json.loads(b"".join(task.result.export("json")))
            records.append(len(exported[-1]["faces"]))
            pictures.append(Image.open(BytesIO(task.result.picture_jpeg)).size)
            assert told == 2 or "nothing is told" in task.message
            task.result.close()
    assert records == [told, told]
    are_cards = [size == CARD_SIZE_WH for size in pictures]
    assert are_cards == [shows == Privacy.COUNTS] * 2
    assert shows != Privacy.BLUR or max(pictures)[0] <= 64
