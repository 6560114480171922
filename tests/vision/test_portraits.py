"""Which pictures are searched, and that the quick look finds what the search finds."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from webapp.core.faces import Faces
from webapp.vision.detector import CASCADE_FILE, YUNET_FILE
from webapp.vision.haar import HaarDetector
from webapp.vision.portraits import QUICK_SIDE_PX, portraits_first
from webapp.vision.yunet import YuNetDetector

ASTRONAUT = np.ascontiguousarray(astronaut()[:, :, ::-1])
# The head alone: its face fills it.
PORTRAIT = cv2.resize(ASTRONAUT[60:180, 170:275], (350, 400))


class CountingYuNet(YuNetDetector):
    """Counts its searches."""

    searches = 0

    def detect(self, image_bgr: np.ndarray, width_px: int | None = None) -> Faces:
        self.searches += 1
        return super().detect(image_bgr, width_px)


@pytest.fixture
def search() -> CountingYuNet:
    return CountingYuNet(YUNET_FILE, 640, 20)


def test_a_face_that_fills_the_picture_is_not_searched_for(search):
    (seen,) = portraits_first(search).detect(PORTRAIT).boxes_xyxy
    assert search.searches == 0
    (found,) = search.detect(PORTRAIT).boxes_xyxy
    assert np.abs(seen - found).max() < 0.08 * PORTRAIT.shape[0]


def with_a_small_face_beside() -> np.ndarray:
    """The portrait, and at its left the head again, a fifth as tall."""
    small = cv2.resize(PORTRAIT, (70, 80))
    wider = cv2.copyMakeBorder(PORTRAIT, 0, 0, 150, 0, cv2.BORDER_CONSTANT, value=(90, 90, 90))
    wider[40:120, 40:110] = small
    return wider


@pytest.mark.parametrize(
    ("image", "count"),
    [
        (ASTRONAUT, 1),
        (np.hstack([PORTRAIT, PORTRAIT]), 2),
        (np.vstack([PORTRAIT, PORTRAIT]), 2),
        (with_a_small_face_beside(), 2),
        (np.zeros_like(PORTRAIT), 0),
    ],
    ids=["room beside the face", "two abreast", "two on top of each other", "a small one", "none"],
)
def test_everything_else_is_searched(search, image, count):
    found = portraits_first(search).detect(image)
    assert search.searches == 1
    assert len(found) == count
    assert (found.boxes_xyxy == search.detect(image).boxes_xyxy).all()


def test_a_picture_as_small_as_the_quick_look_gives_the_same(search):
    small = cv2.resize(PORTRAIT, (80, QUICK_SIDE_PX))
    (seen,) = portraits_first(search).detect(small).boxes_xyxy
    assert search.searches == 0
    assert (seen == search.detect(small).boxes_xyxy[0]).all()


def test_a_face_that_is_seen_but_not_sure_is_searched_for():
    doubtful = CountingYuNet(YUNET_FILE, 640, 20, score_threshold=0.999)
    assert len(portraits_first(doubtful).detect(PORTRAIT)) == 0
    assert doubtful.searches == 1


def test_detectors_that_gain_nothing_stay_themselves():
    for detector in (
        HaarDetector(CASCADE_FILE, 640, 20),
        YuNetDetector(YUNET_FILE, QUICK_SIDE_PX, 20),
    ):
        assert portraits_first(detector) is detector
