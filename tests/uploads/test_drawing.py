"""Tests of the picture that a page shows."""

import cv2
import numpy as np
import pytest

from webapp.core.faces import Faces
from webapp.files.records import Reading
from webapp.uploads.drawing import MOST_SIDE_PX, annotated_jpeg


def reading(image: np.ndarray, boxes: list[list[float]]) -> Reading:
    height, width = image.shape[:2]
    count = len(boxes)
    return Reading(
        width=width,
        height=height,
        faces=Faces.from_boxes(np.array(boxes).reshape(-1, 4)),
        probabilities=np.tile(np.array([0.8, 0.2], np.float32), (count, 1)),
        uncertain=np.zeros(count, bool),
        classes=("angry", "happy"),
    )


@pytest.mark.parametrize(
    ("size_wh", "shown_wh"),
    [((300, 200), (300, 200)), ((3840, 960), (MOST_SIDE_PX, 480)), ((4, 4000), (2, MOST_SIDE_PX))],
)
def test_it_is_as_large_as_a_screen_shows(
    size_wh: tuple[int, int], shown_wh: tuple[int, int]
) -> None:
    image = np.zeros((size_wh[1], size_wh[0], 3), np.uint8)
    jpeg = annotated_jpeg(image, reading(image, []))
    shown = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None and shown.shape[1::-1] == shown_wh


def test_faces_are_drawn_into_a_copy() -> None:
    image = np.zeros((200, 300, 3), np.uint8)
    jpeg = annotated_jpeg(image, reading(image, [[50, 60, 150, 160]]))
    shown = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None and shown[100, 50].max() > 100
    assert not image.any()
