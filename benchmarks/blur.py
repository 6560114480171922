"""What is still found and matched of faces that are hidden, and what hiding costs.

    python -m benchmarks.blur --clips DIR [--dlib-python PYTHON] [--json FILE]

Every frame of each clip goes through the live analysis and is encoded as a camera in mode `blur`
shows it. Detectors look for faces in it at full size, before and after: YuNet, and Haar's cascade.
What they find after where they found nothing before is no face: a printed skull, a hand. With an
environment that has dlib, its detector looks, too, and its face embedding is computed where a face
was in the original: closer than 0.6 it is taken for the same person (King 2017). That environment:

python3 -m venv /some/place
/some/place/bin/pip install numpy 'setuptools<81' dlib-bin face_recognition_models
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.clips import frames, table
from webapp.cameras.analysis import AnalysisPlan, FrameAnalyser
from webapp.config import Settings, read_settings
from webapp.core.frame import Frame
from webapp.core.hiding import overlaps
from webapp.core.privacy import Disclosure, Privacy
from webapp.core.rates import Durations
from webapp.serving.models import load_models
from webapp.vision.backends import use_one_core
from webapp.vision.detector import build_detector
from webapp.vision.render import JpegRenderer

FPS = 30.0
PLAIN, BLURRED = Disclosure(Privacy.LABELS), Disclosure(Privacy.BLUR, min_group=3)
DLIB_SCRIPT = """
import json, sys
from pathlib import Path
import dlib, numpy as np, face_recognition_models as models
folder = Path(sys.argv[1])
detect = dlib.get_frontal_face_detector()
landmarks = dlib.shape_predictor(models.pose_predictor_model_location())
network = dlib.face_recognition_model_v1(models.face_recognition_model_location())
found = {"plain": 0, "blurred": 0}
distances = []
for plain, blurred in zip(np.load(folder / "plain.npy"), np.load(folder / "blurred.npy")):
    faces = detect(plain, 1)
    found["plain"] += len(faces)
    found["blurred"] += len(detect(blurred, 1))
    for face in faces:
        shape = landmarks(plain, face)
        pair = [network.compute_face_descriptor(image, shape) for image in (plain, blurred)]
        distances.append(float(np.linalg.norm(np.array(pair[0]) - np.array(pair[1]))))
print(json.dumps({**found, "matched": sum(d < 0.6 for d in distances),
                  "nearest": min(distances, default=None)}))
"""


def main() -> None:
    """Measure every clip of a folder; print a table and JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--dlib-python", type=Path, help="interpreter that can import dlib")
    parser.add_argument("--dlib-every", type=int, default=15, help="every n-th frame for dlib")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    use_one_core()
    rows = [
        measure_clip(path, options.dlib_python, options.dlib_every)
        for path in sorted(options.clips.glob("*.mp4"))
    ]
    print(table(rows))
    print(text := json.dumps(rows, indent=1))
    if options.json:
        options.json.write_text(text)


def measure_clip(path: Path, dlib_python: Path | None, dlib_every: int) -> dict[str, Any]:
    """Measure one clip."""
    found = {"yunet": [0, 0, 0], "haar": [0, 0, 0]}
    detectors = {name: build_detector(name, 10_000, Settings.min_face_px) for name in found}
    count, kept = 0, []
    for plain, blurred in _outputs(path):
        for name, detector in detectors.items():
            before = detector.detect(plain).boxes_xyxy
            after = detector.detect(blurred).boxes_xyxy * (plain.shape[1] / blurred.shape[1])
            is_same = overlaps(after, before).max(axis=1, initial=0.0) > 0
            counts = len(before), len(after), int(is_same.sum())
            found[name] = [sum(pair) for pair in zip(found[name], counts, strict=True)]
        if count % dlib_every == 0:
            size_wh = plain.shape[1], plain.shape[0]
            kept.append((plain, cv2.resize(blurred, size_wh)))
        count += 1
    row: dict[str, Any] = {"clip": path.name, "frames": count}
    row |= {
        name: f"{before} before, {after} after, {same} where a face was"
        for name, (before, after, same) in found.items()
    }
    row |= {"dlib": _by_dlib(dlib_python, kept)} if dlib_python else {}
    cores = [_cores(path, disclosure) for disclosure in (PLAIN, BLURRED)]
    return row | {"cores at 30 fps, labels and blur": "{:.3f}, {:.3f}".format(*cores)}


def _outputs(path: Path) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield each frame as it is and as it leaves, (H, W, 3) uint8 BGR."""
    for frame, jpeg in _encoded(path, BLURRED):
        shown = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert shown is not None
        yield frame, shown


def _encoded(path: Path, disclosure: Disclosure) -> Iterator[tuple[np.ndarray, bytes]]:
    settings = read_settings()
    plan = AnalysisPlan(None, disclosure.hides_faces, disclosure.min_group)
    analyser = FrameAnalyser(load_models(settings), Durations(), plan)
    renderer = JpegRenderer(disclosure, settings.detect_width)
    for number, image in enumerate(frames(path)):
        analysed = analyser.step(Frame(image, number / FPS, number))
        yield image, renderer.render(analysed)


def _cores(path: Path, disclosure: Disclosure) -> float:
    """Return how much of a core analysis and pictures take at 30 frames a second."""
    encoded = _encoded(path, disclosure)
    next(encoded)
    started_at_s, count = time.process_time(), sum(1 for _ in encoded)
    return (time.process_time() - started_at_s) / count * FPS


def _by_dlib(python: Path, kept: list[tuple[np.ndarray, np.ndarray]]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        for name, place in (("plain", 0), ("blurred", 1)):
            images_rgb = np.stack([pair[place][..., ::-1] for pair in kept])
            np.save(Path(folder) / f"{name}.npy", images_rgb)
        command = [str(python), "-c", DLIB_SCRIPT, folder]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{python}: dlib failed; see the head of this file.\n{done.stderr[-2000:]}")
    result = json.loads(done.stdout.splitlines()[-1])
    return (
        f"{result['plain']} found before, {result['blurred']} after; {result['matched']} matched "
        f"(nearest {result['nearest'] or 0:.2f})"
    )


if __name__ == "__main__":
    main()
