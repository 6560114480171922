import cv2
import numpy as np
import pytest
from skimage import data

from webapp.core.errors import DetectorError
from webapp.core.faces import LANDMARKS
from webapp.vision.detector import YUNET_FILE
from webapp.vision.yunet import YuNetDetector

PORTRAIT = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)


@pytest.fixture(scope="module")
def detector() -> YuNetDetector:
    return YuNetDetector(YUNET_FILE, 640, 24)


def test_a_missing_model_says_what_to_do(tmp_path):
    with pytest.raises(DetectorError, match=r"missing\.onnx.*python -m tools.fetch_yunet"):
        YuNetDetector(tmp_path / "missing.onnx", 640, 24)


@pytest.mark.parametrize("content", [b"", b"no network at all"])
def test_a_corrupt_model_says_what_to_do(tmp_path, content):
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(DetectorError, match="not a YuNet model"):
        YuNetDetector(path, 640, 24)


def test_landmarks_lie_in_the_box_in_the_order_of_the_contract(detector):
    faces = detector.detect(PORTRAIT)
    right_eye, left_eye, nose, right_mouth, left_mouth = faces.landmarks_xy[0]
    assert len(LANDMARKS) == 5
    assert (faces.landmarks_xy[0] > faces.boxes_xyxy[0, :2]).all()
    assert (faces.landmarks_xy[0] < faces.boxes_xyxy[0, 2:]).all()
    assert right_eye[0] < left_eye[0]
    assert right_mouth[0] < left_mouth[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])


def test_landmarks_are_pixels_of_the_full_picture(detector):
    once = detector.detect(PORTRAIT).landmarks_xy[0]
    thrice = detector.detect(cv2.resize(PORTRAIT, None, fx=3, fy=3)).landmarks_xy[0]
    np.testing.assert_allclose(thrice / 3, once, atol=8)


def test_a_stricter_threshold_leaves_faces_out():
    sure = YuNetDetector(YUNET_FILE, 640, 24, score_threshold=0.999)
    assert len(sure.detect(PORTRAIT)) == 0


def test_scores_are_at_least_the_threshold(detector):
    scores = detector.detect(PORTRAIT).scores
    assert ((scores >= 0.6) & (scores <= 1.0)).all()


@pytest.mark.parametrize("size_wh", [(512, 512), (333, 333), (640, 200), (100, 300)])
def test_it_finds_what_opencv_s_own_yunet_finds(size_wh):
    image = cv2.resize(PORTRAIT, size_wh)
    theirs = cv2.FaceDetectorYN.create(str(YUNET_FILE), "", size_wh, 0.1, 0.3, 1000)
    rows = theirs.detect(image)[1]
    ours = YuNetDetector(YUNET_FILE, 640, 0, 0.1).detect(image)
    np.testing.assert_allclose(ours.scores, rows[:, 14], atol=1e-4)
    np.testing.assert_allclose(ours.boxes_xyxy[:, :2], rows[:, :2], atol=0.01)
    np.testing.assert_allclose(
        ours.boxes_xyxy[:, 2:] - ours.boxes_xyxy[:, :2], rows[:, 2:4], atol=0.01
    )
    np.testing.assert_allclose(ours.landmarks_xy.reshape(-1, 10), rows[:, 4:14], atol=0.01)


def test_another_network_than_yunet_says_what_to_do(monkeypatch):
    monkeypatch.setattr("webapp.vision.yunet_network.CONVOLUTIONS", 54)
    with pytest.raises(DetectorError, match=r"not a YuNet model.*expected 54 convolutions, got 53"):
        YuNetDetector(YUNET_FILE, 640, 24)


def test_no_narrow_black_picture_holds_a_face(detector):
    """OpenCV 4.14 itself finds some in one of a hundred, by what its memory held before."""
    rng = np.random.default_rng(0)
    for width, height in zip(rng.integers(1, 64, 300), rng.integers(1, 700, 300), strict=True):
        assert len(detector.detect(np.zeros((height, width, 3), np.uint8))) == 0
