"""The one place where a picture of people is made fit to leave: drawn on, or made unreadable.

Encoders take a `SafePicture` and nothing else, and only the functions here make one (a test holds
both), so whatever must be hidden is hidden here, for every output at once.
"""

import unicodedata
from dataclasses import dataclass, replace

import cv2
import numpy as np

from webapp.core.analysed import AnalysedFrame, Predictions
from webapp.core.faces import Faces

FONT = cv2.FONT_HERSHEY_SIMPLEX
INK_BGR = (255, 255, 255)
CARD_BGR = (40, 32, 28)
UNCERTAIN_BGR = (170, 170, 170)
NOT_READ = "not read"
# Okabe & Ito 2008, as the dashboard's bars; distinct to the colour-blind, always with a word.
COLOURS_BGR = {
    "angry": (0, 94, 213),
    "disgust": (115, 158, 0),
    "fear": (167, 121, 204),
    "happy": (66, 228, 240),
    "sad": (178, 114, 0),
    "surprise": (233, 180, 86),
    "neutral": (220, 220, 220),
}
OTHER_COLOURS_BGR = tuple(COLOURS_BGR.values())
# Coarse enough that no face, however large in the picture, keeps its features.
PIXELATED_WIDTH_PX = 24


@dataclass(frozen=True)
class SafePicture:
    """A picture that may be encoded.

    Attributes:
        image_bgr: (H, W, 3) uint8.
    """

    image_bgr: np.ndarray

    def shrunk_to(self, width_px: int | None) -> "SafePicture":
        """Return it at most so wide, of the same shape; what was hidden stays hidden."""
        height, width = self.image_bgr.shape[:2]
        if width_px is None or width <= width_px:
            return self
        size_wh = width_px, max(1, round(height * width_px / width))
        shrunk = cv2.resize(self.image_bgr, size_wh, interpolation=cv2.INTER_AREA)
        return replace(self, image_bgr=shrunk)


def safe_picture(
    image_bgr: np.ndarray,
    faces: Faces | None,
    predictions: Predictions | None,
    unread: Faces | None = None,
) -> SafePicture:
    """Make a picture fit to leave.

    Args:
        image_bgr: (H, W, 3) uint8, left as it is.
        faces: N faces of this very picture; None when it was not analysed, which makes all of it
            unreadable: nobody knows where the faces are.
        predictions: of the N faces.
        unread: faces that are seen too badly to be read; whatever hides faces hides these, too.
    """
    if faces is None or predictions is None:
        height, width = image_bgr.shape[:2]
        coarse_height = max(1, round(height * PIXELATED_WIDTH_PX / width))
        coarse_wh = min(width, PIXELATED_WIDTH_PX), coarse_height
        coarse = cv2.resize(image_bgr, coarse_wh, interpolation=cv2.INTER_AREA)
        return SafePicture(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST))
    unread = unread or Faces.empty()
    drawn = image_bgr.copy() if len(faces) or len(unread) else image_bgr
    for box_xyxy in unread.boxes_xyxy:
        _draw_face(drawn, box_xyxy, NOT_READ, UNCERTAIN_BGR, is_thin=True)
    for row, box_xyxy in enumerate(faces.boxes_xyxy):
        _draw_face(drawn, box_xyxy, *_label(predictions, row))
    return SafePicture(drawn)


def drawn_frame(analysed: AnalysedFrame) -> SafePicture:
    """Draw a frame of a camera or video with all its faces, read or not."""
    return safe_picture(
        analysed.frame.image_bgr, analysed.faces, analysed.predictions, analysed.unread
    )


def trial_picture(image_bgr: np.ndarray) -> SafePicture:
    """Pass a picture on as the camera gives it, for the admin who sets the camera up.

    Who draws what is to be masked must see it; nobody else may be shown such a picture.
    """
    return SafePicture(image_bgr)


def card(text: str, width: int, height: int) -> SafePicture:
    """Write a text into the middle of an empty picture."""
    image = np.full((height, width, 3), CARD_BGR, np.uint8)
    scale = max(0.4, width / 480)
    text_wh, _ = cv2.getTextSize(text, FONT, scale, max(1, round(scale)))
    origin = ((width - text_wh[0]) // 2, (height + text_wh[1]) // 2)
    _write(image, text, origin, scale)
    return SafePicture(image)


def _label(predictions: Predictions, row: int) -> tuple[str, tuple[int, int, int]]:
    """Return what stands beside a face, and its colour."""
    if predictions.uncertain[row]:
        return "uncertain", UNCERTAIN_BGR
    best = int(predictions.probabilities[row].argmax())
    name = predictions.classes[best]
    colour = COLOURS_BGR.get(name, OTHER_COLOURS_BGR[best % len(OTHER_COLOURS_BGR)])
    # ASCII is all that OpenCV's fonts know.
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip()
    return f"{plain or f'class {best + 1}'} {predictions.probabilities[row, best]:.0%}", colour


def _draw_face(
    image: np.ndarray,
    box_xyxy: np.ndarray,
    text: str,
    colour: tuple[int, int, int],
    *,
    is_thin: bool = False,
) -> None:
    x0, y0, x1, y1 = (round(float(edge)) for edge in box_xyxy)
    thickness = 1 if is_thin else max(2, round(image.shape[1] / 480))
    cv2.rectangle(image, (x0, y0), (x1, y1), colour, thickness)
    scale = max(0.4, image.shape[1] / 1600)
    (width, height), below = cv2.getTextSize(text, FONT, scale, max(1, round(2 * scale)))
    left = min(max(0, x0), max(0, image.shape[1] - width - 8))
    right, bottom = left + width + 8, max(y0, height + below + 6)
    cv2.rectangle(image, (left, bottom - height - below - 6), (right, bottom), CARD_BGR, cv2.FILLED)
    cv2.line(image, (left, bottom), (right, bottom), colour, 1 if is_thin else 2)
    _write(image, text, (left + 4, bottom - below - 2), scale)


def _write(image: np.ndarray, text: str, origin: tuple[int, int], scale: float) -> None:
    thickness = max(1, round(2 * scale))
    cv2.putText(image, text, origin, FONT, scale, INK_BGR, thickness, cv2.LINE_AA)
