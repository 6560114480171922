import cv2
import numpy as np
import pytest

from benchmarks.labelled import NO_FACE, labelled_pictures, largest, macro_recall, recalls
from webapp.core.faces import Faces


def test_recall_of_every_class_that_occurs():
    labels, predicted = np.array([0, 0, 2, 2, 2, 2]), np.array([0, NO_FACE, 2, 2, 2, 0])
    assert recalls(predicted, labels) == {0: 0.5, 2: 0.75}
    assert macro_recall(predicted, labels) == pytest.approx(0.625)


@pytest.mark.parametrize(
    ("boxes", "kept"), [([], []), ([[0, 0, 9, 9], [5, 5, 30, 30], [0, 0, 4, 50]], [[5, 5, 30, 30]])]
)
def test_the_largest_face_alone_counts(boxes, kept):
    faces = Faces.from_boxes(np.array(boxes, np.float32).reshape(-1, 4))
    assert largest(faces).boxes_xyxy.tolist() == kept


def test_pictures_of_classes_that_the_model_lacks_are_left_out(tmp_path):
    for name in ("sad", "angry", "bored"):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "0.jpg"), np.zeros((9, 9), np.uint8))
    found = labelled_pictures(tmp_path, ("angry", "sad"))
    assert [(path.parent.name, label) for path, label in found] == [("angry", 0), ("sad", 1)]
