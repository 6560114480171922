"""The one place where a picture of people is made fit to leave: drawn on, or made unreadable.

Encoders take a `SafePicture` and nothing else, and only the functions here make one (a test holds
both), so whatever must be hidden is hidden here, for every output at once.
"""

import unicodedata
from dataclasses import dataclass

import cv2
import numpy as np

from webapp.core.analysed import AnalysedFrame, Predictions
from webapp.core.faces import Faces
from webapp.core.frame import Frame

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
# Of labels in pictures that are wide enough for it; narrow ones are shown as large as they are.
LEAST_LABEL_SCALE = 0.75


@dataclass(frozen=True)
class SafePicture:
    """A picture that may be encoded.

    Attributes:
        image_bgr: (H, W, 3) uint8.
    """

    image_bgr: np.ndarray


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
        _draw_box(drawn, box_xyxy, UNCERTAIN_BGR, is_thin=True)
        _draw_label(drawn, box_xyxy, (NOT_READ,), UNCERTAIN_BGR, is_thin=True)
    labels = [_label(predictions, row) for row in range(len(faces))]
    for box_xyxy, (_, colour) in zip(faces.boxes_xyxy, labels, strict=True):
        _draw_box(drawn, box_xyxy, colour)
    # Above all boxes, so that none strikes a word out.
    for row, (texts, colour) in enumerate(labels):
        room_px = _room_px(faces.boxes_xyxy, row)
        _draw_label(drawn, faces.boxes_xyxy[row], texts, colour, room_px=room_px)
    return SafePicture(drawn)


def drawn_frame(analysed: AnalysedFrame, width_px: int | None = None) -> SafePicture:
    """Draw a frame of a camera or video with all its faces, read or not.

    Args:
        width_px: wider frames are shrunk to it first, so that the labels are not; None: as it is.
    """
    whole, small = analysed.frame.image_bgr, _shrunk(analysed.frame.image_bgr, width_px)
    factor = small.shape[1] / whole.shape[1]
    faces, unread = analysed.faces.scaled(factor), analysed.unread.scaled(factor)
    return safe_picture(small, faces, analysed.predictions, unread)


def unreadable_frame(frame: Frame, width_px: int | None = None) -> SafePicture:
    """Show of a frame, whose faces nobody knows, that there is a picture."""
    return safe_picture(_shrunk(frame.image_bgr, width_px), None, None)


def trial_picture(image_bgr: np.ndarray, width_px: int) -> SafePicture:
    """Pass a picture on as the camera gives it, at most so wide, for the admin who sets it up.

    Who draws what is to be masked must see it; nobody else may be shown such a picture.
    """
    return SafePicture(_shrunk(image_bgr, width_px))


def card(text: str, width: int, height: int) -> SafePicture:
    """Write a text into the middle of an empty picture."""
    image = np.full((height, width, 3), CARD_BGR, np.uint8)
    scale = max(0.4, width / 480)
    text_wh, _ = cv2.getTextSize(text, FONT, scale, max(1, round(scale)))
    origin = ((width - text_wh[0]) // 2, (height + text_wh[1]) // 2)
    _write(image, text, origin, scale)
    return SafePicture(image)


def _shrunk(image: np.ndarray, width_px: int | None) -> np.ndarray:
    height, width = image.shape[:2]
    if width_px is None or width <= width_px:
        return image
    size_wh = width_px, max(1, round(height * width_px / width))
    return cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA)


def _label(predictions: Predictions, row: int) -> tuple[tuple[str, ...], tuple[int, int, int]]:
    """Return what stands at a face, in full and for little room, and its colour."""
    if predictions.uncertain[row]:
        return ("uncertain",), UNCERTAIN_BGR
    best = int(predictions.probabilities[row].argmax())
    name = predictions.classes[best]
    colour = COLOURS_BGR.get(name, OTHER_COLOURS_BGR[best % len(OTHER_COLOURS_BGR)])
    # ASCII is all that OpenCV's fonts know.
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip()
    word = plain or f"class {best + 1}"
    return (f"{word} {predictions.probabilities[row, best]:.0%}", word), colour


def _room_px(boxes_xyxy: np.ndarray, row: int) -> float:
    """Return how wide a face's label may be before it covers that of another one beside it."""
    (left, top), lefts, tops = boxes_xyxy[row, :2], boxes_xyxy[:, 0], boxes_xyxy[:, 1]
    height_px = boxes_xyxy[row, 3] - top
    is_beside = (lefts > left) & (np.abs(tops - top) < height_px / 2)
    return float((lefts[is_beside] - left).min(initial=np.inf))


def _draw_box(
    image: np.ndarray,
    box_xyxy: np.ndarray,
    colour: tuple[int, int, int],
    *,
    is_thin: bool = False,
) -> None:
    x0, y0, x1, y1 = (round(float(edge)) for edge in box_xyxy)
    thickness = 1 if is_thin else max(2, round(image.shape[1] / 480))
    cv2.rectangle(image, (x0, y0), (x1, y1), colour, thickness)


def _draw_label(
    image: np.ndarray,
    box_xyxy: np.ndarray,
    texts: tuple[str, ...],
    colour: tuple[int, int, int],
    *,
    is_thin: bool = False,
    room_px: float = np.inf,
) -> None:
    """Write the first of the texts that has room, else the last."""
    x0, y0 = (round(float(edge)) for edge in box_xyxy[:2])
    scale = _label_scale(image.shape[1])
    for text in texts:
        (width, height), below = cv2.getTextSize(text, FONT, scale, max(1, round(2 * scale)))
        if width + 8 <= min(room_px, image.shape[1] - x0):
            break
    left = min(max(0, x0), max(0, image.shape[1] - width - 8))
    right, bottom = left + width + 8, max(y0, height + below + 6)
    cv2.rectangle(image, (left, bottom - height - below - 6), (right, bottom), CARD_BGR, cv2.FILLED)
    cv2.line(image, (left, bottom), (right, bottom), colour, 1 if is_thin else 2)
    _write(image, text, (left + 4, bottom - below - 2), scale)


def _label_scale(width_px: int) -> float:
    """Return the scale of the font: capitals are about 22 pixels times it tall.

    Pages show a picture of the stream in half of its size at least, see `static/js/picture.js`.
    """
    return max(width_px / 1600, min(LEAST_LABEL_SCALE, width_px / 720))


def _write(image: np.ndarray, text: str, origin: tuple[int, int], scale: float) -> None:
    thickness = max(1, round(2 * scale))
    cv2.putText(image, text, origin, FONT, scale, INK_BGR, thickness, cv2.LINE_AA)
