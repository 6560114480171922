import numpy as np
import pytest

from benchmarks.conditions import (
    CONDITIONS,
    TOGETHER,
    figures,
    measured,
    read_under,
    some_faces,
)
from tests.training.conftest import CLASSES as FOLDERS
from tests.training.conftest import write_faces
from webapp.training.conditions import Condition
from webapp.training.dataset import FaceSet

CLASSES = ("angry", "happy", "neutral")
IMAGES = np.random.default_rng(0).integers(0, 256, (6, 48, 48)).astype(np.uint8)
FACES = FaceSet(IMAGES, np.array([0, 0, 0, 1, 1, 2]), ("",) * 6, CLASSES)
VOTES = np.array([[10, 0, 0]] * 3 + [[0, 9, 1]] * 2 + [[4, 3, 3]], np.float32)


class BrightnessClassifier:
    """Reads the darker faces as angrier."""

    classes, uncertain_below = CLASSES, 0.5

    def classify(self, crops: np.ndarray) -> np.ndarray:
        """Score faces by their brightness."""
        angry = 1 - crops.mean(axis=(1, 2)) / 255
        return np.stack([angry, (1 - angry) * 0.7, (1 - angry) * 0.3], axis=1).astype(np.float32)


def read(*angry: float) -> np.ndarray:
    return np.array([[each, 1 - each, 0.0] for each in angry])


def test_no_class_is_named_for_blurred_and_uncertain_faces():
    blurred, uncertain = np.zeros((2, 6), bool)
    blurred[[0, 5]], uncertain[[0, 1]] = True, True
    row = figures(
        read(0.9, 0.9, 0.2, 0.2, 0.2, 0.9), FACES.labels, VOTES, CLASSES, blurred, uncertain
    )
    assert row["right"] == pytest.approx(4 / 6, abs=1e-4)
    assert row["too blurred"] == pytest.approx(2 / 6)
    assert row["uncertain"] == pytest.approx(1 / 6)
    assert row["right where named"] == row["FER+ where named"] == pytest.approx(2 / 3, abs=1e-4)
    nobody = figures(read(*[0.5] * 6), FACES.labels, VOTES, CLASSES, ~blurred | blurred, uncertain)
    assert nobody["right where named"] is nobody["FER+ where named"] is None


def test_faces_are_shown_the_same_way_every_time_and_blur_is_noticed():
    classifier = BrightnessClassifier()
    dim, blurred = read_under(Condition(light=0.3, noise=5), classifier, FACES)
    again, _ = read_under(Condition(light=0.3, noise=5), classifier, FACES)
    assert np.array_equal(dim, again)
    assert (dim[:, 0] > 0.8).all() and not blurred.any()
    assert read_under(Condition(defocus=0.2), classifier, FACES)[1].all()


def test_every_condition_has_a_row_and_all_of_them_together():
    rows = measured(BrightnessClassifier(), FACES, VOTES)
    assert [row["condition"] for row in rows] == [*CONDITIONS, TOGETHER]
    shares = [row["right"] for row in rows]
    assert shares[-1] == pytest.approx(np.mean(shares[:-1]), abs=1e-3)


def test_a_limit_takes_faces_of_every_class(tmp_path):
    write_faces(tmp_path / "validation", 4, seed=1)
    assert len(some_faces(tmp_path, FOLDERS, None)) == 8
    few = some_faces(tmp_path, FOLDERS, 4)
    assert few.counts() == dict.fromkeys(FOLDERS, 2)
    assert few.files[0].startswith("validation/")
