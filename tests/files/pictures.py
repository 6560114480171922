"""Small encoded pictures of every kind that is read, made by other code than ours."""

import struct
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import tifffile
from PIL import Image

RED, GREY = (200, 30, 20), (118, 118, 118)
SIZE_WH = (60, 40)


def corner_picture(mode: str = "RGB") -> Image.Image:
    """Return 60x40 grey pixels whose upper left quarter is red."""
    picture = Image.new("RGB", SIZE_WH, GREY)
    picture.paste(RED, (0, 0, SIZE_WH[0] // 2, SIZE_WH[1] // 2))
    return picture.convert(mode)


def few_colours() -> Image.Image:
    """Return the corner picture with a palette of its own."""
    return corner_picture().convert("P", palette=Image.Palette.ADAPTIVE)


def encode(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """Encode by Pillow."""
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def encode_16_bit(suffix: str, channels: int) -> bytes:
    """Encode the corner picture with 16 bits per channel, by OpenCV."""
    codes = {1: cv2.COLOR_RGB2GRAY, 3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGB2BGRA}
    deep = cv2.cvtColor(np.asarray(corner_picture()).astype(np.uint16) * 257, codes[channels])
    return cv2.imencode(suffix, deep)[1].tobytes()


def planar_tiff(bits: int, compression: str | None = None) -> bytes:
    """Encode the corner picture channel after channel, by tifffile."""
    planes = np.moveaxis(np.asarray(corner_picture()), 2, 0)
    deep = planes.astype(np.uint16) * 257 if bits == 16 else planes
    file = BytesIO()
    tifffile.imwrite(
        file, deep, photometric="rgb", planarconfig="separate", compression=compression
    )
    return file.getvalue()


def white_is_zero_tiff() -> bytes:
    """Encode the corner picture in grey of 16 bits, the brightest as 0, by tifffile."""
    file = BytesIO()
    deep = np.asarray(corner_picture("L")).astype(np.uint16) * 257
    tifffile.imwrite(file, 65535 - deep, photometric="miniswhite")
    return file.getvalue()


def twelve_bit_tiff() -> bytes:
    """Encode the corner picture in grey of 12 bits, two pixels in three bytes, by hand."""
    values = np.asarray(corner_picture("L")).astype(np.uint16)[:, :, None] << 4
    pixels = np.packbits(values >> np.arange(11, -1, -1, dtype=np.uint16) & 1).tobytes()
    width, height = SIZE_WH
    tags = {256: width, 257: height, 258: 12, 259: 1, 262: 1, 273: 0}
    tags |= {277: 1, 278: height, 279: len(pixels)}
    tags[273] = 8 + 2 + 12 * len(tags) + 4
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + bytes(4) + pixels


def animation(kind: str) -> bytes:
    """Encode three frames that differ."""
    frames = [Image.new("RGB", SIZE_WH, (80 * number, 0, 0)) for number in range(3)]
    return encode(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def turned(kind: str, orientation: int) -> bytes:
    """Encode the corner picture with an EXIF orientation."""
    if kind == "TIFF":
        return encode(corner_picture(), kind, tiffinfo={0x0112: orientation})
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encode(corner_picture(), kind, exif=exif)


def colour_files() -> dict[str, bytes]:
    """Return the corner picture, in colour, in every way of writing it."""
    transparent = corner_picture("RGBA")
    transparent.putalpha(255)
    return {
        "jpeg": encode(corner_picture(), "JPEG", quality=95),
        "jpeg_progressive": encode(corner_picture(), "JPEG", quality=95, progressive=True),
        "jpeg_cmyk": encode(corner_picture("CMYK"), "JPEG", quality=95),
        "jpeg_phone": encode(
            corner_picture(), "MPO", save_all=True, append_images=[corner_picture()], quality=95
        ),
        "png": encode(corner_picture(), "PNG"),
        "png_palette": encode(few_colours(), "PNG"),
        "png_alpha": encode(transparent, "PNG"),
        "png_16": encode_16_bit(".png", 3),
        "png_16_alpha": encode_16_bit(".png", 4),
        "webp": encode(corner_picture(), "WEBP", quality=95),
        "webp_lossless": encode(corner_picture(), "WEBP", lossless=True),
        "webp_alpha": encode(transparent, "WEBP", quality=95),
        "bmp": encode(corner_picture(), "BMP"),
        "bmp_palette": encode(few_colours(), "BMP"),
        "tiff": encode(corner_picture(), "TIFF"),
        "tiff_lzw": encode(corner_picture(), "TIFF", compression="tiff_lzw"),
        "tiff_deflate": encode(corner_picture(), "TIFF", compression="tiff_adobe_deflate"),
        "tiff_cmyk": encode(corner_picture("CMYK"), "TIFF"),
        "tiff_16": encode_16_bit(".tiff", 3),
        "tiff_planar": planar_tiff(8),
        "tiff_16_planar_deflate": planar_tiff(16, "zlib"),
        "gif": encode(corner_picture(), "GIF"),
    }


def grey_files() -> dict[str, bytes]:
    """Return the corner picture, in grey, in every way of writing it."""
    return {
        "jpeg_grey": encode(corner_picture("L"), "JPEG", quality=95),
        "png_grey": encode(corner_picture("L"), "PNG"),
        "png_grey_alpha": encode(corner_picture("LA"), "PNG"),
        "png_grey_16": encode_16_bit(".png", 1),
        "bmp_grey": encode(corner_picture("L"), "BMP"),
        "tiff_grey": encode(corner_picture("L"), "TIFF"),
        "tiff_grey_16": encode_16_bit(".tiff", 1),
        "tiff_grey_16_white_is_zero": white_is_zero_tiff(),
        "tiff_grey_12": twelve_bit_tiff(),
        "webp_grey": encode(corner_picture("L"), "WEBP", quality=95),
    }
