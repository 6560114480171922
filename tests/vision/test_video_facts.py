import cv2
import numpy as np
import pytest

from webapp.vision.video_facts import facts_of


class Header(dict):
    """What a file says of itself, by OpenCV's names."""

    def get(self, what: int, default: float = 0.0) -> float:
        return super().get(what, default)


def header(**values: float) -> Header:
    plain = {"FRAME_WIDTH": 720, "FRAME_HEIGHT": 576, "FPS": 25, "FRAME_COUNT": 100}
    return Header({getattr(cv2, f"CAP_PROP_{name}"): v for name, v in (plain | values).items()})


@pytest.mark.parametrize(
    ("values", "size_wh"),
    [
        ({}, (720, 576)),
        ({"SAR_NUM": 64, "SAR_DEN": 45}, (1024, 576)),
        ({"SAR_NUM": 3, "SAR_DEN": 8}, (720, 1536)),
        # Turned, as a phone's: the size is already that of the turned picture.
        ({"SAR_NUM": 64, "SAR_DEN": 45, "ORIENTATION_META": 270}, (720, 819)),
        ({"SAR_NUM": 64, "SAR_DEN": 45, "ORIENTATION_META": -180}, (1024, 576)),
        ({"SAR_NUM": 0, "SAR_DEN": 1}, (720, 576)),
        ({"SAR_NUM": 100, "SAR_DEN": 1}, (720, 576)),
    ],
)
def test_the_shape_of_the_pixels(values, size_wh):
    facts = facts_of(header(**values))
    assert facts.size_wh == size_wh
    assert facts.squared(np.zeros((576, 720, 3), np.uint8)).shape == (*size_wh[::-1], 3)


@pytest.mark.parametrize(
    ("fps", "frames", "expected"),
    [
        (25.0, 100, (25.0, True, 100)),
        (0.5, 3, (0.5, True, 3)),
        (240.0, 0, (240.0, True, None)),
        (30.0, -2e14, (30.0, True, None)),
        (600.0, 100, (25.0, False, None)),
        (0.0, 100, (25.0, False, None)),
        (float("nan"), 100, (25.0, False, None)),
    ],
)
def test_the_rate_and_the_count_that_are_believed(fps, frames, expected):
    facts = facts_of(header(FPS=fps, FRAME_COUNT=frames))
    assert (facts.rate_fps, facts.is_rate_known, facts.frame_count) == expected
    # A recording goes at its own pace, also where its rate is a guess.
    assert facts.is_recording == (0 < frames < 1e9)


@pytest.mark.parametrize(
    ("fps", "codec", "is_cover"),
    [(90000, "MJPG", True), (90000, "MPNG", True), (90000, "h264", False), (25, "MJPG", False)],
)
def test_what_is_a_cover(fps, codec, is_cover):
    assert facts_of(header(FPS=fps, FOURCC=cv2.VideoWriter.fourcc(*codec))).is_cover == is_cover
