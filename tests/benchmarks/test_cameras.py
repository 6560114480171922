import cv2
import pytest

from benchmarks.cameras import FPS, Measured, as_row, write_clip
from webapp.demo import CLIP
from webapp.vision.camera import LoopingFile


def test_a_clip_is_played_as_a_camera_of_ten_frames_a_second(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.cameras.CLIP_S", 1)
    write_clip(CLIP, tmp_path / "clip.mp4")
    source = LoopingFile(tmp_path / "clip.mp4")
    assert source.frame_interval_s == pytest.approx(1 / FPS)
    assert source._capture.get(cv2.CAP_PROP_FRAME_COUNT) == FPS
    assert source.read().shape == (540, 960, 3)
    source.close()


def test_cores_are_set_against_what_the_parts_take_alone():
    parts_ms = {"decode": 1.0, "shrink": 0.5, "detect": 7.5, "crop": 1.0, "classify": 9.0}
    row = as_row(Measured((8.0, 10.0), (4.0, 6.0), cores=0.35), parts_ms)
    # Of each second 10 * 1 + 5 * 8 + 9 * 10 ms.
    assert list(row.values()) == [2, "8.0", "9.0", "5.0", "0.35", "0.175", "0.140", "1.25"]
