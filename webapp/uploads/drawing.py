"""The annotated picture as a page shows it."""

import cv2
import numpy as np

from webapp.vision.render import ReadFaces, draw_faces

# As much as a large screen shows; a photograph of fifty million pixels would only be slow.
MOST_SIDE_PX = 1920
JPEG_QUALITY = 85


def annotated_jpeg(image_bgr: np.ndarray, read: ReadFaces) -> bytes:
    """Return (H, W, 3) uint8 with its faces drawn, as JPEG of at most `MOST_SIDE_PX`."""
    drawn = image_bgr.copy()
    draw_faces(drawn, read)
    height, width = drawn.shape[:2]
    shrunk = max(1.0, max(width, height) / MOST_SIDE_PX)
    if shrunk > 1:
        size_wh = max(1, round(width / shrunk)), max(1, round(height / shrunk))
        drawn = cv2.resize(drawn, size_wh, interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", drawn, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return jpeg.tobytes()
