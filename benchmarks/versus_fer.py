"""Frames analysed per CPU-second, ours and by the PyPI package `fer`, on the same clip.

python -m benchmarks.versus_fer --clip FILE --fer-python /some/place/bin/python

How to install `fer` stands in benchmarks/fer_package.py.
"""

import argparse
import json
import time
from functools import partial
from pathlib import Path

from benchmarks.clips import frames
from benchmarks.fer_package import run_fer
from webapp.cameras.analysis import FaceModels, FrameAnalyser
from webapp.config import Settings
from webapp.core.frame import Frame
from webapp.core.rates import Durations
from webapp.vision.backends import use_one_core
from webapp.vision.classifier import ExpressionClassifier
from webapp.vision.detector import build_detector
from webapp.vision.preprocess import crop_faces

WARM_UP = 5
CLIP_FPS = 30.0
# As the README of fer 25.10.3 shows its use on a picture, over the frames of a clip.
FER_SCRIPT = """
import json, sys, time, cv2
from fer.fer import FER
detector = FER()
video = cv2.VideoCapture(sys.argv[1])
spent, analysed, faces = 0.0, 0, 0
for number in range(int(sys.argv[2]) + 5):
    ok, image = video.read()
    if not ok:
        break
    started = time.process_time()
    found = detector.detect_emotions(image)
    if number >= 5:
        spent += time.process_time() - started
        analysed += 1
        faces += len(found)
spent /= analysed
print(json.dumps({"frames": analysed, "cpu_s_a_frame": spent, "faces": faces / analysed}))
"""


def main() -> None:
    """Measure both in one run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--fer-python", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=60)
    options = parser.parse_args()
    ours = measure_ours(options.clip, options.frames)
    theirs = measure_fer(options.fer_python, options.clip, options.frames)
    ratio = theirs["cpu_s_a_frame"] / ours["cpu_s_a_frame"]
    print(json.dumps({"evenkeel": ours, "fer": theirs, "times_as_many": round(ratio, 1)}, indent=1))


def measure_ours(clip: Path, count: int) -> dict[str, float]:
    """Analyse every frame as the live pipeline does, at the default settings and 30 fps."""
    use_one_core()
    detector = build_detector(None, Settings.detect_width, Settings.min_face_px)
    crop = partial(crop_faces, detector_name=detector.name)
    classifier = ExpressionClassifier.load(Settings.model_dir)
    models = FaceModels(detector, crop, classifier, Settings.alert_emotions)
    analyser = FrameAnalyser(models, Durations())
    spent_s, faces_read = 0.0, []
    for number, image in zip(range(count + WARM_UP), frames(clip), strict=False):
        started_at_s = time.process_time()
        analysed = analyser.step(Frame(image, number / CLIP_FPS, number))
        if number >= WARM_UP:
            spent_s += time.process_time() - started_at_s
            faces_read.append(len(analysed.faces))
    return {
        "frames": len(faces_read),
        "cpu_s_a_frame": spent_s / len(faces_read),
        "faces": sum(faces_read) / len(faces_read),
    }


def measure_fer(python: Path, clip: Path, count: int) -> dict[str, float]:
    """Run fer in its own environment."""
    measured: dict[str, float] = run_fer(python, FER_SCRIPT, str(clip), str(count))
    return measured


if __name__ == "__main__":
    main()
