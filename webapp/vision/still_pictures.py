"""Still pictures of any kind, decoded to what live frames look like, in serving and training."""

from functools import cache
from io import BytesIO
from typing import Any

import cv2
import numpy as np
from PIL import AvifImagePlugin, Image, UnidentifiedImageError, features

from webapp.core.errors import PictureError
from webapp.vision.backends import silence_pillow

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"BM", b"II*\0", b"MM\0*", b"GIF8")
# A JPEG with a preview or a depth map behind it, as many phones write; Pillow calls it so.
PHONE_JPEG = "MPO"
FORMAT_NAMES = "JPEG, PNG, WebP, BMP, TIFF or a still GIF"
PHONE_SUFFIXES = (".avif", ".heic", ".heif", ".hif")
SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".dib", ".tif", ".tiff", ".gif")
).union(PHONE_SUFFIXES)
# By the brand that stands behind `ftyp`; https://mp4ra.org/registered-types/brands
PHONE_FORMATS = {b"avif": "AVIF", b"avis": "AVIF"} | dict.fromkeys(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "HEIF"
)
# FFmpeg reads their animations.
VIDEO_FORMATS = ("GIF", "PNG", "AVIF")
# As browsers and printers show what is transparent; hair and collars were cut out for that.
PAPER_RGB = (255, 255, 255)
ORIENTATION_TAG = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
BITS_TAG, PHOTOMETRIC_TAG, PLANAR_TAG, SAMPLE_FORMAT_TAG = 258, 262, 284, 339
WHITE_IS_ZERO = 0
SEPARATE_PLANES = 2
UNSIGNED = 1
SAMPLE_FORMATS = {UNSIGNED: "", 2: "signed ", 3: "floating-point "}
DEEP_MODES = ("I", "F")
DEEP_GREY = "I;16"


@cache
def readable_formats() -> tuple[str, ...]:
    """Return the formats that are read: `FORMATS`, and what phones write where Pillow can."""
    silence_pillow()
    found = list(FORMATS)
    if features.check("avif"):
        # A decoder may take little memory, of which each thread needs its share.
        AvifImagePlugin.DEFAULT_MAX_THREADS = 1
        found.append("AVIF")
    try:
        import pillow_heif
    except ImportError:
        return tuple(found)
    pillow_heif.register_heif_opener()
    return (*found, "HEIF")


def phone_format_of(head: bytes) -> str | None:
    """Return whether a file begins like AVIF or HEIF (HEIC is one); None for anything else."""
    return PHONE_FORMATS.get(head[8:12]) if head[4:8] == b"ftyp" else None


def is_transparent(data: bytes) -> bool:
    """Return whether a picture has transparent parts, by its header alone."""
    try:
        with Image.open(BytesIO(data), formats=readable_formats()) as picture:
            return bool(picture.has_transparency_data)
    except Exception:
        # Whatever it is, decoding it will tell.
        return False


def decode_picture(data: bytes, name: str, max_pixels: int) -> np.ndarray:
    """Decode a picture, turned upright as its EXIF says.

    16 bits become 8, transparent parts white; grey, palettes and CMYK become colours.

    Args:
        data: the whole file.
        name: begins the error.
        max_pixels: most width times height, checked before anything is decoded.

    Returns:
        (H, W, 3) uint8 BGR, read-only.

    Raises:
        PictureError: it is empty, no picture, damaged, cut short, animated or too large.
        MemoryError: there is not enough memory for it.
    """
    if not data:
        raise PictureError(f"{name}: is empty, 0 bytes. Copy or download it again.")
    silence_pillow()
    try:
        with Image.open(BytesIO(data), formats=readable_formats()) as picture:
            _check_header(picture, max_pixels)
            picture.load()
            turn, shown = _turn(picture), _of_8_bits(picture)
            return _as_bgr(shown if turn is None else shown.transpose(turn))
    except MemoryError:
        raise
    except PictureError as error:
        raise PictureError(f"{name}: {error}") from error
    except UnidentifiedImageError as error:
        raise PictureError(f"{name}: {_not_a_picture(data)}") from error
    except Exception as error:
        # Pillow's decoders raise whatever a damaged file leads them into.
        raise PictureError(
            f"{name}: is damaged or cut short ({error}). Copy or download it again."
        ) from error


def _check_header(picture: Image.Image, max_pixels: int) -> None:
    """Reject what the header shows to be too large, animated or too deep."""
    width, height = picture.size
    if width * height > max_pixels:
        raise PictureError(
            f"has {width:,} by {height:,} pixels; at most {max_pixels:,} are decoded. "
            "Shrink it, or have MAX_PIXELS raised."
        )
    pictures = 1 if picture.format == PHONE_JPEG else getattr(picture, "n_frames", 1)
    if pictures > 1:
        as_video = (
            "read it as a video (`python -m webapp video FILE`)"
            if picture.format in VIDEO_FORMATS
            else "convert it to a video"
        )
        raise PictureError(
            f"is animated or has pages: {pictures} pictures, expected one. Save the one that is "
            f"meant as a file of its own, or {as_video}."
        )
    _check_depth(picture)


def _check_depth(picture: Image.Image) -> None:
    """Reject by its header what Pillow would decode wrongly; raises PictureError."""
    bits, number = _bits(picture), _tag(picture, SAMPLE_FORMAT_TAG, UNSIGNED)
    if picture.mode in DEEP_MODES or number != UNSIGNED:
        raise PictureError(
            f"has {SAMPLE_FORMATS.get(number, 'unusual ')}numbers of {bits} bits per channel; "
            "unsigned ones of 8 or 16 can be read. Export it with 8 bits per channel."
        )
    # Pillow takes each byte of such a plane for a value; compressed planes it decodes rightly.
    is_raw = any(tile.codec_name == "raw" for tile in getattr(picture, "tile", ()))
    is_planar = _tag(picture, PLANAR_TAG, 1) == SEPARATE_PLANES and len(picture.getbands()) > 1
    if is_planar and is_raw and bits > 8:
        raise PictureError(
            f"keeps its channels of {bits} bits apart (planar) and not compressed, which cannot be "
            "read. Export it with 8 bits per channel."
        )


def _of_8_bits(picture: Image.Image) -> Image.Image:
    """Return grey of up to 16 bits as grey of 8, other pictures as they are."""
    if not picture.mode.startswith(DEEP_GREY):
        return picture
    values, bits = np.asarray(picture), _bits(picture)
    high_bytes = (values >> (bits - 8)).astype(np.uint8)
    is_negative = _tag(picture, PHOTOMETRIC_TAG, 1) == WHITE_IS_ZERO
    return Image.fromarray(~high_bytes if is_negative else high_bytes)


def _bits(picture: Image.Image) -> int:
    default = 16 if picture.mode.startswith(DEEP_GREY) else 32
    return int(_tag(picture, BITS_TAG, default))


def _tag(picture: Image.Image, number: int, default: int) -> Any:
    """Return the first value of a tag, which only TIFF has."""
    value = getattr(picture, "tag_v2", {}).get(number, default)
    return value[0] if isinstance(value, tuple) else value


def _turn(picture: Image.Image) -> Image.Transpose | None:
    """Return what turns it upright; None where it is."""
    try:
        return TURNS.get(picture.getexif().get(ORIENTATION_TAG, 1))
    except Exception:
        # Broken EXIF says nothing; the picture itself was decoded whole.
        return None


def _as_bgr(picture: Image.Image) -> np.ndarray:
    if picture.has_transparency_data:
        layer, paper = picture.convert("RGBA"), Image.new("RGB", picture.size, PAPER_RGB)
        paper.paste(layer, mask=layer.getchannel("A"))
        picture = paper
    if picture.mode == "L":
        return cv2.cvtColor(np.asarray(picture), cv2.COLOR_GRAY2BGR)
    if picture.mode != "RGB":
        # Not for RGB: that would be one more copy, half of the time a large photograph takes.
        picture = picture.convert("RGB")
    packed = picture.tobytes("raw", "BGR")
    return np.frombuffer(packed, np.uint8).reshape(picture.height, picture.width, 3)


def _not_a_picture(data: bytes) -> str:
    if data.startswith(BEGINNINGS):
        return "its header is damaged, cut short or of a rare kind. Export or download it again."
    phone_format = phone_format_of(data)
    if phone_format and phone_format not in readable_formats():
        return (
            "is a HEIC or AVIF photograph, which cannot be read here. Export it as JPEG, or "
            "install the package pillow-heif (.venv/bin/python -m pip install pillow-heif)."
        )
    if phone_format:
        return "its header is damaged, cut short or of a rare kind. Export or download it again."
    is_markup = data[:256].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    got = "HTML, SVG or XML text" if is_markup else "something else"
    return f"is not a picture: expected {FORMAT_NAMES}, got {got}. Export or download it again."
