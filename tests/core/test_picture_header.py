import cv2
import numpy as np
import pytest

from webapp.core.picture_header import picture_size_wh

PICTURE = np.random.default_rng(0).integers(0, 256, (36, 64, 3), np.uint8)
LOSSLESS = 101


def encoded(ending: str, *options: int, image: np.ndarray = PICTURE) -> bytes:
    return cv2.imencode(ending, image, list(options))[1].tobytes()


@pytest.mark.parametrize(
    "data",
    [
        encoded(".jpg"),
        encoded(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        encoded(".jpg", cv2.IMWRITE_JPEG_RST_INTERVAL, 2),
        encoded(".webp", cv2.IMWRITE_WEBP_QUALITY, 50),
        encoded(".webp", cv2.IMWRITE_WEBP_QUALITY, LOSSLESS),
        encoded(".webp", image=np.dstack([PICTURE, PICTURE[..., :1]])),
    ],
)
def test_size_by_the_first_bytes(data):
    assert picture_size_wh(data) == (64, 36)


@pytest.mark.parametrize("data", [b"", b"GIF89a", encoded(".png"), b"RIFF1234WAVEfmt ", b"\0" * 99])
def test_what_is_no_picture_of_a_browser_has_none(data):
    assert picture_size_wh(data) is None


def test_a_jpeg_that_begins_again_and_again_is_none():
    data = encoded(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    scan = data[data.rindex(b"\xff\xda") : -2]
    assert picture_size_wh(data[:-2] + 5 * scan + data[-2:]) == (64, 36)
    assert picture_size_wh(data[:-2] + 500 * scan + data[-2:]) is None


def test_cut_and_damaged_pictures_never_raise():
    rng = np.random.default_rng(1)
    for data in (encoded(".jpg"), encoded(".webp")):
        for length in range(60):
            picture_size_wh(data[:length])
        for _ in range(500):
            damaged = bytearray(data)
            for at in rng.integers(2, 60, 4):
                damaged[at] = rng.integers(256)
            size = picture_size_wh(bytes(damaged))
            assert size is None or min(size) >= 0
