"""Faces found and time spent, per clip, detector and detect width, on one core.

    python -m benchmarks.detection --clips DIR

*Followed*: with doubtful faces where the tracker expects one, as live.

DIR holds crew-3.mp4 (three people), walking-three.mp4 (three) and head-pose.mp4 (one).
"""

import argparse
import json
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import numpy as np

from benchmarks.clips import far_away, frames, table
from webapp.config import Settings
from webapp.core.faces import Faces
from webapp.core.tracking import FaceTracker
from webapp.serving.models import DOUBTFUL_SCORE
from webapp.vision.backends import use_one_core
from webapp.vision.detector import build_detector

FOLLOWED, FRAME_S = "yunet, followed", 0.125
PEOPLE = {"crew-3.mp4": 3, "walking-three.mp4": 3, "head-pose.mp4": 1}
CHOICES = (("yunet", 320), ("yunet", 480), ("yunet", 640), (FOLLOWED, 640), ("haar", 640))
SMALL_FACE_PX = 32
ROOM_WH = (1280, 720)


def main() -> None:
    """Measure and print a table and JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--every", type=int, default=4, help="every n-th frame of crew-3")
    options = parser.parse_args()
    use_one_core()
    rows = [
        row
        for clip, people in PEOPLE.items()
        for row in measure_clip(options.clips / clip, people, options.every)
    ]
    print(table(rows))
    print(json.dumps(rows))


def measure_clip(path: Path, people: int, every: int) -> list[dict[str, object]]:
    """Measure every detector on one clip as it is, and shrunk until faces are 32 px tall."""
    images = list(frames(path, every if path.name == "crew-3.mp4" else 1))
    truth = [_people(image, people) for image in images]
    every_box = np.concatenate(truth)
    scale = SMALL_FACE_PX / float(np.median(every_box[:, 3] - every_box[:, 1]))
    far = [far_away(image, scale, ROOM_WH) for image in images]
    offset = (np.array(ROOM_WH) - np.round(np.array(images[0].shape[1::-1]) * scale)) // 2
    far_truth = [boxes * scale + np.tile(offset, 2) for boxes in truth]
    return [
        {"clip": path.name, "detector": f"{name} {width}"}
        | _measure(name, width, "", images, truth)
        | _measure(name, width, " at 32 px", far, far_truth)
        for name, width in CHOICES
    ]


def _people(image: np.ndarray, people: int) -> np.ndarray:
    """Where the people are: the surest faces at full width, (P, 4) xyxy."""
    faces = build_detector("yunet", image.shape[1], Settings.min_face_px).detect(image)
    return faces.boxes_xyxy[faces.scores.argsort()[::-1][:people]]


def _measure(
    name: str, width: int, suffix: str, images: list[np.ndarray], truth: list[np.ndarray]
) -> dict[str, object]:
    find = _finder(name, width)
    find(images[0])
    started_at_s = time.process_time()
    found = [find(image) for image in images]
    spent_ms = 1000.0 * (time.process_time() - started_at_s) / len(images)
    hits = [_hits(faces.boxes_xyxy, boxes) for faces, boxes in zip(found, truth, strict=True)]
    exact = [len(f) == len(t) == h for f, t, h in zip(found, truth, hits, strict=True)]
    return {
        f"faces found{suffix}": f"{sum(hits) / sum(map(len, truth)):.1%}",
        f"frames exactly right{suffix}": f"{np.mean(exact):.1%}",
        f"ms a frame{suffix}": round(spent_ms, 1),
    }


def _finder(name: str, width: int) -> Callable[[np.ndarray], Faces]:
    if name != FOLLOWED:
        return build_detector(name, width, Settings.min_face_px).detect
    detector = build_detector("yunet", width, Settings.min_face_px, DOUBTFUL_SCORE)
    tracker, times_s = FaceTracker(), count(step=FRAME_S)

    def find(image_bgr: np.ndarray) -> Faces:
        found = detector.detect(image_bgr)
        track_ids = tracker.step(found.boxes_xyxy, next(times_s), found.is_sure())
        return found.take(track_ids > 0)

    return find


def _hits(boxes_xyxy: np.ndarray, truth_xyxy: np.ndarray) -> int:
    """Count the people in whose box the middle of a found face lies."""
    middles = (boxes_xyxy[:, :2] + boxes_xyxy[:, 2:]) / 2
    inside = (middles[:, None] > truth_xyxy[None, :, :2]) & (
        middles[:, None] < truth_xyxy[None, :, 2:]
    )
    return int(inside.all(axis=2).any(axis=0).sum())


if __name__ == "__main__":
    main()
