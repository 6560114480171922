"""Where a found face lies as FER-2013 frames faces: the figures are from benchmarks/framing.py.

A *placement* is a 2x3 matrix that takes FER-2013's picture, as the unit square with y downwards,
to pixels of the camera's picture.
"""

import numpy as np

from webapp.core.faces import Faces

# Medians of YuNet's points on training faces, made symmetric; order of core.faces.LANDMARKS.
CANONICAL_LANDMARKS_XY = np.array(
    [[0.315, 0.382], [0.685, 0.382], [0.5, 0.592], [0.349, 0.743], [0.651, 0.743]]
)
# Side of FER-2013's square over the square root of the box's area, per detector.
SIDE_OF_BOX = {"yunet": 1.10, "haar": 1.04}
# Chosen on whole pictures, where anything from 0.9 to 1.0 scores alike (benchmarks/README.md).
TIGHTENING = 0.95


def placements(faces: Faces, detector_name: str) -> np.ndarray:
    """Place every face by its landmarks, turned upright, or by its box where it has none.

    Args:
        detector_name: a key of `SIDE_OF_BOX`.

    Returns:
        (N, 2, 3) float64, to pixels; N may be 0.
    """
    by_box = box_placements(fer_boxes(faces, detector_name))
    has_landmarks = np.isfinite(faces.landmarks_xy).all(axis=(1, 2))
    by_box[has_landmarks] = _landmark_placements(faces.landmarks_xy[has_landmarks])
    return by_box


def fer_boxes(faces: Faces, detector_name: str) -> np.ndarray:
    """Return the square FER-2013 would show of every face, from its box, (N, 4) float32 xyxy."""
    top_left, bottom_right = faces.boxes_xyxy[:, :2], faces.boxes_xyxy[:, 2:]
    areas = np.maximum(bottom_right - top_left, 1).prod(axis=1, keepdims=True)
    half_sides = np.sqrt(areas) * SIDE_OF_BOX[detector_name] / 2
    centres = (top_left + bottom_right) / 2
    return np.concatenate([centres - half_sides, centres + half_sides], axis=1)


def box_placements(boxes_xyxy: np.ndarray) -> np.ndarray:
    """Place faces whose FER-2013 frame is known: boxes (N, 4) to (N, 2, 3)."""
    placed = np.zeros((len(boxes_xyxy), 2, 3))
    placed[:, 0, 0] = boxes_xyxy[:, 2] - boxes_xyxy[:, 0]
    placed[:, 1, 1] = boxes_xyxy[:, 3] - boxes_xyxy[:, 1]
    placed[:, :, 2] = boxes_xyxy[:, :2]
    return placed


def _landmark_placements(landmarks_xy: np.ndarray) -> np.ndarray:
    """Fit turn, size and place by least squares; in complex numbers that is one division."""
    found = landmarks_xy[..., 0].astype(np.float64) + 1j * landmarks_xy[..., 1]
    canonical = CANONICAL_LANDMARKS_XY @ np.array([1, 1j])
    found_middle, canonical_middle = found.mean(axis=1), canonical.mean()
    spread = canonical - canonical_middle
    turn_and_size = (found - found_middle[:, None]) @ spread.conj() / (abs(spread) ** 2).sum()
    turn_and_size *= TIGHTENING
    centre = found_middle + turn_and_size / TIGHTENING * (0.5 + 0.5j - canonical_middle)
    origin = centre - turn_and_size * (0.5 + 0.5j)
    rows = [
        [turn_and_size.real, -turn_and_size.imag, origin.real],
        [turn_and_size.imag, turn_and_size.real, origin.imag],
    ]
    return np.array(rows).transpose(2, 0, 1)
