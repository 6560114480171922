"""Heads turned to a side, from a single picture each: one relief stands for every head.

It is a cylinder with a nose, seen from far away. What a turn brings into view that the picture does
not show is filled with its border.
"""

import cv2
import numpy as np

from webapp.vision.framing import CANONICAL_LANDMARKS_XY

# In sides of FER-2013's square, of the average face: the nose stands out as far as `core.quality`
# takes it to when it estimates turns.
HEAD_RADIUS = 0.46
NOSE_HEIGHT, NOSE_XY, NOSE_SPREAD_XY = 0.12, (0.5, 0.592), (0.06, 0.09)


def turned(face: np.ndarray, turn_deg: float) -> np.ndarray:
    """Turn a head to a side; the square follows its eyes, nose and mouth, as a camera's crop does.

    Args:
        face: (H, W) float32.
        turn_deg: below 90; to the right of the picture where positive.
    """
    if turn_deg < 0:
        return cv2.flip(turned(cv2.flip(face, 1), -turn_deg), 1)
    height, width = face.shape
    x, y = (np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height
    points_xy = np.stack(np.broadcast_arrays(x, y[:, None]), axis=-1)
    # Where a nearer column hides a farther one, which lies to its right, the nearer one stays.
    lands = np.maximum.accumulate(turned_x(points_xy, turn_deg), axis=1)
    from_x = np.stack([np.interp(x, row, x) for row in lands])
    columns, rows = from_x * width - 0.5, points_xy[..., 1] * height - 0.5
    return cv2.remap(
        face,
        columns.astype(np.float32),
        rows.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def turned_x(points_xy: np.ndarray, turn_deg: float) -> np.ndarray:
    """Return where points (..., 2) of a face come to lie across its square, (...), in its sides."""
    return _across(points_xy, turn_deg) - _across(CANONICAL_LANDMARKS_XY, turn_deg).mean() + 0.5


def _across(points_xy: np.ndarray, turn_deg: float) -> np.ndarray:
    turn = np.radians(turn_deg)
    off_axis = points_xy[..., 0] - 0.5
    round_head = np.sqrt(np.maximum(HEAD_RADIUS**2 - off_axis**2, 0))
    off_nose = (points_xy - NOSE_XY) / NOSE_SPREAD_XY
    depth = round_head + NOSE_HEIGHT * np.exp(-(off_nose**2).sum(axis=-1) / 2)
    return np.asarray(off_axis * np.cos(turn) + depth * np.sin(turn))
