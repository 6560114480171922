"""Pictures that browsers send into a room: decoded small, and dropped when they are none."""

import io

import cv2
import numpy as np
from PIL import Image

from webapp.core.picture_header import picture_size_wh
from webapp.core.room_limits import MOST_PIXELS

FORMATS = ("JPEG", "WEBP")


def decode_fitted(data: bytes, size_wh: tuple[int, int]) -> np.ndarray | None:
    """Decode a JPEG or WebP and shrink or enlarge it; None for what is none or is too large.

    By Pillow, which raises what OpenCV would write into the log, as often as somebody likes.

    Args:
        size_wh: wanted, in pixels.

    Returns:
        (H, W, 3) uint8 BGR.
    """
    size = picture_size_wh(data)
    if size is None or size[0] * size[1] > MOST_PIXELS:
        return None
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            if picture.size != size:
                return None
            # JPEG decodes into a half or a quarter in a fraction of the time.
            picture.draft("RGB", size_wh)
            image_rgb = np.asarray(picture.convert("RGB"))
    except Exception:
        # Pillow's decoders raise whatever a damaged picture leads them into.
        return None
    image_bgr = cv2.cvtColor(image_rgb, cv2.COLOR_RGB2BGR)
    return cv2.resize(image_bgr, size_wh, interpolation=cv2.INTER_AREA)
