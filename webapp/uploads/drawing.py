"""The annotated picture as a page shows it."""

import cv2

from webapp.vision.safe_picture import SafePicture

# As much as a large screen shows; a photograph of fifty million pixels would only be slow.
MOST_SIDE_PX = 1920
JPEG_QUALITY = 85


def page_jpeg(picture: SafePicture) -> bytes:
    """Return a picture as JPEG of at most `MOST_SIDE_PX`."""
    image_bgr = picture.image_bgr
    height, width = image_bgr.shape[:2]
    shrunk = max(1.0, max(width, height) / MOST_SIDE_PX)
    if shrunk > 1:
        size_wh = max(1, round(width / shrunk)), max(1, round(height / shrunk))
        image_bgr = cv2.resize(image_bgr, size_wh, interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", image_bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return jpeg.tobytes()
