"""What each privacy mode lets be seen, in the pixels of every picture."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.people import resting_at_zero
from webapp.core.analysed import AnalysedFrame, Predictions
from webapp.core.crew import People
from webapp.core.faces import Faces
from webapp.core.figures import Figures
from webapp.core.frame import Frame
from webapp.core.hiding import enlarged
from webapp.core.picture_quality import FULL, PictureQuality
from webapp.core.privacy import Disclosure, Privacy
from webapp.vision.render import JpegRenderer, trial_jpeg
from webapp.vision.safe_picture import BLOCKS_PER_FACE, drawn_picture

CLASSES = ("angry", "happy")
BOX = np.array([[160.0, 80.0, 240.0, 180.0]], np.float32)
FACE = np.s_[85:175, 165:235]
BESIDE = np.s_[10:70, 10:110]
VIEWERS = PictureQuality(is_for_viewers=True)


def noise() -> np.ndarray:
    """Return a picture in which every pixel differs from the next."""
    return np.random.default_rng(1).integers(0, 256, (240, 400, 3), np.uint8)


def analysed(**changes: object) -> AnalysedFrame:
    """Return a frame with one angry face, whose area is known."""
    predictions = Predictions(np.array([[0.9, 0.1]]), np.zeros(1, bool), CLASSES)
    people = resting_at_zero([0.9, 0.1], CLASSES)
    faces, tracks = Faces.from_boxes(BOX), np.ones(1, int)
    frame = AnalysedFrame(Frame(noise(), 0.0, 0), faces, predictions, tracks, people, 90.0)
    return replace(frame, **{"hidden_xyxy": enlarged(BOX), **changes})


def decode(jpeg: bytes) -> np.ndarray:
    """Return a picture as float, so that differences are right."""
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).astype(float)


def detail(image: np.ndarray) -> float:
    """Return how much neighbours differ on average."""
    return float(np.abs(np.diff(image, axis=1)).mean())


def shown(disclosure: Disclosure, quality: PictureQuality = FULL, **changes: object) -> np.ndarray:
    """Return what is encoded of the frame."""
    return decode(JpegRenderer(disclosure).render(analysed(**changes), quality))


def is_card(image: np.ndarray) -> bool:
    """Return whether nobody's picture is in it."""
    return image.shape == (540, 960, 3)


def test_labels_show_faces_and_what_is_read():
    image = shown(Disclosure(Privacy.LABELS))
    assert detail(image[FACE]) > 20
    assert detail(image[BESIDE]) > 20
    assert detail(image[60:80, 165:235]) < detail(image[BESIDE]), "there is a label above the face"


def test_blur_leaves_blocks_where_a_face_is_and_the_rest_as_it_was():
    image = shown(Disclosure(Privacy.BLUR, min_group=3))
    assert detail(image[BESIDE]) > 20
    head = image[56:204, 141:259]
    edges = (np.abs(np.diff(head.mean(axis=(0, 2)))) > 1.5).sum()
    assert detail(head) < detail(image[BESIDE]) / 6 and edges <= 3 * BLOCKS_PER_FACE


def test_no_label_stands_at_a_hidden_face_where_only_groups_speak():
    bare, named = (shown(Disclosure(Privacy.BLUR, min_group=floor)) for floor in (3, 1))
    above = np.s_[57:78, 165:235]
    assert np.abs(bare[above] - named[above]).max() > 60


def test_blur_of_a_frame_in_which_nobody_looked_for_every_face_shows_nothing():
    image = shown(Disclosure(Privacy.BLUR), hidden_xyxy=None)
    assert detail(image) < 8


def test_pictures_without_faces_are_no_wider_than_what_was_searched_for_faces():
    renderer = JpegRenderer(Disclosure(Privacy.BLUR), searched_px=200)
    assert decode(renderer.render(analysed())).shape == (120, 200, 3)
    assert decode(renderer.render(analysed(), PictureQuality(100))).shape == (60, 100, 3)


def test_counts_show_nobody_in_any_picture():
    renderer = JpegRenderer(Disclosure(Privacy.COUNTS))
    frame = Frame(noise(), 0.0, 0)
    pictures = [renderer.render(analysed()), renderer.not_analysed(frame)]
    assert pictures[0] == pictures[1] != renderer.no_signal(None)
    assert is_card(decode(pictures[0]))


@pytest.mark.parametrize(
    ("shows", "viewers_see", "wanted"),
    [
        (Privacy.LABELS, Privacy.COUNTS, Privacy.COUNTS),
        (Privacy.LABELS, Privacy.BLUR, Privacy.BLUR),
        (Privacy.BLUR, Privacy.LABELS, Privacy.BLUR),
        (Privacy.COUNTS, Privacy.LABELS, Privacy.COUNTS),
    ],
)
def test_viewers_see_the_least_of_camera_and_role(shows, viewers_see, wanted):
    image = shown(Disclosure(shows, viewers_see), VIEWERS)
    assert is_card(image) == (wanted == Privacy.COUNTS)
    if wanted == Privacy.BLUR:
        assert detail(image[90:170, 170:230]) < 12
    for_others = shown(Disclosure(shows, viewers_see))
    assert is_card(for_others) == (shows == Privacy.COUNTS)


def test_below_the_floor_no_label_is_drawn_and_above_it_those_of_the_group():
    silent = Figures(None, 0.0, People.nobody(CLASSES), 1)
    spoken = Figures({"angry": 1, "happy": 0, "uncertain": 0}, 90.0, People.nobody(CLASSES), 0)
    plain = decode(JpegRenderer().render(analysed(released=silent)))
    named = decode(JpegRenderer().render(analysed(released=spoken, told=frozenset([1]))))
    other = decode(JpegRenderer().render(analysed(released=spoken, told=frozenset([2]))))
    _, untouched = cv2.imencode(".jpg", noise(), [cv2.IMWRITE_JPEG_QUALITY, FULL.jpeg])
    np.testing.assert_array_equal(plain, decode(untouched.tobytes()))
    np.testing.assert_array_equal(plain, other)
    assert np.abs(named - plain).max() > 100


def test_a_still_picture_is_hidden_alike():
    one = analysed()
    args = (noise(), one.faces, one.predictions)
    blurred = drawn_picture(*args, Privacy.BLUR, one.hidden_xyxy, 400).image_bgr.astype(float)
    assert detail(blurred[90:170, 170:230]) < 12 < detail(blurred[BESIDE])
    unknown = drawn_picture(*args, Privacy.BLUR, None, 400).image_bgr.astype(float)
    assert detail(unknown) < 8
    assert is_card(drawn_picture(*args, Privacy.COUNTS, one.hidden_xyxy, 400).image_bgr)


def test_the_admin_who_aims_a_camera_sees_where_things_are_and_of_nobody_who_it_is():
    assert detail(decode(trial_jpeg(noise(), Privacy.LABELS))) > 20
    assert detail(decode(trial_jpeg(noise(), Privacy.BLUR))) < 12
