from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from webapp.core.errors import DetectorError
from webapp.vision.detector import CASCADE_FILE
from webapp.vision.haar import HaarDetector

PORTRAIT = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)


def test_the_cascade_is_opencvs_own_byte_for_byte():
    installed = Path(cv2.data.haarcascades, CASCADE_FILE.name)
    assert CASCADE_FILE.read_bytes() == installed.read_bytes()


def test_a_missing_cascade_says_what_to_do(tmp_path):
    with pytest.raises(DetectorError, match=r"missing\.xml.*Restore it"):
        HaarDetector(tmp_path / "missing.xml", 640, 24)


@pytest.mark.parametrize("content", ["", "no XML", "<?xml version='1.0'?><opencv_storage/>"])
def test_a_corrupt_cascade_says_what_to_do(tmp_path, content):
    path = tmp_path / "cascade.xml"
    path.write_text(content)
    with pytest.raises(DetectorError, match="expected a Haar cascade"):
        HaarDetector(path, 640, 24)


def test_boxes_are_square_with_score_one_and_without_landmarks():
    faces = HaarDetector(CASCADE_FILE, 640, 24).detect(PORTRAIT)
    width, height = faces.boxes_xyxy[0, 2:] - faces.boxes_xyxy[0, :2]
    assert width == height
    assert (faces.scores == 1).all()
    assert np.isnan(faces.landmarks_xy).all()
