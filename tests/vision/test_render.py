import cv2
import numpy as np
import pytest

from tests.people import resting_at_zero
from webapp.core.analysed import AnalysedFrame, Predictions
from webapp.core.faces import Faces
from webapp.core.frame import Frame
from webapp.core.picture_quality import PictureQuality
from webapp.vision.render import JpegRenderer


def decode(jpeg: bytes) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


def black(height: int = 120, width: int = 200) -> Frame:
    return Frame(np.zeros((height, width, 3), np.uint8), 0.0, 0)


def test_a_frame_is_encoded_with_its_own_faces():
    predictions = Predictions(np.array([[0.9, 0.1]]), np.zeros(1, bool), ("angry", "happy"))
    faces = Faces.from_boxes(np.array([[50, 40, 150, 110]]))
    people = resting_at_zero([0.9, 0.1], predictions.classes)
    analysed = AnalysedFrame(black(), faces, predictions, np.zeros(1, int), people, 90.0)
    blue, green, red = (int(channel) for channel in decode(JpegRenderer().render(analysed))[80, 50])
    assert red > green > blue


def test_labels_are_as_tall_in_a_picture_that_is_shrunk():
    predictions = Predictions(np.array([[0.9, 0.1]]), np.zeros(1, bool), ("angry", "happy"))
    people = resting_at_zero([0.9, 0.1], predictions.classes)
    label_heights = []
    for width, box in ((640, [100, 100, 200, 200]), (1920, [300, 300, 600, 600])):
        frame, faces = black(width // 2, width), Faces.from_boxes(np.array([box]))
        analysed = AnalysedFrame(frame, faces, predictions, np.zeros(1, int), people, 90.0)
        image = decode(JpegRenderer().render(analysed, PictureQuality(640, 90)))
        assert image.shape == (320, 640, 3)
        # The label's ink is white; black and the box's colour are not.
        rows = np.flatnonzero((image.min(axis=2) > 200).any(axis=1))
        label_heights.append(np.ptp(rows))
    assert label_heights[0] == label_heights[1] >= 16


def test_a_frame_that_was_not_analysed_keeps_its_size_and_nothing_fine():
    noise = np.random.default_rng(1).integers(0, 256, (120, 200, 3), np.uint8)
    image = decode(JpegRenderer().not_analysed(Frame(noise, 0.0, 0)))
    assert image.shape == noise.shape
    assert image.std() < noise.std() / 3


@pytest.mark.parametrize(("newest", "size"), [(None, (540, 960)), (black(90, 160), (90, 160))])
def test_no_signal_has_words_and_the_camera_s_size(newest, size):
    image = decode(JpegRenderer().no_signal(newest))
    assert image.shape[:2] == size
    assert image.max() > 200


def test_the_paused_picture_has_words_of_its_own():
    paused, no_signal = (
        decode(jpeg) for jpeg in (JpegRenderer().paused(), JpegRenderer().no_signal(None))
    )
    assert paused.shape == no_signal.shape
    assert paused.max() > 200
    assert (paused != no_signal).any()
