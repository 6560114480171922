"""The whole path on the demo clip, from picture to label, against the timeline's truth."""

from collections import Counter
from itertools import pairwise

import cv2
import numpy as np
import pytest

from webapp.config import Settings
from webapp.core.faces import Faces
from webapp.demo import CLIP
from webapp.demo.timeline import Person, read_timeline
from webapp.vision.classifier import ExpressionClassifier
from webapp.vision.detector import build_detector
from webapp.vision.preprocess import crop_faces

SAMPLE_EVERY_S = 1.0
# A sample this close to a morph would judge the encoder's rounding, not the reading.
MARGIN_S = 0.2
LEAST_SHARE = 0.8


@pytest.fixture(scope="module")
def timeline():
    return read_timeline()


@pytest.fixture(scope="module")
def samples(timeline) -> list[tuple[float, np.ndarray]]:
    """One frame a second, with its time."""
    video, found = cv2.VideoCapture(str(CLIP)), []
    step = round(SAMPLE_EVERY_S * timeline.rate_fps)
    for index in range(timeline.frame_count):
        assert video.grab()
        if index % step == step // 2:
            found.append((index / timeline.rate_fps, video.retrieve()[1]))
    video.release()
    return found


@pytest.fixture(scope="module")
def classifier() -> ExpressionClassifier:
    return ExpressionClassifier.load(Settings.model_dir)


# Haar takes ten times as long a frame.
@pytest.mark.parametrize(("name", "every"), [("yunet", 1), ("haar", 3)])
def test_the_truth_of_the_timeline_is_read(name, every, timeline, samples, classifier):
    detector = build_detector(name, Settings.detect_width, Settings.min_face_px)
    right, asked = Counter(), Counter()
    for time_s, image in samples[::every]:
        faces = detector.detect(image)
        readings = classifier.classify(crop_faces(image, faces, detector.name))
        for person in timeline.people:
            truth = _settled_truth(person, time_s)
            asked[truth] += truth is not None
            row = _row_of(faces, person)
            if truth and row is not None:
                right[truth] += classifier.classes[int(readings[row].argmax())] == truth
    share = right.total() / asked.total()
    shares = {truth: f"{right[truth]}/{count}" for truth, count in asked.items() if truth}
    assert share >= LEAST_SHARE, f"{share:.0%} read right: {shares}"


def _settled_truth(person: Person, time_s: float) -> str | None:
    around = {person.truth_at(time_s + margin_s) for margin_s in (-MARGIN_S, 0.0, MARGIN_S)}
    return around.pop() if len(around) == 1 else None


def _row_of(faces: Faces, person: Person) -> int | None:
    """The face whose box holds the person's place; the people sway by less than a face."""
    centre = np.array(person.centre_xy)
    for row, (x0, y0, x1, y1) in enumerate(faces.boxes_xyxy):
        if x0 < centre[0] < x1 and y0 < centre[1] < y1:
            return row
    return None


def test_the_people_stand_apart(timeline):
    centres = [person.centre_xy[0] for person in timeline.people]
    assert all(right - left > 150 for left, right in pairwise(centres))
