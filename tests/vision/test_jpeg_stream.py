import io

import numpy as np
import pytest
from PIL import Image

from webapp.vision.jpeg_stream import BEGIN, END, JpegStream


def jpeg(seed: int, **options: object) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (40, 60, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", **options)
    return file.getvalue()


def with_thumbnail(picture: bytes, thumbnail: bytes) -> bytes:
    """Put a picture into a segment of another, as cameras do."""
    exif = b"Exif\0\0" + thumbnail
    return picture[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2) + exif + picture[2:]


FIRST, SECOND = jpeg(1), jpeg(2, progressive=True)
THIRD = with_thumbnail(jpeg(3), jpeg(4))


def part(picture: bytes, head: str) -> bytes:
    return f"--frame\r\n{head}\r\n\r\n".encode() + picture + b"\r\n"


LAYOUTS = {
    "as it should be": b"".join(
        part(each, f"Content-Type: image/jpeg\r\nContent-Length: {len(each)}")
        for each in (FIRST, SECOND, THIRD)
    ),
    "wrong length and type": b"".join(
        part(each, "Content-type: image/jpg\nContent-length: 7") for each in (FIRST, SECOND, THIRD)
    ),
    "nothing between them": FIRST + SECOND + THIRD,
    "no boundary before the first": b"Content-Type: image/jpeg\r\n\r\n" + FIRST + b"\r\n--x\r\n\r\n"
    + SECOND + b"\r\n--x\r\n\r\n" + THIRD,
    "one cut short": FIRST[:-300] + part(FIRST, "X: y") + SECOND[:30] + SECOND + THIRD,
    "noise that begins like one": BEGIN + b"\xe0\0\3noise" + FIRST + BEGIN + b"\xe0\0\0" + SECOND
    + END + THIRD,
}  # fmt: skip


@pytest.mark.parametrize("piece", [1, 777, 1 << 20])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_whole_pictures_are_found_whatever_lies_between(layout, piece):
    data, stream, found = LAYOUTS[layout], JpegStream(), []
    for at in range(0, len(data), piece):
        found += stream.feed(data[at : at + piece])
    assert found == [FIRST, SECOND, THIRD]
    assert stream.waiting_bytes <= 2


def test_a_picture_that_is_not_whole_is_waited_for():
    stream = JpegStream()
    assert list(stream.feed(FIRST[:-1])) == []
    assert stream.waiting_bytes == len(FIRST) - 1
    assert list(stream.feed(FIRST[-1:])) == [FIRST]


def test_what_is_no_picture_is_not_kept():
    stream = JpegStream()
    assert list(stream.feed(b"<html>" * 100_000)) == []
    assert stream.waiting_bytes <= 2
