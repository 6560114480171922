"""Which detector is chosen, and what both of them must do with any picture."""

import cv2
import numpy as np
import pytest
from skimage import data

from webapp.core.errors import DetectorError
from webapp.demo import CLIP
from webapp.vision import detector as choice
from webapp.vision.detector import build_detector

DETECT_WIDTH, MIN_FACE_PX = 640, 24
FACE_CENTRE_XY = np.array([225, 115])
FACE_SIDE_PX = 95


@pytest.fixture(params=["yunet", "haar"])
def detector(request):
    return build_detector(request.param, DETECT_WIDTH, MIN_FACE_PX)


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    return cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)


@pytest.fixture(scope="module")
def demo_frame() -> np.ndarray:
    video = cv2.VideoCapture(str(CLIP))
    image = video.read()[1]
    video.release()
    return image


def is_the_portrait(box_xyxy: np.ndarray, scale: float = 1.0) -> bool:
    centre, side = (box_xyxy[:2] + box_xyxy[2:]) / 2, np.sqrt(np.prod(box_xyxy[2:] - box_xyxy[:2]))
    is_near = np.abs(centre - FACE_CENTRE_XY * scale).max() < 25 * scale
    return bool(is_near and 0.6 < side / (FACE_SIDE_PX * scale) < 1.6)


def test_yunet_is_the_default_where_its_model_is():
    assert build_detector(None, DETECT_WIDTH, MIN_FACE_PX).name == "yunet"


def test_haar_is_the_default_elsewhere(monkeypatch, tmp_path):
    monkeypatch.setattr(choice, "YUNET_FILE", tmp_path / "absent.onnx")
    assert build_detector(None, DETECT_WIDTH, MIN_FACE_PX).name == "haar"


def test_yunet_asked_for_and_absent_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(choice, "YUNET_FILE", tmp_path / "absent.onnx")
    with pytest.raises(DetectorError, match=r"absent\.onnx.*DETECTOR=haar"):
        build_detector("yunet", DETECT_WIDTH, MIN_FACE_PX)


def test_an_unknown_name_is_refused():
    with pytest.raises(DetectorError, match=r"yunet or haar.*'mtcnn'"):
        build_detector("mtcnn", DETECT_WIDTH, MIN_FACE_PX)


@pytest.mark.parametrize("value", [0, 255])
@pytest.mark.parametrize(
    "size_wh", [(1, 1), (640, 1), (640, 3), (640, 32), (1, 640), (33, 7), (2000, 40), (640, 480)]
)
def test_plain_pictures_of_any_size_hold_no_face(detector, size_wh, value):
    faces = detector.detect(np.full((size_wh[1], size_wh[0], 3), value, np.uint8))
    assert len(faces) == 0


def test_one_face_in_a_portrait(detector, portrait):
    faces = detector.detect(portrait)
    assert len(faces) == 1
    assert is_the_portrait(faces.boxes_xyxy[0])


def test_a_grey_picture_in_three_channels(detector, portrait):
    grey = cv2.cvtColor(portrait, cv2.COLOR_BGR2GRAY)
    assert len(detector.detect(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))) == 1


@pytest.mark.parametrize("scale", [1.5, 3.0])
def test_boxes_are_pixels_of_the_full_picture(detector, portrait, scale):
    # Haar takes a badge for a second face at some sizes, so others are allowed here.
    faces = detector.detect(cv2.resize(portrait, None, fx=scale, fy=scale))
    assert sum(is_the_portrait(box, scale) for box in faces.boxes_xyxy) == 1


def test_the_picture_size_may_change_between_calls(detector, portrait):
    for image in (portrait, portrait[:300, 50:400], np.zeros((8, 8, 3), np.uint8), portrait):
        faces = detector.detect(np.ascontiguousarray(image))
        assert len(faces) == (image.shape[0] > 8)
    assert is_the_portrait(faces.boxes_xyxy[0])


def test_a_face_below_the_least_size_is_left_out(detector, portrait):
    strict = build_detector(detector.name, DETECT_WIDTH, 2 * FACE_SIDE_PX)
    assert len(detector.detect(portrait)) == 1
    assert len(strict.detect(portrait)) == 0


def test_everybody_in_the_demo(detector, demo_frame):
    assert len(detector.detect(demo_frame)) >= 4
