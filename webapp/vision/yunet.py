"""Faces by YuNet, OpenCV's small neural detector (Wu et al. 2023)."""

from pathlib import Path

import cv2
import numpy as np

from webapp.core.errors import DetectorError
from webapp.core.faces import LANDMARKS, SURE_SCORE, Faces
from webapp.vision.litert import ResizableNetwork
from webapp.vision.shrink import TALLEST, shrink_to_width
from webapp.vision.yunet_network import LARGEST_STRIDE, STRIDES, yunet_for_litert

OVERLAP_LIMIT = 0.3
CANDIDATES_KEPT = 1000


class YuNetDetector:
    """Finds faces with five landmarks each; for one thread at a time."""

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
            self._network = ResizableNetwork(yunet_for_litert(model_path))
        except (cv2.error, ValueError) as error:
            raise DetectorError(
                f"{model_path}: not a YuNet model that OpenCV {cv2.__version__} reads "
                f"({error}). Fetch it anew (python -m tools.fetch_yunet) or set DETECTOR=haar."
            ) from error
        self._model_path, self._min_face_px, self._tallest = model_path, min_face_px, tallest

    def in_square(self, side_px: int, score_threshold: float) -> "YuNetDetector":
        """Return another one, for pictures shrunk until they fit into a square."""
        return YuNetDetector(
            self._model_path, side_px, self._min_face_px, score_threshold, tallest=1
        )

    def detect(self, image_bgr: np.ndarray, width_px: int | None = None) -> Faces:
        """Find the faces in (H, W, 3) uint8, any size; best first, in pixels of this picture."""
        width = width_px or self.detect_width
        small, scale = shrink_to_width(image_bgr, width, self._tallest)
        levels = self._network(_network_input(small))
        found = [
            _candidates(cells[0], stride, self.score_threshold)
            for cells, stride in zip(levels, STRIDES, strict=True)
        ]
        scores, corners_xywh, landmarks_xy = (
            np.concatenate(part) for part in zip(*found, strict=True)
        )
        # Whole pixels, as OpenCV's own YuNet compares them.
        pixels_xywh = corners_xywh.astype(int).tolist()
        least, most = self.score_threshold, CANDIDATES_KEPT
        best = cv2.dnn.NMSBoxes(pixels_xywh, scores.tolist(), least, OVERLAP_LIMIT, top_k=most)
        kept = np.array(best, int)
        top_left, size_wh = corners_xywh[kept, :2] * scale, corners_xywh[kept, 2:] * scale
        faces = Faces(
            np.concatenate([top_left, top_left + size_wh], axis=1).astype(np.float32),
            scores[kept],
            (landmarks_xy[kept] * scale).astype(np.float32),
        )
        return faces.take(size_wh[:, 1] >= self._min_face_px)


def _network_input(image_bgr: np.ndarray) -> np.ndarray:
    """Return a picture as `yunet_for_litert` takes it."""
    height, width = (-(-side // LARGEST_STRIDE) * LARGEST_STRIDE for side in image_bgr.shape[:2])
    picture = np.zeros((1, height + 1, width + 1, 3), np.float32)
    picture[0, 1 : 1 + image_bgr.shape[0], 1 : 1 + image_bgr.shape[1]] = image_bgr
    return picture


def _candidates(cells: np.ndarray, stride: int, least_score: float) -> tuple[np.ndarray, ...]:
    """Return the faces that one level of the network sees, many times each.

    Args:
        cells: (H, W, 16), see `yunet_for_litert`.

    Returns:
        Scores (N,), boxes as corner, width and height (N, 4) and landmarks (N, 5, 2) in pixels.
    """
    scores = np.sqrt(_sigmoid(cells[..., 0]) * _sigmoid(cells[..., 5]))
    rows, columns = np.nonzero(scores >= least_score)
    seen, cell_xy = cells[rows, columns], np.stack([columns, rows], axis=1).astype(np.float32)
    size_wh = np.exp(seen[:, 3:5]) * stride
    corners_xy = (cell_xy + seen[:, 1:3]) * stride - size_wh / 2
    landmarks_xy = (cell_xy[:, None] + seen[:, 6:].reshape(-1, len(LANDMARKS), 2)) * stride
    return scores[rows, columns], np.concatenate([corners_xy, size_wh], axis=1), landmarks_xy


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    # Never overflows, as a power may.
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * logits))
