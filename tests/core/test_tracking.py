import numpy as np
import pytest

from webapp.core.tracking import IouTracker, iou_matrix

NONE = np.zeros((0, 4))
LEFT = [0.0, 0.0, 10.0, 10.0]
RIGHT = [100.0, 0.0, 110.0, 10.0]


def at(left: float) -> list[float]:
    """Return a box as large as `LEFT`, further to the right."""
    return [left, 0.0, left + 10.0, 10.0]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (NONE, NONE, np.zeros((0, 0))),
        (np.array([LEFT]), NONE, np.zeros((1, 0))),
        (np.array([LEFT]), np.array([LEFT]), [[1.0]]),
        (np.array([LEFT]), np.array([RIGHT]), [[0.0]]),
        (np.array([LEFT]), np.array([[5.0, 0, 15, 10]]), [[1 / 3]]),
        (np.array([[0.0, 0, 0.5, 0.5]]), np.array([[0.0, 0, 0.5, 1]]), [[0.5]]),
        (np.array([[3.0, 3, 3, 3]]), np.array([LEFT]), [[0.0]]),
        (np.array([[9.0, 9, 1, 1]]), np.array([[9.0, 9, 1, 1]]), [[0.0]]),
    ],
)
def test_iou(a, b, expected):
    np.testing.assert_allclose(iou_matrix(a, b), expected)


def test_no_faces_get_no_numbers():
    assert IouTracker().step(NONE, 0.0).shape == (0,)


def test_a_face_keeps_its_number_while_it_moves():
    tracker = IouTracker()
    first = tracker.step(np.array([LEFT, RIGHT]), 0.0)
    moved = tracker.step(np.array([RIGHT, LEFT]) + 2.0, 0.1)
    assert first.tolist() == [1, 2]
    assert moved.tolist() == [2, 1]


def test_the_better_overlap_wins():
    tracker = IouTracker()
    tracker.step(np.array([LEFT]), 0.0)
    ids = tracker.step(np.array([at(4.0), at(1.0)]), 0.1)
    assert ids.tolist() == [2, 1]


@pytest.mark.parametrize(("shift", "expected"), [(6.0, 1), (6.1, 2)])
def test_a_quarter_of_overlap_is_the_same_face(shift, expected):
    tracker = IouTracker()
    tracker.step(np.array([LEFT]), 0.0)
    assert tracker.step(np.array([at(shift)]), 0.1).tolist() == [expected]


def test_a_face_between_two_takes_one_number():
    tracker = IouTracker()
    tracker.step(np.array([LEFT, at(4.0)]), 0.0)
    assert tracker.step(np.array([at(1.0)]), 0.1).tolist() == [1]


def test_where_a_face_was_is_another_one_s_place():
    tracker = IouTracker()
    for step in range(3):
        tracker.step(np.array([at(4.0 * step)]), 0.1 * step)
    assert tracker.step(np.array([LEFT, at(8.0)]), 0.3).tolist() == [2, 1]


@pytest.mark.parametrize(("gap_s", "expected"), [(0.9, 1), (1.0, 1), (1.1, 2)])
def test_a_face_missed_for_a_moment_is_remembered(gap_s, expected):
    tracker = IouTracker()
    tracker.step(np.array([LEFT]), 100.0)
    tracker.step(NONE, 100.0 + gap_s / 2)
    assert tracker.step(np.array([LEFT]), 100.0 + gap_s).tolist() == [expected]


def test_a_number_is_never_given_twice():
    tracker = IouTracker(forget_after_s=0.5)
    given = [int(tracker.step(np.array([LEFT]), float(t))[0]) for t in range(5)]
    assert given == [1, 2, 3, 4, 5]
