"""Pictures of the stream, encoded as JPEG with OpenCV."""

import cv2
import numpy as np

from webapp.core.analysed import AnalysedFrame
from webapp.core.frame import Frame
from webapp.core.picture_quality import FULL, PictureQuality
from webapp.vision.safe_picture import (
    SafePicture,
    card,
    drawn_frame,
    trial_picture,
    unreadable_frame,
)

CARD_SIZE_WH = (960, 540)
TRIAL_WIDTH_PX = 960


class JpegRenderer:
    """Draws and encodes; implements `core.ports.PictureRenderer`; holds no state."""

    def render(self, analysed: AnalysedFrame, quality: PictureQuality = FULL) -> bytes:
        """Return a frame with its own faces as JPEG."""
        return _encode(drawn_frame(analysed, quality.width_px), quality.jpeg)

    def not_analysed(self, frame: Frame, quality: PictureQuality = FULL) -> bytes:
        """Return a frame whose faces nobody knows as JPEG, unreadable as a whole."""
        return _encode(unreadable_frame(frame, quality.width_px), quality.jpeg)

    def no_signal(self, newest: Frame | None) -> bytes:
        """Return the NO SIGNAL picture as JPEG, as large as the newest frame was."""
        width, height = CARD_SIZE_WH
        if newest is not None:
            height, width = newest.image_bgr.shape[:2]
        return _encode(card("NO SIGNAL", width, height))

    def paused(self) -> bytes:
        """Return the PAUSED picture as JPEG."""
        return _encode(card("PAUSED", *CARD_SIZE_WH))


class CountsRenderer(JpegRenderer):
    """Shows that there is nothing to be seen, and never a picture of anybody."""

    def render(self, analysed: AnalysedFrame, quality: PictureQuality = FULL) -> bytes:
        """Return a card as JPEG."""
        return _encode(card("COUNTS ONLY", *CARD_SIZE_WH))

    def not_analysed(self, frame: Frame, quality: PictureQuality = FULL) -> bytes:
        """Return the same card as JPEG."""
        return _encode(card("COUNTS ONLY", *CARD_SIZE_WH))


def trial_jpeg(image_bgr: np.ndarray) -> bytes:
    """Return a picture as the camera gives it as JPEG, for the admin who sets the camera up."""
    return _encode(trial_picture(image_bgr, TRIAL_WIDTH_PX))


def _encode(picture: SafePicture, quality: int = FULL.jpeg) -> bytes:
    _, jpeg = cv2.imencode(".jpg", picture.image_bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return jpeg.tobytes()
