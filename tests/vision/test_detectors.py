"""Both detectors on the same pictures, and the choice between them."""

import cv2
import numpy as np
import pytest
from skimage import data

from webapp.core.errors import DetectorError
from webapp.vision import detector as choice
from webapp.vision.detector import CASCADE_FILE, build_detector, yunet_model_path
from webapp.vision.haar import HaarDetector
from webapp.vision.yunet import YuNetDetector

# Where the astronaut's face is, in pixels of the 512x512 picture.
FACE_CENTRE_XY = (224, 118)
NAMES = ("yunet", "haar")


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    return cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)


def centres(boxes_xyxy: np.ndarray) -> np.ndarray:
    return (boxes_xyxy[:, :2] + boxes_xyxy[:, 2:]) / 2


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("enlarged", [1, 2])
def test_the_face_is_found_in_pixels_of_the_picture(name, enlarged, astronaut):
    image = cv2.resize(astronaut, None, fx=enlarged, fy=enlarged)
    faces = build_detector(name, 512, 24).detect(image)
    # Haar sees a second face in the instruments; the best must be hers.
    distances = np.hypot(*(centres(faces.boxes_xyxy) / enlarged - FACE_CENTRE_XY).T)
    assert distances.min() < 20
    assert faces.boxes_xyxy.dtype == np.float32


def test_yunet_finds_her_alone_with_landmarks_in_order(astronaut):
    faces = build_detector("yunet", 512, 24).detect(astronaut)
    assert len(faces) == 1
    right_eye, left_eye, nose, right_mouth, left_mouth = faces.landmarks_xy[0]
    assert right_eye[0] < nose[0] < left_eye[0]
    assert right_eye[1] < nose[1] < right_mouth[1]
    assert right_mouth[0] < left_mouth[0]


def test_haar_gives_no_landmarks(astronaut):
    assert np.isnan(build_detector("haar", 512, 24).detect(astronaut).landmarks_xy).all()


@pytest.mark.parametrize("name", NAMES)
def test_faces_smaller_than_asked_are_left_out(name, astronaut):
    assert len(build_detector(name, 512, 300).detect(astronaut)) == 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(1, 1), (2, 700), (700, 2), (31, 40), (480, 960), (33, 33)])
@pytest.mark.parametrize("value", [0, 255])
def test_a_plain_picture_of_any_size_holds_no_face(name, shape, value):
    image = np.full((*shape, 3), value, np.uint8)
    assert len(build_detector(name, 640, 24).detect(image)) == 0


@pytest.mark.parametrize("name", NAMES)
def test_the_size_may_change_from_frame_to_frame(name, astronaut):
    detector = build_detector(name, 512, 24)
    for shape in [(512, 512), (300, 900), (512, 512)]:
        image = np.zeros((*shape, 3), np.uint8)
        detector.detect(image)
    assert len(detector.detect(astronaut)) >= 1


def test_yunet_is_the_default_where_its_model_is():
    assert build_detector(None, 640, 24).name == "yunet"


def test_haar_is_the_default_where_it_is_not(monkeypatch):
    monkeypatch.setattr(choice, "YUNET_PACKAGE", "no_such_package")
    assert yunet_model_path() is None
    assert build_detector(None, 640, 24).name == "haar"
    with pytest.raises(DetectorError, match=r"DETECTOR=yunet: its model .* is not installed"):
        build_detector("yunet", 640, 24)


def test_an_unknown_name_is_refused():
    with pytest.raises(DetectorError, match="expected yunet or haar, got 'magic'"):
        build_detector("magic", 640, 24)


@pytest.mark.parametrize("build", [YuNetDetector, HaarDetector])
def test_a_missing_or_foreign_model_file_is_named(build, tmp_path):
    with pytest.raises(DetectorError, match=r"gone\.bin.*missing"):
        build(tmp_path / "gone.bin", 640, 24)
    path = tmp_path / "other.onnx"
    path.write_text("something else")
    with pytest.raises(DetectorError, match=r"other\.onnx"):
        build(path, 640, 24)


def test_the_cascade_keeps_its_licence():
    assert "Intel License Agreement" in CASCADE_FILE.read_text()[:3000]


def test_exactly_one_opencv_is_installed():
    from importlib.metadata import distributions

    names = {dist.metadata["Name"].lower() for dist in distributions()}
    assert {name for name in names if name.startswith("opencv")} == {"opencv-python-headless"}
