"""Video clips as the benchmarks need them."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

WALL_GREY = 110


def frames(path: Path, every: int = 1) -> Iterator[np.ndarray]:
    """Yield every n-th frame of a clip, (H, W, 3) uint8 BGR."""
    video = cv2.VideoCapture(str(path))
    if not video.isOpened():
        raise SystemExit(f"{path}: not a video OpenCV reads. Name an existing clip.")
    index = 0
    while video.grab():
        if index % every == 0:
            yield video.retrieve()[1]
        index += 1
    video.release()


def far_away(image: np.ndarray, scale: float, size_wh: tuple[int, int]) -> np.ndarray:
    """Shrink a picture and put it into the middle of a plain wall of the given size."""
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    wall = np.full((size_wh[1], size_wh[0], 3), WALL_GREY, np.uint8)
    top, left = (size_wh[1] - small.shape[0]) // 2, (size_wh[0] - small.shape[1]) // 2
    wall[top : top + small.shape[0], left : left + small.shape[1]] = small
    return wall


def table(rows: list[dict[str, object]]) -> str:
    """Format rows of the same columns as a Markdown table."""
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(str(row[name]) for name in names) + " |" for row in rows]
    return "\n".join(lines)
