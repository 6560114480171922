import cv2
import numpy as np
import pytest

from webapp.core.room_limits import MOST_PICTURE_BYTES, ParticipantLimits


def jpeg(width: int, height: int, padding: int = 0) -> bytes:
    return cv2.imencode(".jpg", np.zeros((height, width, 3), np.uint8))[1].tobytes() + bytes(
        padding
    )


def test_a_picture_is_taken_with_its_size():
    judged = ParticipantLimits(0).judge(jpeg(640, 360), 0)
    assert (judged.size_wh, judged.fault) == ((640, 360), "")


@pytest.mark.parametrize(
    ("picture", "fault"),
    [
        (b"", "expected a JPEG or WebP"),
        (b"GIF89a" * 9, "expected a JPEG or WebP"),
        (jpeg(1281, 720), "at most 1280 x 720 pixels, got 1281 x 720"),
        (jpeg(8, 8, MOST_PICTURE_BYTES), "200000 at most are taken"),
    ],
)
def test_what_is_too_large_or_no_picture_is_dropped_and_told(picture, fault):
    judged = ParticipantLimits(0).judge(picture, 0)
    assert judged.size_wh is None and fault in judged.fault


@pytest.mark.parametrize(("padding", "at_once"), [(0, 24), (180_000, 11)])
def test_so_many_pictures_and_bytes_at_once_and_then_at_their_rate(padding, at_once):
    limits, picture = ParticipantLimits(0), jpeg(64, 36, padding)
    taken = [limits.judge(picture, 0).size_wh for _ in range(40)]
    assert sum(size is not None for size in taken) == at_once
    assert "too much came at once" in limits.judge(picture, 0).fault
    assert limits.judge(picture, 1).size_wh
    # A clock that is set back gives nothing.
    assert ParticipantLimits(100).judge(picture, 0).size_wh
