import numpy as np
import pytest

from webapp.core.faces import Faces


def test_no_faces():
    faces = Faces.empty()
    assert len(faces) == 0
    assert faces.landmarks_xy.shape == (0, 5, 2)


def test_boxes_alone():
    faces = Faces.from_boxes(np.array([[1, 2, 3, 4], [5, 6, 7, 8]]))
    assert faces.scores.tolist() == [1.0, 1.0]
    assert np.isnan(faces.landmarks_xy).all()


def test_take_keeps_rows_together():
    faces = Faces.from_boxes(np.array([[1, 2, 3, 4], [5, 6, 7, 8]]))
    assert faces.take(np.array([False, True])).boxes_xyxy.tolist() == [[5, 6, 7, 8]]


def test_arrays_of_different_length_are_refused():
    with pytest.raises(ValueError, match="expected array shapes"):
        Faces(np.zeros((2, 4)), np.zeros(1), np.zeros((2, 5, 2)))
