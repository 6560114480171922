import json

import numpy as np
import pytest

from webapp.core.analysed import Predictions
from webapp.core.faces import Faces
from webapp.files.records import AnalysedPicture, face_records

CLASSES = ("angry", "happy", "neutral")


def picture(
    boxes: list[list[float]], probabilities: list[list[float]], uncertain=None
) -> AnalysedPicture:
    count = len(boxes)
    return AnalysedPicture(
        width=100,
        height=80,
        faces=Faces.from_boxes(np.array(boxes, np.float32).reshape(count, 4)),
        predictions=Predictions(
            probabilities=np.array(probabilities, np.float32).reshape(count, len(CLASSES)),
            uncertain=np.array(uncertain or [False] * count, bool),
            classes=CLASSES,
        ),
    )


def test_no_faces_are_an_empty_list():
    record = picture([], []).record("a.jpg")
    assert record == {"path": "a.jpg", "width": 100, "height": 80, "faces": []}


def test_a_face_s_record_is_that_of_the_contract():
    record = picture([[10.4, 20.6, 30, 40]], [[0.2, 0.7, 0.1]]).record("a.jpg")
    assert record["faces"] == [
        {
            "box_xyxy": [10, 21, 30, 40],
            "emotion": "happy",
            "uncertain": False,
            "confidence": 0.7,
            "probabilities": {"angry": 0.2, "happy": 0.7, "neutral": 0.1},
        }
    ]
    assert json.loads(json.dumps(record)) == record


def test_an_uncertain_face_still_names_its_most_probable_class():
    (face,) = picture([[0, 0, 9, 9]], [[0.3, 0.3, 0.4]], [True]).record("a")["faces"]
    assert (face["emotion"], face["uncertain"]) == ("neutral", True)


def test_boxes_end_at_the_picture_s_edge():
    (face,) = picture([[-5, -7, 120, 90]], [[1, 0, 0]]).record("a")["faces"]
    assert face["box_xyxy"] == [0, 0, 100, 80]


@pytest.mark.parametrize("seed", range(20))
def test_rounding_keeps_sum_and_order(seed):
    exact = np.random.default_rng(seed).dirichlet(np.full(7, 0.5), size=50).astype(np.float32)
    classes = tuple("abcdefg")
    predictions = Predictions(exact, np.zeros(50, bool), classes)
    for row, record in enumerate(face_records(np.zeros((50, 4)), predictions)):
        rounded = np.array(list(record["probabilities"].values()))
        assert abs(rounded.sum() - 1) < 1e-12
        assert np.abs(rounded - exact[row]).max() <= 1e-4 + 1e-6
        assert rounded.max() == record["confidence"] == record["probabilities"][record["emotion"]]
        assert record["emotion"] == classes[int(exact[row].argmax())]


def test_as_many_predictions_as_faces_are_needed():
    predictions = Predictions(np.ones((1, 3), np.float32) / 3, np.zeros(1, bool), CLASSES)
    with pytest.raises(ValueError, match="as many predictions as faces"):
        AnalysedPicture(8, 8, Faces.empty(), predictions)
