"""Puts the demo's people into the frame: gently moving before a plain wall."""

import math

import cv2
import numpy as np

from tools.demo_clip.bust import BUST_WH, FACE_TOP_LEFT
from webapp.demo.timeline import Person

WALL_TOP_BGR, WALL_BOTTOM_BGR = (142, 133, 124), (118, 110, 101)
SWAY_PX, NOD_PX, TURN_DEG, BREATH = 7.0, 3.0, 1.6, 0.012
SWAYS, NODS = 6, 11


def wall(size_wh: tuple[int, int]) -> np.ndarray:
    """Return the empty background (H, W, 3) uint8."""
    width, height = size_wh
    share = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    column = np.array(WALL_TOP_BGR) * (1 - share) + np.array(WALL_BOTTOM_BGR) * share
    return np.repeat(column[:, None, :], width, axis=1).round().astype(np.uint8)


def pose(person: Person, phase: float, time_s: float, loop_s: float) -> np.ndarray:
    """Return the matrix (2, 3) that puts a bust into the frame; it repeats after `loop_s`.

    Args:
        phase: where in the sway the clip begins, in turns.
    """
    turn = 2 * math.pi * time_s / loop_s
    start = 2 * math.pi * phase
    slow, fast = math.sin(SWAYS * turn + start), math.sin(NODS * turn + 2 * start)
    side_px = BUST_WH[0] - 2 * FACE_TOP_LEFT[0]
    scale = person.face_px / side_px * (1 + BREATH * fast)
    middle = (FACE_TOP_LEFT[0] + side_px / 2, FACE_TOP_LEFT[1] + side_px / 2)
    matrix = cv2.getRotationMatrix2D(middle, TURN_DEG * slow, scale)
    goal = np.array(person.centre_xy) + np.array((SWAY_PX * slow, NOD_PX * fast))
    matrix[:, 2] += goal - middle
    return matrix


def place(frame: np.ndarray, bust: tuple[np.ndarray, np.ndarray], matrix: np.ndarray) -> None:
    """Paint a bust into a frame (H, W, 3) float32, in place."""
    size_wh = (frame.shape[1], frame.shape[0])
    picture, alpha = (cv2.warpAffine(layer, matrix, size_wh) for layer in bust)
    frame *= 1 - alpha[..., None]
    frame += picture
