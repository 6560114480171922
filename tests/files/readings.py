"""Frames as they are after reading, made without any reader."""

from datetime import UTC, datetime

import numpy as np

from tests.files.videos import RATE_FPS, SIZE_WH
from webapp.core.faces import Faces
from webapp.core.frame import Frame
from webapp.core.indicator import expression_counts, indicator
from webapp.core.snapshot import Snapshot
from webapp.files.video_records import FrameReading

CLASSES = ("angry", "happy")


def frame_reading(
    number: int = 0, angry: tuple[float, ...] = (0.8,), size_wh=SIZE_WH, time_s: float | None = None
) -> FrameReading:
    """Return a black frame with a face per probability of anger, below 0.6 of either uncertain."""
    now_s = number / RATE_FPS if time_s is None else time_s
    probabilities = np.array([[p, 1 - p] for p in angry], np.float32).reshape(-1, 2)
    uncertain = probabilities.max(axis=1, initial=0) < 0.6
    lefts = 20.0 * np.arange(len(angry))
    boxes = np.stack([lefts + 4, lefts * 0 + 20, lefts + 16, lefts * 0 + 40], axis=1)
    snapshot = Snapshot(
        camera="clip",
        at=datetime(2026, 1, 1, tzinfo=UTC),
        captured_at_s=now_s,
        frame_number=number,
        faces=Faces.from_boxes(boxes.reshape(-1, 4)),
        track_ids=np.arange(1, len(angry) + 1),
        probabilities=probabilities,
        uncertain=uncertain,
        classes=CLASSES,
        counts=expression_counts(probabilities, uncertain, CLASSES),
        indicator=indicator(probabilities, CLASSES, ("angry",)),
    )
    image = np.zeros((size_wh[1], size_wh[0], 3), np.uint8)
    return FrameReading("clip ü.avi", Frame(image, now_s, number), snapshot)
