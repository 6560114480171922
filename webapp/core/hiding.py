"""Which areas of a picture are made unrecognisable, so that no face is seen.

Whatever may be a face is hidden, doubtful ones too, and for a while where one was: a detector
misses faces for moments.
"""

import numpy as np

# Detectors cut at chin and forehead; half as wide and high again holds the whole head.
ENLARGED = 1.5
KEPT_S = 2.0
# Who is not found moves on unseen: so much wider and higher becomes the area in each second.
GROWS_PER_S = 0.5
# So much of an area must a face found now share with it to be taken for the same.
SAME_OVERLAP = 0.4


class HiddenAreas:
    """Remembers where faces were."""

    def __init__(self) -> None:
        self._boxes_xyxy, self._found_at_s = np.zeros((0, 4), np.float32), np.zeros(0)

    def step(self, boxes_xyxy: np.ndarray, now_s: float) -> np.ndarray:
        """Take what was found in a frame.

        Args:
            boxes_xyxy: (N, 4) of all that may be faces, full-frame pixels; N may be 0.
            now_s: monotonic time of the frame.

        Returns:
            (M, 4) float32 of what is to be hidden in it; may reach beyond the picture.
        """
        is_kept = now_s - self._found_at_s <= KEPT_S
        is_kept &= overlaps(self._boxes_xyxy, boxes_xyxy).max(axis=1, initial=0.0) < SAME_OVERLAP
        found = np.asarray(boxes_xyxy, np.float32).reshape(-1, 4)
        self._boxes_xyxy = np.concatenate([self._boxes_xyxy[is_kept], found])
        self._found_at_s = np.concatenate([self._found_at_s[is_kept], np.full(len(found), now_s)])
        ages_s = now_s - self._found_at_s
        return enlarged(self._boxes_xyxy, ENLARGED + GROWS_PER_S * ages_s)


def enlarged(boxes_xyxy: np.ndarray, factors: np.ndarray | float = ENLARGED) -> np.ndarray:
    """Return boxes (N, 4) so many times as wide and high, around the same middles."""
    boxes = np.asarray(boxes_xyxy, np.float32).reshape(-1, 4)
    middles, sizes = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    halves = sizes * np.reshape(np.asarray(factors, np.float32), (-1, 1)) / 2
    return np.concatenate([middles - halves, middles + halves], axis=1).astype(np.float32)


def overlaps(first_xyxy: np.ndarray, second_xyxy: np.ndarray) -> np.ndarray:
    """Return the intersection over union of each box (N, 4) with each (M, 4), as (N, M)."""
    first, second = first_xyxy[:, None].astype(float), second_xyxy[None].astype(float)
    least = np.maximum(first[..., :2], second[..., :2])
    most = np.minimum(first[..., 2:], second[..., 2:])
    shared = np.clip(most - least, 0, None).prod(axis=-1)
    areas = [(b[..., 2:] - b[..., :2]).clip(0).prod(axis=-1) for b in (first, second)]
    return np.asarray(shared / np.maximum(areas[0] + areas[1] - shared, 1e-9))
