"""Faces by YuNet, OpenCV's small neural detector (Wu et al. 2023)."""

from pathlib import Path

import cv2
import numpy as np

from webapp.core.errors import DetectorError
from webapp.core.faces import LANDMARKS, SURE_SCORE, Faces
from webapp.vision.shrink import TALLEST, shrink_to_width

OVERLAP_LIMIT = 0.3
CANDIDATES_KEPT = 1000
FIRST_SIZE_WH = (320, 320)
# OpenCV 4.14 reports faces out of nothing, infinite or far off, below 33 rows or columns.
LEAST_SIDE_PX = 64


class YuNetDetector:
    """Finds faces with five landmarks each."""

    name = "yunet"

    def __init__(
        self,
        model_path: Path,
        detect_width: int,
        min_face_px: int,
        score_threshold: float = SURE_SCORE,
        tallest: float = TALLEST,
    ) -> None:
        """Load the network.

        Args:
            detect_width: wider pictures are shrunk to it first, in pixels.
            min_face_px: lower faces are left out, in pixels of the full picture.
            score_threshold: less certain faces are left out, in [0, 1].
            tallest: higher pictures are shrunk, too, in widths of `detect_width`.

        Raises:
            DetectorError: the file is missing or is not the network.
        """
        self.detect_width, self.score_threshold = detect_width, score_threshold
        if not model_path.is_file():
            raise DetectorError(
                f"{model_path}: the YuNet model is missing. Fetch it (python -m tools.fetch_yunet) "
                "or set DETECTOR=haar."
            )
        try:
            self._network = cv2.FaceDetectorYN.create(
                str(model_path), "", FIRST_SIZE_WH, score_threshold, OVERLAP_LIMIT, CANDIDATES_KEPT
            )
        except cv2.error as error:
            raise DetectorError(
                f"{model_path}: not a YuNet model that OpenCV {cv2.__version__} reads "
                f"({error.err or error}). Fetch it anew (python -m tools.fetch_yunet) or set "
                "DETECTOR=haar."
            ) from error
        self._model_path, self._min_face_px, self._tallest = model_path, min_face_px, tallest

    def in_square(self, side_px: int, score_threshold: float) -> "YuNetDetector":
        """Return another one, for pictures shrunk until they fit into a square."""
        return YuNetDetector(
            self._model_path, side_px, self._min_face_px, score_threshold, tallest=1
        )

    def detect(self, image_bgr: np.ndarray) -> Faces:
        """Find the faces in (H, W, 3) uint8, any size; best first, in pixels of this picture."""
        small, scale = shrink_to_width(image_bgr, self.detect_width, self._tallest)
        below, right = (max(0, LEAST_SIDE_PX - side_px) for side_px in small.shape[:2])
        if below or right:
            small = cv2.copyMakeBorder(small, 0, below, 0, right, cv2.BORDER_CONSTANT)
        self._network.setInputSize((small.shape[1], small.shape[0]))
        rows = self._network.detect(small)[1]
        if rows is None:
            return Faces.empty()
        # OpenCV 4.14 also reports an infinite face in some pictures 32 pixels wide.
        faces = _faces_of(rows[np.isfinite(rows).all(axis=1)], scale)
        heights_px = faces.boxes_xyxy[:, 3] - faces.boxes_xyxy[:, 1]
        return faces.take(heights_px >= self._min_face_px)


def _faces_of(rows: np.ndarray, scale: np.ndarray) -> Faces:
    corners_xywh = rows[:, :4].reshape(-1, 2, 2)
    top_left, size_wh = corners_xywh[:, 0] * scale, corners_xywh[:, 1] * scale
    boxes_xyxy = np.concatenate([top_left, top_left + size_wh], axis=1)
    landmarks_xy = rows[:, 4:14].reshape(-1, len(LANDMARKS), 2) * scale
    return Faces(
        boxes_xyxy.astype(np.float32),
        rows[:, 14].astype(np.float32),
        landmarks_xy.astype(np.float32),
    )
