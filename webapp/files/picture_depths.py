"""Bits per channel of a still picture: which are rejected, and how those beyond 8 become 8."""

from typing import Any

import numpy as np
from PIL import Image

from webapp.core.errors import PictureError

BITS_TAG, PHOTOMETRIC_TAG, PLANAR_TAG, SAMPLE_FORMAT_TAG = 258, 262, 284, 339
WHITE_IS_ZERO = 0
SEPARATE_PLANES = 2
UNSIGNED = 1
SAMPLE_FORMATS = {UNSIGNED: "", 2: "signed ", 3: "floating-point "}
DEEP_MODES = ("I", "F")
DEEP_GREY = "I;16"


def check_depth(picture: Image.Image) -> None:
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


def of_8_bits(picture: Image.Image) -> Image.Image:
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
