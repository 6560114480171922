"""How detectors' boxes relate to FER-2013's framing, and what that is worth on whole pictures.

python -m benchmarks.framing --faces fer2013/train [--wild wild]
"""

import argparse
import json
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from benchmarks.clips import table
from benchmarks.labelled import labelled_pictures, largest, macro_recall
from webapp.config import Settings
from webapp.core.faces import LANDMARKS, Faces
from webapp.core.ports import Cropper, Detector
from webapp.training.pictures import picture_paths
from webapp.vision.backends import use_one_core
from webapp.vision.classifier import ExpressionClassifier
from webapp.vision.detector import build_detector
from webapp.vision.framing import fer_boxes
from webapp.vision.preprocess import crop_faces, face_crop

ENLARGED_PX, MARGIN_PX = 240, 80


def main() -> None:
    """Measure and print tables and JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=Path, required=True, help="class folders of 48x48 faces")
    parser.add_argument("--wild", type=Path, help="class folders of whole pictures")
    parser.add_argument("--most", type=int, default=1500, help="faces measured")
    options = parser.parse_args()
    use_one_core()
    measured = [measure(name, options.faces, options.most) for name in ("yunet", "haar")]
    print(json.dumps(measured, indent=1))
    if options.wild:
        rows = compare(options.wild)
        print(table(rows))
        print(json.dumps(rows))


def measure(name: str, folder: Path, most: int) -> dict[str, object]:
    """Return medians over training faces, in units of FER-2013's square."""
    detector = build_detector(name, 10_000, 24)
    every = np.array(picture_paths(folder), dtype=object)
    paths = list(np.random.default_rng(1).permutation(every)[:most])
    found = [faces for faces in map(partial(_find_one, detector), paths) if faces is not None]
    boxes = np.concatenate([faces.boxes_xyxy for faces in found])
    sides = np.sqrt((boxes[:, 2:] - boxes[:, :2]).prod(axis=1))
    points = np.median([faces.landmarks_xy[0] for faces in found], axis=0).astype(float)
    result: dict[str, object] = {
        "detector": name,
        "faces": len(paths),
        "found": round(len(found) / len(paths), 3),
        "side_of_square_over_box": round(float(np.median(1 / sides)), 3),
        "box_centre_xy": np.median(boxes.reshape(-1, 2, 2).mean(axis=1), axis=0)
        .astype(float)
        .round(3)
        .tolist(),
    }
    if np.isfinite(points).all():
        result["landmarks_xy"] = dict(zip(LANDMARKS, points.round(3).tolist(), strict=True))
    return result


def compare(wild: Path) -> list[dict[str, object]]:
    """Return macro recall on whole pictures, per detector and framing, on faces both found."""
    classifier = ExpressionClassifier.load(Settings.model_dir, thread_count=2)
    pictures = labelled_pictures(wild, classifier.classes)
    detectors = {name: build_detector(name, 640, 24) for name in ("yunet", "haar")}
    crops: dict[str, list[np.ndarray]] = {}
    labels = []
    for path, label in pictures:
        image = cv2.imread(str(path))
        found = {name: largest(detector.detect(image)) for name, detector in detectors.items()}
        if all(len(faces) for faces in found.values()):
            labels.append(label)
            for framing, crop in _framings(image, found).items():
                crops.setdefault(framing, []).append(crop)
    return [_row(classifier, name, cut, labels, len(pictures)) for name, cut in crops.items()]


def _framings(image: np.ndarray, found: dict[str, Faces]) -> dict[str, np.ndarray]:
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    cropped: dict[str, np.ndarray] = {}
    for name, faces in found.items():
        serve: Cropper = partial(crop_faces, detector_name=name)
        cropped[f"{name}: box as it is"] = face_crop(grey, faces.boxes_xyxy[0])
        cropped[f"{name}: FER-2013's square from the box"] = face_crop(
            grey, fer_boxes(faces, name)[0]
        )
        cropped[f"{name}: as served"] = serve(image, faces)[0]
    return cropped


def _row(
    classifier: ExpressionClassifier,
    framing: str,
    crops: list[np.ndarray],
    labels: list[int],
    total: int,
) -> dict[str, object]:
    truth = np.array(labels)
    best = np.concatenate(
        [
            classifier.classify(np.stack(crops[start : start + 256])).argmax(axis=1)
            for start in range(0, len(crops), 256)
        ]
    )
    return {
        "framing": framing,
        "pictures": f"{len(truth)} of {total}",
        "macro recall": f"{macro_recall(best, truth):.1%}",
        "accuracy": f"{(best == truth).mean():.1%}",
    }


def _find_one(detector: Detector, path: Path) -> Faces | None:
    """Find the one face of an enlarged training picture, in units of its square."""
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    large = cv2.resize(grey, (ENLARGED_PX, ENLARGED_PX), interpolation=cv2.INTER_CUBIC)
    # Detectors need room around a face, and these pictures have none.
    large = np.pad(large, MARGIN_PX, mode="edge")
    faces = detector.detect(cv2.cvtColor(large, cv2.COLOR_GRAY2BGR))
    if len(faces) != 1:
        return None
    return Faces(
        (faces.boxes_xyxy - MARGIN_PX) / ENLARGED_PX,
        faces.scores,
        (faces.landmarks_xy - MARGIN_PX) / ENLARGED_PX,
    )


if __name__ == "__main__":
    main()
