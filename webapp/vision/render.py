"""Boxes, labels and the pictures NO SIGNAL and PAUSED, drawn with OpenCV and encoded as JPEG."""

import unicodedata
from typing import Protocol

import cv2
import numpy as np

from webapp.core.faces import Faces
from webapp.core.frame import Frame
from webapp.core.snapshot import Snapshot

JPEG_QUALITY = 80
NO_SIGNAL_SIZE_WH = (960, 540)
FONT = cv2.FONT_HERSHEY_SIMPLEX
INK_BGR = (255, 255, 255)
CARD_BGR = (40, 32, 28)
UNCERTAIN_BGR = (170, 170, 170)
# Okabe & Ito 2008, as the dashboard's bars; told apart by the colour-blind, always with a word.
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


class ReadFaces(Protocol):
    """N faces and their expressions, as a `Snapshot` and a `Reading` hold them."""

    @property
    def faces(self) -> Faces:
        """N faces; N may be 0."""
        ...

    @property
    def probabilities(self) -> np.ndarray:
        """(N, C), rows sum to 1."""
        ...

    @property
    def uncertain(self) -> np.ndarray:
        """(N,) bool."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """C names, in column order."""
        ...


def draw_faces(image_bgr: np.ndarray, read: ReadFaces) -> None:
    """Draw a box and a label for every face into (H, W, 3) uint8, which is changed."""
    for row in range(len(read.faces)):
        _draw_face(image_bgr, read, row)


class JpegRenderer:
    """Draws and encodes; implements `core.ports.PictureRenderer`; holds no state."""

    def render(self, frame: Frame, snapshot: Snapshot | None) -> bytes:
        """Return the frame as JPEG, with the snapshot's faces drawn."""
        if snapshot is None or not len(snapshot.faces):
            return _encode(frame.image_bgr)
        image = frame.image_bgr.copy()
        draw_faces(image, snapshot)
        return _encode(image)

    def no_signal(self, newest: Frame | None) -> bytes:
        """Return the NO SIGNAL picture as JPEG, as large as the newest frame was."""
        width, height = NO_SIGNAL_SIZE_WH
        if newest is not None:
            height, width = newest.image_bgr.shape[:2]
        return _encode(_card("NO SIGNAL", width, height))

    def paused(self) -> bytes:
        """Return the PAUSED picture as JPEG."""
        return _encode(_card("PAUSED", *NO_SIGNAL_SIZE_WH))


def _card(text: str, width: int, height: int) -> np.ndarray:
    """Write a text into the middle of an empty picture."""
    image = np.full((height, width, 3), CARD_BGR, np.uint8)
    scale = max(0.4, width / 480)
    text_wh, _ = cv2.getTextSize(text, FONT, scale, max(1, round(scale)))
    origin = ((width - text_wh[0]) // 2, (height + text_wh[1]) // 2)
    _write(image, text, origin, scale, INK_BGR)
    return image


def _draw_face(image: np.ndarray, read: ReadFaces, row: int) -> None:
    text, colour = _label(read, row)
    x0, y0, x1, y1 = (round(float(edge)) for edge in read.faces.boxes_xyxy[row])
    scale = max(0.4, image.shape[1] / 1600)
    thickness = max(2, round(image.shape[1] / 480))
    cv2.rectangle(image, (x0, y0), (x1, y1), colour, thickness)
    _draw_label(image, text, (x0, y0), scale, colour)


def _label(read: ReadFaces, row: int) -> tuple[str, tuple[int, int, int]]:
    if read.uncertain[row]:
        return "uncertain", UNCERTAIN_BGR
    best = int(read.probabilities[row].argmax())
    name = read.classes[best]
    colour = COLOURS_BGR.get(name, OTHER_COLOURS_BGR[best % len(OTHER_COLOURS_BGR)])
    return f"{_drawable(name, best)} {read.probabilities[row, best]:.0%}", colour


def _drawable(name: str, index: int) -> str:
    """Return a class name in ASCII, which is all that OpenCV's fonts know."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip()
    return plain or f"class {index + 1}"


def _draw_label(
    image: np.ndarray,
    text: str,
    anchor: tuple[int, int],
    scale: float,
    colour: tuple[int, int, int],
) -> None:
    (width, height), below = cv2.getTextSize(text, FONT, scale, max(1, round(2 * scale)))
    left = min(max(0, anchor[0]), max(0, image.shape[1] - width - 8))
    bottom = max(anchor[1], height + below + 6)
    cv2.rectangle(
        image, (left, bottom - height - below - 6), (left + width + 8, bottom), CARD_BGR, cv2.FILLED
    )
    cv2.line(image, (left, bottom), (left + width + 8, bottom), colour, 2)
    _write(image, text, (left + 4, bottom - below - 2), scale, INK_BGR)


def _write(
    image: np.ndarray,
    text: str,
    origin: tuple[int, int],
    scale: float,
    colour: tuple[int, int, int],
) -> None:
    cv2.putText(image, text, origin, FONT, scale, colour, max(1, round(2 * scale)), cv2.LINE_AA)


def _encode(image_bgr: np.ndarray) -> bytes:
    _, jpeg = cv2.imencode(".jpg", image_bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return jpeg.tobytes()
