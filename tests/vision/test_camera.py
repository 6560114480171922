import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from webapp.core.errors import SourceError
from webapp.vision.camera import (
    LoopingFile,
    UrlSource,
    _as_bgr,
    source_opener,
)

FRAMES = 5


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Five frames, each brighter than the one before, at 10 fps."""
    path = tmp_path / "crew clip ü.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48))
    for frame in range(FRAMES):
        writer.write(np.full((48, 64, 3), 40 * frame, np.uint8))
    writer.release()
    return path


def test_a_file_is_played_over_and_over_at_its_own_rate(clip):
    source = LoopingFile(clip)
    brightness = [round(float(source.read().mean()) / 40) for _ in range(2 * FRAMES + 1)]
    source.close()
    assert brightness == [*range(FRAMES), *range(FRAMES), 0]
    assert source.frame_interval_s == pytest.approx(0.1)


def test_a_file_is_decoded_by_one_thread(clip):
    source = LoopingFile(clip)
    assert source._capture.get(cv2.CAP_PROP_N_THREADS) == 1
    source.close()


def test_a_file_that_is_not_there_is_reported_by_name(tmp_path):
    with pytest.raises(SourceError, match=r"gone\.mp4 is not there.*Put it back"):
        LoopingFile(tmp_path / "gone.mp4")


def test_a_file_that_is_no_video_is_reported_by_name(tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_text("not a video")
    with pytest.raises(SourceError, match=r"notes\.mp4 is not a video"):
        LoopingFile(path)


def test_a_name_that_opencv_crashes_on_is_refused(tmp_path):
    with pytest.raises(SourceError, match="only names in Unicode"):
        LoopingFile(tmp_path / "clip\udcff.mp4")


@pytest.mark.parametrize("replacement", ["nothing", "another file"])
def test_a_playing_file_that_is_taken_away_ends_the_picture(clip, replacement, monkeypatch):
    source = LoopingFile(clip)
    source.read()
    clip.rename(clip.with_name("moved.avi"))
    if replacement == "another file":
        clip.write_bytes(clip.with_name("moved.avi").read_bytes())
    monkeypatch.setattr("webapp.vision.camera.FILE_CHECK_INTERVAL_S", 0.0)
    with pytest.raises(SourceError, match=r"not there|was replaced"):
        source.read()
    source.close()


def test_a_closed_stream_says_so_without_its_address():
    address = "http://user:hunter2@127.0.0.1:9/stream"
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from webapp.vision.camera import source_opener\n"
        "source_opener(sys.argv[1], Path())()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, address],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ,
    )
    assert "SourceError" in done.stderr
    assert "hunter2" not in done.stderr + done.stdout


def test_a_closed_stream_fails_in_time():
    with pytest.raises(SourceError, match="nothing takes connections"):
        UrlSource("rtsp://127.0.0.1:9/stream")


def test_pictures_that_are_too_large_are_refused_before_any_is_read(clip):
    LoopingFile(clip, max_pixels=64 * 48).close()
    with pytest.raises(SourceError, match=r"64 by 48 pixels; at most 3,071 .* MAX_PIXELS"):
        LoopingFile(clip, max_pixels=64 * 48 - 1)


def test_a_stream_may_not_grow_either(clip):
    source = LoopingFile(clip, max_pixels=64 * 48)
    # As if the camera had changed its size under way.
    source._max_pixels = 3000
    with pytest.raises(SourceError, match="MAX_PIXELS"):
        source.read()
    source.close()


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 1), (4, 5, 3), (4, 5, 4)])
def test_any_picture_becomes_three_channels(shape):
    assert _as_bgr(np.zeros(shape, np.uint8)).shape == (4, 5, 3)


def test_the_demo_is_the_bundled_clip(clip):
    source = source_opener("demo", clip)()
    assert source.read().shape == (48, 64, 3)
    source.close()


class FakeDevice:
    """A camera that takes every wish but one for a large picture."""

    def __init__(self, *opened: object) -> None:
        self.opened, self.wishes = opened, []
        self.released = False

    def isOpened(self) -> bool:
        return True

    def set(self, what: int, value: float) -> None:
        self.wishes.append((what, value))

    def get(self, what: int) -> float:
        return {cv2.CAP_PROP_FRAME_WIDTH: 640.0, cv2.CAP_PROP_FRAME_HEIGHT: 480.0}.get(what, 0.0)


@pytest.fixture
def devices(monkeypatch) -> list[FakeDevice]:
    opened: list[FakeDevice] = []

    def open_device(*what: object) -> FakeDevice:
        opened.append(FakeDevice(*what))
        return opened[-1]

    monkeypatch.setattr(cv2, "VideoCapture", open_device)
    return opened


def test_a_device_is_asked_for_its_format_before_its_size(devices, caplog):
    source_opener("/dev/v4l/by-id/usb-C-index0 1280x720@30 mjpg", Path())()
    (device,) = devices
    assert device.opened == ("/dev/v4l/by-id/usb-C-index0", cv2.CAP_V4L2)
    assert device.wishes[:4] == [
        (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),
        (cv2.CAP_PROP_FRAME_WIDTH, 1280),
        (cv2.CAP_PROP_FRAME_HEIGHT, 720),
        (cv2.CAP_PROP_FPS, 30.0),
    ]
    assert "gives pictures of 640x480, not of 1280x720" in caplog.text


def test_a_number_opens_a_device(devices, caplog):
    source_opener("0", Path())()
    assert [device.opened for device in devices] == [(0,)]
    assert not caplog.text


def test_no_file_name_leads_to_live_pictures_which_would_need_a_purpose(devices, tmp_path):
    (tmp_path / "front").symlink_to("/dev/null")
    os.mkfifo(tmp_path / "pipe")
    for name in (f"{tmp_path}/front", f"{tmp_path}/pipe", "//dev/null", "/proc/../dev/null"):
        with pytest.raises(SourceError, match="its path below /dev/"):
            source_opener(name, Path())()
    assert not devices


def test_wishes_that_no_device_knows_end_in_a_sentence():
    with pytest.raises(SourceError, match="1280x720@30 mjpg"):
        source_opener("0 big", Path())()
