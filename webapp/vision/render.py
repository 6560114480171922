"""Pictures of the stream, encoded as JPEG with OpenCV."""

import cv2
import numpy as np

from webapp.core.analysed import AnalysedFrame
from webapp.core.frame import Frame
from webapp.core.picture_quality import FULL, PictureQuality
from webapp.core.privacy import EVERYTHING, Disclosure, Privacy, names_faces
from webapp.vision.safe_picture import (
    CARD_SIZE_WH,
    SafePicture,
    card,
    drawn_frame,
    trial_picture,
    unreadable_frame,
)

TRIAL_WIDTH_PX = 960


class JpegRenderer:
    """Draws and encodes what may be shown; implements `core.ports.PictureRenderer`."""

    def __init__(self, disclosure: Disclosure = EVERYTHING, searched_px: int | None = None) -> None:
        """Prepare.

        Args:
            disclosure: how much is shown, and to whom.
            searched_px: the width in which faces are looked for; pictures without faces are never
                wider, so that none is seen in them which could not be found.
        """
        self._disclosure, self._searched_px = disclosure, searched_px

    def render(self, analysed: AnalysedFrame, quality: PictureQuality = FULL) -> bytes:
        """Return a frame with its own faces as JPEG, or a card where nobody may be seen."""
        shows, width_px = self._shows(quality), quality.width_px
        if shows == Privacy.BLUR and self._searched_px:
            width_px = min(width_px or self._searched_px, self._searched_px)
        named = names_faces(shows, self._disclosure.min_group)
        return _encode(drawn_frame(analysed, width_px, shows, names_faces=named), quality.jpeg)

    def not_analysed(self, frame: Frame, quality: PictureQuality = FULL) -> bytes:
        """Return a frame whose faces nobody knows as JPEG, unreadable as a whole, or a card."""
        shows = self._shows(quality)
        return _encode(unreadable_frame(frame, quality.width_px, shows), quality.jpeg)

    def no_signal(self, newest: Frame | None) -> bytes:
        """Return the NO SIGNAL picture as JPEG, as large as the newest frame was."""
        width, height = CARD_SIZE_WH
        if newest is not None:
            height, width = newest.image_bgr.shape[:2]
        return _encode(card("NO SIGNAL", width, height))

    def paused(self) -> bytes:
        """Return the PAUSED picture as JPEG."""
        return _encode(card("PAUSED", *CARD_SIZE_WH))

    def _shows(self, quality: PictureQuality) -> Privacy:
        return self._disclosure.shown_to(viewers=quality.is_for_viewers)


def trial_jpeg(image_bgr: np.ndarray, privacy: Privacy) -> bytes:
    """Return a picture for the admin who sets the camera up as JPEG.

    Args:
        privacy: the most that anybody is shown; less than faces makes all of it coarse.
    """
    return _encode(trial_picture(image_bgr, TRIAL_WIDTH_PX, is_coarse=privacy != Privacy.LABELS))


def _encode(picture: SafePicture, quality: int = FULL.jpeg) -> bytes:
    _, jpeg = cv2.imencode(".jpg", picture.image_bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return jpeg.tobytes()
