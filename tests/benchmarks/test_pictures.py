import subprocess
import sys

import cv2
import pytest
from skimage.data import astronaut

from benchmarks.pictures import children_time, measure
from webapp.config import Settings


def test_the_command_is_measured_on_labelled_pictures(tmp_path):
    for name in ("happy", "sad"):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "0.png"), astronaut()[:, :, ::-1])
    figures = measure(tmp_path, Settings.model_dir, fer_python=None, every=1)
    assert figures["pictures"] == 2
    assert (figures["evenkeel"]["found"], figures["evenkeel"]["macro_recall"]) == (1.0, 0.5)
    assert 0 < figures["evenkeel"]["pictures_per_cpu_s"] < 1000
    (tmp_path / "sad" / "0.png").unlink()
    assert measure(tmp_path, Settings.model_dir, None, every=2)["pictures"] == 1


def test_the_time_of_children_alone_is_counted():
    sum(range(1_000_000))
    with children_time() as nothing:
        sum(range(1_000_000))
    with children_time() as child:
        subprocess.run([sys.executable, "-c", "sum(range(5_000_000))"], check=True)
    assert nothing.cpu_s == pytest.approx(0, abs=0.001) and child.cpu_s > 0.01
