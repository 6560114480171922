import cv2
import numpy as np
import pytest

from tests.people import resting_at_zero
from webapp.core.analysed import AnalysedFrame, Predictions
from webapp.core.faces import Faces
from webapp.core.frame import Frame
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
