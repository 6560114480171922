"""Which face is which from one frame to the next."""

import numpy as np

MATCH_IOU = 0.25


def iou_matrix(boxes_a: np.ndarray, boxes_b: np.ndarray) -> np.ndarray:
    """Intersection over union of every pair.

    Args:
        boxes_a: (N, 4) xyxy.
        boxes_b: (M, 4) xyxy, same unit.

    Returns:
        (N, M) float in [0, 1]; 0 where a box has no area.
    """
    top_left = np.maximum(boxes_a[:, None, :2], boxes_b[None, :, :2])
    bottom_right = np.minimum(boxes_a[:, None, 2:], boxes_b[None, :, 2:])
    overlap = np.clip(bottom_right - top_left, 0, None).prod(axis=2)
    union = _areas(boxes_a)[:, None] + _areas(boxes_b)[None, :] - overlap
    return np.where(union > 0, overlap / np.maximum(union, 1e-9), 0.0)


class IouTracker:
    """Gives every face a number that stays while its boxes overlap from frame to frame."""

    def __init__(self, forget_after_s: float = 1.0) -> None:
        self._forget_after_s = forget_after_s
        self._boxes = np.zeros((0, 4))
        self._ids = np.zeros(0, np.int64)
        self._seen_at_s = np.zeros(0)
        self._next_id = 1

    def step(self, boxes_xyxy: np.ndarray, now_s: float) -> np.ndarray:
        """Match this frame's boxes with the tracks so far, best overlap first.

        Args:
            boxes_xyxy: (N, 4); N may be 0.
            now_s: monotonic time of the frame.

        Returns:
            (N,) int64 track numbers; a new face gets a number never used before.
        """
        self._keep(now_s - self._seen_at_s <= self._forget_after_s)
        ids = self._match(boxes_xyxy)
        new = ids == 0
        ids[new] = np.arange(self._next_id, self._next_id + new.sum())
        self._next_id += int(new.sum())
        self._keep(~np.isin(self._ids, ids))
        self._boxes = np.concatenate([self._boxes, boxes_xyxy])
        self._ids = np.concatenate([self._ids, ids])
        self._seen_at_s = np.concatenate([self._seen_at_s, np.full(len(ids), now_s)])
        return ids

    def _match(self, boxes_xyxy: np.ndarray) -> np.ndarray:
        overlaps = iou_matrix(boxes_xyxy, self._boxes)
        ids = np.zeros(len(boxes_xyxy), np.int64)
        while overlaps.size and overlaps.max() >= MATCH_IOU:
            face, track = np.unravel_index(overlaps.argmax(), overlaps.shape)
            ids[face] = self._ids[track]
            overlaps[face, :] = 0
            overlaps[:, track] = 0
        return ids

    def _keep(self, tracks: np.ndarray) -> None:
        self._boxes, self._ids = self._boxes[tracks], self._ids[tracks]
        self._seen_at_s = self._seen_at_s[tracks]


def _areas(boxes: np.ndarray) -> np.ndarray:
    return np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(axis=1)
