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
from webapp.core.privacy import Privacy
from webapp.vision.drawing import CARD_BGR, FONT, draw_box, draw_label, write
from webapp.vision.pixelate import pixelated

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
# Of a room seen so, one can tell where to draw a mask, and of nobody who it is.
COARSE_WIDTH_PX = 48
# Across an area that holds a head: `benchmarks.blur` shows what is still found and matched.
BLOCKS_PER_FACE = 4
COUNTS_ONLY, CARD_SIZE_WH = "COUNTS ONLY", (960, 540)


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
    *,
    is_named: np.ndarray | None = None,
    hidden_xyxy: np.ndarray | None = None,
) -> SafePicture:
    """Make a picture fit to leave.

    Args:
        image_bgr: (H, W, 3) uint8, left as it is.
        faces: N faces of this very picture; None when it was not analysed, which makes all of it
            unreadable: nobody knows where the faces are.
        predictions: of the N faces.
        unread: faces that are seen too badly to be read.
        is_named: (N,) bool, whose expression stands at the face; None for all.
        hidden_xyxy: (M, 4) areas that are made unrecognisable first; None for none.
    """
    if faces is None or predictions is None:
        whole = np.array([[0, 0, image_bgr.shape[1], image_bgr.shape[0]]])
        return SafePicture(pixelated(image_bgr, whole, PIXELATED_WIDTH_PX))
    if hidden_xyxy is not None:
        image_bgr = pixelated(image_bgr, hidden_xyxy, BLOCKS_PER_FACE)
    unread = unread or Faces.empty()
    if is_named is not None:
        unread, faces, predictions = _without_names(unread, faces, predictions, is_named)
    drawn = image_bgr.copy() if len(faces) or len(unread) else image_bgr
    for box_xyxy in unread.boxes_xyxy:
        draw_box(drawn, box_xyxy, UNCERTAIN_BGR, is_thin=True)
        draw_label(drawn, box_xyxy, (NOT_READ,), UNCERTAIN_BGR, is_thin=True)
    labels = [_label(predictions, row) for row in range(len(faces))]
    for box_xyxy, (_, colour) in zip(faces.boxes_xyxy, labels, strict=True):
        draw_box(drawn, box_xyxy, colour)
    # Above all boxes, so that none strikes a word out.
    for row, (texts, colour) in enumerate(labels):
        room_px = _room_px(faces.boxes_xyxy, row)
        draw_label(drawn, faces.boxes_xyxy[row], texts, colour, room_px=room_px)
    return SafePicture(drawn)


def drawn_picture(
    image_bgr: np.ndarray,
    faces: Faces,
    predictions: Predictions,
    shows: Privacy,
    hidden_xyxy: np.ndarray | None,
    searched_px: int,
) -> SafePicture:
    """Draw a still picture.

    Args:
        image_bgr: (H, W, 3) uint8, left as it is.
        faces: N faces of it.
        predictions: of the N faces.
        shows: how much of the people.
        hidden_xyxy: (M, 4) areas that hold every face; None where nobody looked for all of them.
        searched_px: the width in which they were looked for; without faces it is never wider.
    """
    if not shows.has_pictures:
        return card(COUNTS_ONLY, *CARD_SIZE_WH)
    if shows == Privacy.LABELS:
        return safe_picture(image_bgr, faces, predictions)
    small = _shrunk(image_bgr, searched_px)
    if hidden_xyxy is None:
        return safe_picture(small, None, None)
    factor = small.shape[1] / image_bgr.shape[1]
    hidden_xyxy = hidden_xyxy * factor
    return safe_picture(small, faces.scaled(factor), predictions, hidden_xyxy=hidden_xyxy)


def drawn_frame(
    analysed: AnalysedFrame,
    width_px: int | None = None,
    shows: Privacy = Privacy.LABELS,
    *,
    names_faces: bool = True,
) -> SafePicture:
    """Draw a frame of a camera or video with all its faces, read or not.

    Args:
        width_px: wider frames are shrunk to it first, so that the labels are not; None: as it is.
        shows: how much of the people.
        names_faces: whether expressions stand at faces; never at those whom the group floor hides.
    """
    if not shows.has_pictures:
        return card(COUNTS_ONLY, *CARD_SIZE_WH)
    hides = shows == Privacy.BLUR
    if hides and analysed.hidden_xyxy is None:
        return unreadable_frame(analysed.frame, width_px)
    whole, small = analysed.frame.image_bgr, _shrunk(analysed.frame.image_bgr, width_px)
    factor = small.shape[1] / whole.shape[1]
    faces, unread = analysed.faces.scaled(factor), analysed.unread.scaled(factor)
    is_named = analysed.is_told() if names_faces else np.zeros(len(faces), bool)
    names_all = names_faces and analysed.released is None
    return safe_picture(
        small,
        faces,
        analysed.predictions,
        unread,
        is_named=None if names_all else is_named,
        hidden_xyxy=analysed.hidden_xyxy * factor if hides else None,
    )


def unreadable_frame(
    frame: Frame, width_px: int | None = None, shows: Privacy = Privacy.LABELS
) -> SafePicture:
    """Show of a frame, whose faces nobody knows, that there is a picture, where there may be."""
    if not shows.has_pictures:
        return card(COUNTS_ONLY, *CARD_SIZE_WH)
    return safe_picture(_shrunk(frame.image_bgr, width_px), None, None)


def trial_picture(image_bgr: np.ndarray, width_px: int, *, is_coarse: bool) -> SafePicture:
    """Pass a picture on as the camera gives it, at most so wide, for the admin who sets it up.

    Who draws what is to be masked must see it; nobody else may be shown such a picture.

    Args:
        is_coarse: shows no more than where things are.
    """
    small = _shrunk(image_bgr, width_px)
    whole = np.array([[0, 0, small.shape[1], small.shape[0]]])
    return SafePicture(pixelated(small, whole, COARSE_WIDTH_PX) if is_coarse else small)


def card(text: str, width: int, height: int) -> SafePicture:
    """Write a text into the middle of an empty picture."""
    image = np.full((height, width, 3), CARD_BGR, np.uint8)
    scale = max(0.4, width / 480)
    text_wh, _ = cv2.getTextSize(text, FONT, scale, max(1, round(scale)))
    origin = ((width - text_wh[0]) // 2, (height + text_wh[1]) // 2)
    write(image, text, origin, scale)
    return SafePicture(image)


def _without_names(
    unread: Faces, faces: Faces, predictions: Predictions, is_named: np.ndarray
) -> tuple[Faces, Faces, Predictions]:
    """Return what is drawn where only some faces, or none, are named: of the others nothing is."""
    return Faces.empty(), faces.take(is_named), predictions.take(is_named)


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
