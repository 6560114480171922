"""Tests of the picture that a page shows."""

import cv2
import numpy as np
import pytest

from webapp.uploads.drawing import MOST_SIDE_PX, page_jpeg
from webapp.vision.safe_picture import card


@pytest.mark.parametrize(
    ("size_wh", "shown_wh"),
    [((300, 200), (300, 200)), ((3840, 960), (MOST_SIDE_PX, 480)), ((4, 4000), (2, MOST_SIDE_PX))],
)
def test_it_is_as_large_as_a_screen_shows(
    size_wh: tuple[int, int], shown_wh: tuple[int, int]
) -> None:
    jpeg = page_jpeg(card("", *size_wh))
    shown = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None and shown.shape[1::-1] == shown_wh
