"""Frames as they are after the analysis, made without any network."""

import numpy as np

from tests.files.videos import RATE_FPS, SIZE_WH
from tests.people import risen
from webapp.core.analysed import AnalysedFrame, Predictions
from webapp.core.faces import Faces
from webapp.core.frame import Frame
from webapp.core.indicator import indicator
from webapp.files.video_records import VideoFrame

CLASSES = ("angry", "happy")


def video_frame(
    number: int = 0, angry: tuple[float, ...] = (0.8,), size_wh=SIZE_WH, time_s: float | None = None
) -> VideoFrame:
    """Return a black frame with a face per probability of anger, below 0.6 of either uncertain."""
    now_s = number / RATE_FPS if time_s is None else time_s
    probabilities = np.array([[p, 1 - p] for p in angry], np.float32).reshape(-1, 2)
    lefts = 20.0 * np.arange(len(angry))
    boxes = np.stack([lefts + 4, lefts * 0 + 20, lefts + 16, lefts * 0 + 40], axis=1)
    people = risen(angry, CLASSES)
    analysed = AnalysedFrame(
        frame=Frame(np.zeros((size_wh[1], size_wh[0], 3), np.uint8), now_s, number),
        faces=Faces.from_boxes(boxes.reshape(-1, 4)),
        predictions=Predictions.of(probabilities, CLASSES, uncertain_below=0.6),
        track_ids=np.arange(1, len(angry) + 1),
        people=people,
        indicator=indicator(people.risen(("angry",))),
    )
    return VideoFrame("clip ü.avi", analysed)
