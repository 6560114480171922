"""Frontal faces by OpenCV's Haar cascade (Viola and Jones 2001)."""

from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np

from webapp.core.errors import DetectorError
from webapp.core.faces import Faces
from webapp.vision.shrink import shrink_to_width

SCALE_STEP = 1.1
NEIGHBOURS_NEEDED = 5


class HaarDetector:
    """Finds frontal faces, as square boxes without landmarks."""

    name = "haar"

    def __init__(self, cascade_path: Path, detect_width: int, min_face_px: int) -> None:
        """Load the cascade.

        Args:
            detect_width: wider pictures are shrunk to it first, in pixels.
            min_face_px: smaller faces are left out, in pixels of the full picture.

        Raises:
            DetectorError: the file is missing or is not a cascade.
        """
        self._cascade = _load_cascade(cascade_path)
        self._detect_width = detect_width
        self._min_face_px = min_face_px

    def detect(self, image_bgr: np.ndarray, width_px: int | None = None) -> Faces:
        """Find the faces in (H, W, 3) uint8, any size; boxes in pixels of this picture."""
        small, scale = shrink_to_width(image_bgr, width_px or self._detect_width)
        grey = cv2.equalizeHist(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY))
        side_px = max(1, round(self._min_face_px / float(scale[0])))
        boxes_xywh = self._cascade.detectMultiScale(
            grey, SCALE_STEP, NEIGHBOURS_NEEDED, minSize=(side_px, side_px)
        )
        if len(boxes_xywh) == 0:
            return Faces.empty()
        corners = np.asarray(boxes_xywh, np.float32).reshape(-1, 2, 2)
        corners[:, 1] += corners[:, 0]
        return Faces.from_boxes((corners * scale).reshape(-1, 4))


def _load_cascade(path: Path) -> cv2.CascadeClassifier:
    if not path.is_file():
        raise DetectorError(
            f"{path}: the Haar cascade is missing. Restore it from the repository or set "
            "DETECTOR=yunet."
        )
    # OpenCV's binding turns a parse error of this constructor into a SystemError.
    with suppress(cv2.error, SystemError):
        cascade = cv2.CascadeClassifier(str(path))
        if not cascade.empty():
            return cascade
    raise DetectorError(
        f"{path}: expected a Haar cascade in XML, got something else. Restore it from the "
        "repository or set DETECTOR=yunet."
    )
