"""Boxes and words drawn into pictures."""

import cv2
import numpy as np

FONT = cv2.FONT_HERSHEY_SIMPLEX
INK_BGR = (255, 255, 255)
CARD_BGR = (40, 32, 28)
# Of labels in pictures that are wide enough for it; narrow ones are shown as large as they are.
LEAST_LABEL_SCALE = 0.75


def draw_box(
    image: np.ndarray,
    box_xyxy: np.ndarray,
    colour: tuple[int, int, int],
    *,
    is_thin: bool = False,
) -> None:
    x0, y0, x1, y1 = (round(float(edge)) for edge in box_xyxy)
    thickness = 1 if is_thin else max(2, round(image.shape[1] / 480))
    cv2.rectangle(image, (x0, y0), (x1, y1), colour, thickness)


def draw_label(
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
    write(image, text, (left + 4, bottom - below - 2), scale)


def _label_scale(width_px: int) -> float:
    """Return the scale of the font: capitals are about 22 pixels times it tall.

    Pages show a picture of the stream in half of its size at least, see `static/js/picture.js`.
    """
    return max(width_px / 1600, min(LEAST_LABEL_SCALE, width_px / 720))


def write(image: np.ndarray, text: str, origin: tuple[int, int], scale: float) -> None:
    thickness = max(1, round(2 * scale))
    cv2.putText(image, text, origin, FONT, scale, INK_BGR, thickness, cv2.LINE_AA)
