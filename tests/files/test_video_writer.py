import cv2
import numpy as np
import pytest

from tests.files.readings import video_frame
from tests.files.videos import frame_count, full_disk
from webapp.core.errors import OutputError
from webapp.files.video_writer import AnnotatedVideo, FramePacer

TENTH_S = 0.1


def written(path, readings, interval_s=TENTH_S):
    video = AnnotatedVideo(path, interval_s)
    for reading in readings:
        video.write(reading)
    video.finish()
    return path


def read_all(path) -> list[np.ndarray]:
    capture, images = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG), []
    while capture.grab():
        images.append(capture.retrieve()[1])
    capture.release()
    return images


@pytest.mark.parametrize(
    ("times_s", "interval_s", "copies"),
    [
        ([], 0.1, []),
        ([0.0, 0.1, 0.2, 0.3], 0.1, [1, 1, 1, 1]),
        ([0.0, 0.05, 0.1, 0.15, 0.2], 0.1, [1, 0, 1, 1, 0]),
        ([0.0, 0.4, 0.5], 0.1, [1, 4, 1]),
        ([0.0, 3600.0, 3600.1], 0.1, [1, 50, 1]),
        ([0.0, 10.0, 20.0], 10.0, [1, 1, 1]),
    ],
    ids=["none", "even", "twice as often", "gap", "hole", "slow"],
)
def test_frames_keep_their_pace(times_s, interval_s, copies):
    pacer = FramePacer(1 / interval_s, interval_s)
    assert [pacer.copies(time_s) for time_s in times_s] == copies


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".MP4"])
@pytest.mark.parametrize("size_wh", [(64, 48), (65, 49), (1, 2), (200, 3)])
def test_any_size_is_written_and_read_back(tmp_path, suffix, size_wh):
    path = written(tmp_path / f"out{suffix}", [video_frame(n, size_wh=size_wh) for n in range(5)])
    images = read_all(path)
    assert len(images) == 5
    height, width = images[0].shape[:2]
    assert 0 <= width - max(16, size_wh[0]) <= 1
    assert 0 <= height - max(16, size_wh[1]) <= 1
    assert list(tmp_path.iterdir()) == [path]


def test_faces_are_drawn_and_the_frame_is_not_changed(tmp_path):
    readings = [video_frame(n, angry=(0.9,), size_wh=(320, 240)) for n in range(3)]
    images = read_all(written(tmp_path / "out.mp4", readings))
    blue, _, red = images[-1][20:41, 4:17].reshape(-1, 3).max(axis=0)
    assert red > 150 > 100 > blue
    assert not readings[0].analysed.frame.image_bgr.any()


def test_a_stream_that_changes_its_size_goes_on_in_the_first(tmp_path):
    sizes = [(64, 48)] * 3 + [(160, 120)] * 3 + [(30, 90)] * 3
    readings = [video_frame(n, size_wh=size) for n, size in enumerate(sizes)]
    images = read_all(written(tmp_path / "out.mp4", readings))
    assert [image.shape for image in images] == [(48, 64, 3)] * 9


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_seconds_between_two_frames_are_filled(tmp_path, suffix):
    readings = [video_frame(n, time_s=8.0 * n) for n in range(4)]
    path = written(tmp_path / f"out{suffix}", readings, interval_s=8.0)
    assert frame_count(path) == 25


@pytest.mark.parametrize("name", ["out.avi", "out", "out.mp4.txt"])
def test_names_that_no_browser_plays(tmp_path, name):
    with pytest.raises(OutputError, match=r"ends in \.mp4 or \.webm"):
        AnnotatedVideo(tmp_path / name, TENTH_S)


def test_a_name_that_is_not_unicode(tmp_path):
    with pytest.raises(OutputError, match="Unicode"):
        AnnotatedVideo(tmp_path / "\udcff.mp4", TENTH_S)


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "taken").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        AnnotatedVideo(tmp_path / "taken" / "out.mp4", TENTH_S)


def test_a_video_without_frames_is_no_file(tmp_path):
    written(tmp_path / "out.mp4", [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_a_full_disk_leaves_the_older_file(tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    path.write_text("older")
    video = AnnotatedVideo(path, TENTH_S)
    noise = np.random.default_rng(0)
    with full_disk(2_000):
        for number in range(20):
            reading = video_frame(number)
            reading.analysed.frame.image_bgr[:] = noise.integers(0, 255, (48, 64, 3))
            video.write(reading)
        with pytest.raises(OutputError, match="could not be written to its end"):
            video.finish()
    video.discard()
    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]
