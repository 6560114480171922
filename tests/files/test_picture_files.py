import os
import resource
import struct
import sys
import tempfile
import zlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, features

from tests.files.pictures import (
    GREY,
    RED,
    SIZE_WH,
    animation,
    colour_files,
    corner_picture,
    encode,
    grey_files,
    planar_tiff,
    turned,
)
from webapp.core.errors import PictureError
from webapp.files.picture_files import read_picture
from webapp.vision import still_pictures
from webapp.vision.still_pictures import decode_picture

LIMIT = 1_000_000
SIGNED = {339: 2}
NOBODY = 65534
CORNERS_YX = {
    1: (0, 0),
    2: (0, 1),
    3: (1, 1),
    4: (1, 0),
    5: (0, 0),
    6: (0, 1),
    7: (1, 1),
    8: (1, 0),
}


def decode(data: bytes, max_pixels: int = LIMIT) -> np.ndarray:
    return decode_picture(data, "a.jpg", max_pixels)


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    chunks = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize(("name", "data"), colour_files().items(), ids=colour_files().keys())
def test_every_format_gives_its_colours(name, data):
    image = decode(data)
    assert (image.dtype, image.shape) == (np.uint8, (SIZE_WH[1], SIZE_WH[0], 3))
    assert np.abs(image[5, 5].astype(int) - RED[::-1]).max() <= 20
    assert np.abs(image[-5, -5].astype(int) - GREY).max() <= 20


@pytest.mark.parametrize(("name", "data"), grey_files().items(), ids=grey_files().keys())
def test_grey_becomes_three_equal_channels(name, data):
    image = decode(data)
    assert (image.dtype, image.shape) == (np.uint8, (SIZE_WH[1], SIZE_WH[0], 3))
    assert np.ptp(image, axis=2).max() <= 2
    assert abs(int(image[5, 5, 0]) - 80) <= 3 and abs(int(image[-5, -5, 0]) - GREY[0]) <= 3


def test_deep_grey_is_turned_upright():
    deep = corner_picture("L").convert("I;16").point(lambda value: value * 257)
    image = decode(encode(deep, "TIFF", tiffinfo={0x0112: 6}))
    assert image.shape[:2] == SIZE_WH
    assert abs(int(image[5, -5, 0]) - 80) <= 3 and abs(int(image[-5, 5, 0]) - GREY[0]) <= 3


def test_one_bit_is_black_and_white():
    image = decode(encode(Image.new("1", (8, 8), 1), "PNG"))
    assert image.min() == 255


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_transparent_parts_become_white_as_browsers_show_them(kind):
    picture = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    assert decode(encode(picture, kind)).min() == 255
    half = Image.new("RGBA", (8, 8), (0, 0, 0, 128))
    assert abs(int(decode(encode(half, kind))[4, 4, 0]) - 127) <= 2


@pytest.mark.parametrize("transparency", [0, bytes(1)], ids=["an entry", "a table"])
def test_a_palette_may_hold_a_transparent_colour(transparency):
    picture = Image.new("P", (8, 8), 0)
    picture.putpalette([10, 20, 30, 40, 50, 60])
    assert decode(encode(picture, "PNG", transparency=transparency)).min() == 255


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", CORNERS_YX)
def test_exif_turns_the_picture_upright(kind, orientation):
    image = decode(turned(kind, orientation))
    assert image.shape[:2] == (SIZE_WH[::-1] if orientation < 5 else SIZE_WH)
    below, right = CORNERS_YX[orientation]
    y, x = (-5 if below else 5), (-5 if right else 5)
    assert image[y, x, 2] > 170 and image[-y, -x, 2] < 150


def test_broken_exif_says_nothing():
    data = turned("JPEG", 6).replace(b"Exif\x00\x00MM", b"Exif\x00\x00??")
    assert decode(data).shape[:2] == SIZE_WH[::-1]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty, 0 bytes"),
        (b"hello", "is not a picture: expected JPEG, PNG"),
        (b"\xff\xd8\xff\xe0", "its header is damaged, cut short"),
        (b"<!doctype html><title>404</title>", "got HTML, SVG or XML"),
        (b'\xef\xbb\xbf\n<?xml version="1.0"?><svg/>', "got HTML, SVG or XML"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is not a picture"),
        (
            animation("GIF"),
            "animated or has pages: 3 pictures, expected one. Save the one that is "
            "meant as a file of its own, or read it as a video (`python -m webapp video FILE`).",
        ),
        (animation("WEBP"), "animated or has pages: 3 pictures"),
        (animation("PNG"), "animated or has pages: 3 pictures"),
        (animation("TIFF"), "animated or has pages: 3 pictures"),
        (encode(Image.new("F", (8, 8)), "TIFF"), "floating-point numbers of 32 bits per channel"),
        (encode(Image.new("I", (8, 8)), "TIFF"), "has signed numbers of 32 bits per channel"),
        (encode(Image.new("I;16", (8, 8)), "TIFF", tiffinfo=SIGNED), "signed numbers of 16 bits"),
        (encode(Image.new("L", (8, 8)), "TIFF", tiffinfo=SIGNED), "signed numbers of 8 bits"),
        (planar_tiff(16), "its channels of 16 bits apart (planar) and not compressed"),
    ],
)
def test_a_refusal_names_the_file_and_what_came(data, message):
    with pytest.raises(PictureError, match=r"^a\.jpg: ") as caught:
        decode(data)
    assert message in str(caught.value)


@pytest.mark.parametrize("name", [name for name in colour_files() if name != "gif"])
def test_a_picture_cut_short_is_refused_wherever_it_is_cut(name):
    data = {**colour_files()}[name]
    if name == "jpeg_phone":
        # Its preview lies behind it; the picture is whole without.
        data = colour_files()["jpeg"]
    for kept in np.linspace(1, 0.8 * len(data), 30).astype(int):
        with pytest.raises(PictureError):
            decode(data[:kept])


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (2_000_000, 1), (1001, 1000)])
def test_too_many_pixels_are_refused_by_the_header(width, height):
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(PictureError, match=f"has {width:,} by {height:,} pixels; at most"):
        decode(png_header(width, height))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 50 * 1024


def test_as_many_pixels_as_allowed_are_read():
    data = encode(Image.new("L", (30_000, 30)), "PNG")
    assert decode(data, max_pixels=900_000).shape == (30, 30_000, 3)


def test_files_with_odd_names(tmp_path):
    for name in ("two words.jpg", "lächeln 笑.jpg", "-n.jpg", "no suffix", "$(x);&.jpg"):
        (tmp_path / name).write_bytes(encode(corner_picture(), "JPEG"))
        assert read_picture(tmp_path / name, LIMIT).shape == (*SIZE_WH[::-1], 3)


def test_what_is_no_file_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "circle.jpg").symlink_to("circle.jpg")
    for name, message in [
        ("pipe.jpg", "is not a file"),
        ("", "is not a file"),
        ("circle.jpg", "cannot be read"),
        ("nothing.jpg", r"cannot be read \(No such file"),
        ("name\0.jpg", "cannot be read"),
    ]:
        with pytest.raises(PictureError, match=message):
            read_picture(tmp_path / name, LIMIT)


def test_a_file_larger_than_any_picture_is_not_loaded(tmp_path):
    with (tmp_path / "large.jpg").open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(PictureError, match="1,000,000,000,000 bytes"):
        read_picture(tmp_path / "large.jpg", LIMIT)


def test_a_file_that_this_user_may_not_read():
    # Root may read everything: step back for a moment, in a folder that others may enter.
    with tempfile.TemporaryDirectory() as folder:
        path, user = Path(folder) / "a.jpg", os.geteuid()
        path.write_bytes(encode(corner_picture(), "JPEG"))
        path.chmod(0)
        Path(folder).chmod(0o755)
        if user == 0:
            os.seteuid(NOBODY)
        try:
            with pytest.raises(PictureError, match=r"a\.jpg: cannot be read \(Permission denied"):
                read_picture(path, LIMIT)
        finally:
            os.seteuid(user)


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow reads no AVIF")
def test_avif_is_read_and_turned_upright():
    picture = Image.new("RGB", (64, 32), "black")
    picture.paste("red", (0, 0, 16, 16))
    exif = Image.Exif()
    exif[0x0112] = 6
    image = decode(encode(picture, "AVIF", exif=exif.tobytes()))
    assert image.shape == (64, 32, 3)
    assert image[4, 28, 2] > 170 and image[4, 4, 2] < 60


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"avif"])
def test_a_photograph_that_this_pillow_cannot_read_is_told_by_its_kind(brand, monkeypatch):
    monkeypatch.setattr(still_pictures, "readable_formats", lambda: still_pictures.FORMATS)
    with pytest.raises(PictureError, match=r"is a HEIC or AVIF photograph.*pillow-heif"):
        decode(b"\0\0\0\x18ftyp" + brand + bytes(64))


def test_heic_is_read_where_the_package_is_installed(monkeypatch):
    """The package itself is not: what it adds to Pillow is."""
    registered = []
    package = SimpleNamespace(register_heif_opener=lambda: registered.append(True))
    monkeypatch.setitem(sys.modules, "pillow_heif", package)
    assert still_pictures.readable_formats.__wrapped__()[-1] == "HEIF"
    assert registered
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    assert "HEIF" not in still_pictures.readable_formats.__wrapped__()
