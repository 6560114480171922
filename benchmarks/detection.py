"""Faces found and time spent, per clip, detector and detect width, on one core.

    python -m benchmarks.detection --clips DIR

DIR holds crew-3.mp4 (three people), walking-three.mp4 (three) and head-pose.mp4 (one).
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

from benchmarks.clips import far_away, frames, table
from webapp.config import Settings
from webapp.core.ports import Detector
from webapp.vision.backends import use_one_core
from webapp.vision.detector import build_detector

PEOPLE = {"crew-3.mp4": 3, "walking-three.mp4": 3, "head-pose.mp4": 1}
CHOICES = (("yunet", 320), ("yunet", 480), ("yunet", 640), ("haar", 640))
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
    near = list(frames(path, every if path.name == "crew-3.mp4" else 1))
    scale = SMALL_FACE_PX / face_height_px(near)
    far = [far_away(image, scale, ROOM_WH) for image in near]
    return [_measure(path.name, people, choice, near, far) for choice in CHOICES]


def face_height_px(images: list[np.ndarray]) -> float:
    """Return the median height of a found face, at full width."""
    detector = build_detector("yunet", images[0].shape[1], Settings.min_face_px)
    boxes = np.concatenate([detector.detect(image).boxes_xyxy for image in images])
    return float(np.median(boxes[:, 3] - boxes[:, 1]))


def _measure(
    clip: str,
    people: int,
    choice: tuple[str, int],
    near: list[np.ndarray],
    far: list[np.ndarray],
) -> dict[str, object]:
    detector = build_detector(*choice, Settings.min_face_px)
    found, spent_ms = _count(detector, near)
    found_far, spent_far_ms = _count(detector, far)
    return {
        "clip": clip,
        "detector": f"{choice[0]} {choice[1]}",
        "ms a frame": round(spent_ms, 1),
        "exactly right": f"{np.mean(found == people):.1%}",
        "faces found": f"{np.minimum(found, people).mean() / people:.1%}",
        "32 px faces found": f"{np.minimum(found_far, people).mean() / people:.1%}",
        "ms at 1280x720": round(spent_far_ms, 1),
    }


def _count(detector: Detector, images: list[np.ndarray]) -> tuple[np.ndarray, float]:
    detector.detect(images[0])
    started_at_s = time.process_time()
    found = [len(detector.detect(image)) for image in images]
    return np.array(found), 1000.0 * (time.process_time() - started_at_s) / len(images)


if __name__ == "__main__":
    main()
