from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from webapp.core.faces import Faces
from webapp.core.frame import Frame
from webapp.core.snapshot import Snapshot
from webapp.vision.render import JpegRenderer

CLASSES = ("angry", "puzzled")


def snapshot(
    boxes: list[list[float]], uncertain: bool = False, classes: tuple[str, ...] = CLASSES
) -> Snapshot:
    count = len(boxes)
    return Snapshot(
        camera="door",
        at=datetime.now(UTC),
        captured_at_s=0.0,
        frame_number=0,
        faces=Faces.from_boxes(np.array(boxes).reshape(count, 4)),
        track_ids=np.arange(count),
        probabilities=np.tile(np.array([0.9, 0.1], np.float32), (count, 1)),
        uncertain=np.full(count, uncertain),
        classes=classes,
        counts={},
        indicator=0.0,
    )


def decode(jpeg: bytes) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


def black(height: int = 120, width: int = 200) -> Frame:
    return Frame(np.zeros((height, width, 3), np.uint8), 0.0, 0)


@pytest.mark.parametrize("faces", [None, snapshot([])])
def test_without_faces_the_picture_is_untouched(faces):
    assert decode(JpegRenderer().render(black(), faces)).max() <= 2


def test_a_box_is_drawn_in_the_colour_of_its_expression():
    image = decode(JpegRenderer().render(black(), snapshot([[50, 40, 150, 110]])))
    blue, green, red = (int(channel) for channel in image[80, 50])
    assert red > green > blue


def test_uncertain_is_drawn_grey():
    image = decode(JpegRenderer().render(black(), snapshot([[50, 40, 150, 110]], uncertain=True)))
    assert np.ptp(image[80, 50].astype(int)) < 20


@pytest.mark.parametrize("box", [[-50, -50, 20, 20], [180, 100, 400, 300], [5, 5, 5, 5]])
def test_boxes_beyond_the_edge_are_drawn_without_error(box):
    assert decode(JpegRenderer().render(black(), snapshot([box]))).shape == (120, 200, 3)


def test_drawing_leaves_the_frame_alone():
    frame = black()
    JpegRenderer().render(frame, snapshot([[50, 40, 150, 110]]))
    assert frame.image_bgr.max() == 0


@pytest.mark.parametrize(("newest", "size"), [(None, (540, 960)), (black(90, 160), (90, 160))])
def test_no_signal_has_words_and_the_camera_s_size(newest, size):
    image = decode(JpegRenderer().no_signal(newest))
    assert image.shape[:2] == size
    assert image.max() > 200


@pytest.mark.parametrize(
    ("name", "drawn"), [("fröhlich", "frohlich"), ("平静", "class 1"), ("so-so", "so-so")]
)
def test_a_name_that_the_font_lacks_is_drawn_in_letters_it_has(name, drawn):
    faces = [[40, 60, 90, 110]]
    shown, expected = (
        decode(JpegRenderer().render(black(), snapshot(faces, classes=(text, "other"))))
        for text in (name, drawn)
    )
    assert (shown == expected).all()


def test_the_paused_picture_has_words_of_its_own():
    paused, no_signal = (
        decode(jpeg) for jpeg in (JpegRenderer().paused(), JpegRenderer().no_signal(None))
    )
    assert paused.shape == no_signal.shape
    assert paused.max() > 200
    assert (paused != no_signal).any()
