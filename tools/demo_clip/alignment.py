"""Brings the eyes, noses and mouths of different pictures to the same place."""

import cv2
import numpy as np

from webapp.core.ports import Detector

FACE_PX = 192
MOST_YAW = 0.15
MOST_ROLL = 0.25
LEAST_SCORE = 0.8
# Where YuNet finds the five landmarks in FER-2013's pictures on average, made symmetric; as
# shares of the picture's side.
CANONICAL_XY = np.array(
    [[0.304, 0.379], [0.676, 0.379], [0.490, 0.591], [0.337, 0.756], [0.643, 0.756]], np.float32
)
ENLARGEMENT = 4
MARGIN_PX = 48


def frontal_landmarks(picture: np.ndarray, detector: Detector) -> np.ndarray | None:
    """Find one upright, frontal face.

    Args:
        picture: (48, 48) uint8, a face as FER-2013 frames it.

    Returns:
        (5, 2) landmarks in pixels of `picture`, or None where there is no such face.
    """
    large = cv2.resize(picture, None, fx=ENLARGEMENT, fy=ENLARGEMENT, interpolation=cv2.INTER_CUBIC)
    # Detectors need room around the face, and these pictures have none.
    large = np.pad(large, MARGIN_PX, mode="edge")
    faces = detector.detect(cv2.cvtColor(large, cv2.COLOR_GRAY2BGR))
    if len(faces) != 1 or faces.scores[0] < LEAST_SCORE:
        return None
    landmarks_xy = (faces.landmarks_xy[0] - MARGIN_PX) / ENLARGEMENT
    return landmarks_xy if _is_frontal(landmarks_xy) else None


def similarity(from_xy: np.ndarray, to_xy: np.ndarray) -> np.ndarray:
    """Fit rotation, one scale and shift by least squares (Umeyama 1991).

    Returns:
        (2, 3) float64, takes points (N, 2) `from_xy` to `to_xy`.
    """
    centre, target = from_xy.mean(axis=0), to_xy.mean(axis=0)
    a, b = from_xy - centre, to_xy - target
    size = (a**2).sum()
    cosine = (a * b).sum() / size
    sine = (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / size
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([turn, target - turn @ centre])


def aligned(picture: np.ndarray, landmarks_xy: np.ndarray) -> np.ndarray:
    """Return the picture as (FACE_PX, FACE_PX) uint8 with its landmarks at `CANONICAL_XY`."""
    matrix = similarity(landmarks_xy, CANONICAL_XY * FACE_PX)
    return cv2.warpAffine(
        picture, matrix, (FACE_PX, FACE_PX), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def _is_frontal(landmarks_xy: np.ndarray) -> bool:
    right_eye, left_eye, nose = landmarks_xy[:3]
    across = left_eye - right_eye
    yaw = abs(nose[0] - (right_eye[0] + left_eye[0]) / 2) / np.linalg.norm(across)
    return bool(yaw < MOST_YAW and abs(np.arctan2(across[1], across[0])) < MOST_ROLL)
