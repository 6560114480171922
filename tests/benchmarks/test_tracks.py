import numpy as np
import pytest

from benchmarks.track_clips import Clip
from benchmarks.track_scenes import DURATION_S, NOBODY, Detections, memory_scripts, play, scripts
from benchmarks.tracks import Count, OverlapTracker, count, seeds, total

SCRIPTS = scripts() | memory_scripts()
BOX = np.array([10.0, 10.0, 20.0, 20.0], np.float32)


class Recited:
    """Gives the numbers of a script, frame by frame."""

    def __init__(self, *numbers: list[int]) -> None:
        self._numbers = iter(numbers)

    def step(self, boxes_xyxy: np.ndarray, now_s: float) -> np.ndarray:
        return np.array(next(self._numbers), np.int64)


def detections(*people: int) -> Detections:
    return Detections(np.tile(BOX, (len(people), 1)), np.array(people, np.int64))


@pytest.mark.parametrize(
    ("people", "numbers", "fragments", "switches"),
    [
        ([[]], [[]], 0, 0),
        ([[0, 1], [1, 0]], [[1, 2], [2, 1]], 0, 0),
        ([[0], [], [0]], [[1], [], [2]], 1, 0),
        ([[0, 1], [0, 1]], [[1, 2], [2, 1]], 0, 2),
        ([[0], [1]], [[1], [1]], 0, 1),
        ([[NOBODY], [NOBODY, 0]], [[1], [2, 1]], 0, 1),
    ],
)
def test_new_numbers_and_those_of_others_are_counted(people, numbers, fragments, switches):
    seen = [detections(*each) for each in people]
    counted = count(Recited(*numbers), seen, fps=2)
    assert (counted.fragments, counted.switches) == (fragments, switches)


def test_fragments_are_told_per_person_and_minute():
    counted = count(Recited([1, 2], [3, 2]), [detections(0, 1)] * 2, fps=0.5)
    assert counted == Count(1, 0, people_s=8.0)
    assert total([counted, counted]).fragments_a_minute() == "7.50"


@pytest.mark.parametrize(
    ("shift", "after_s", "expected"), [(6, 1.0, 1), (7, 0.1, 2), (0, 1.0, 1), (0, 1.1, 2)]
)
def test_the_rule_before_is_a_quarter_of_overlap_within_a_second(shift, after_s, expected):
    tracker = OverlapTracker()
    assert tracker.step(np.zeros((0, 4)), 0.0).tolist() == []
    tracker.step(BOX[None], 1.0)
    moved = BOX[None] + np.array([shift, 0, shift, 0])
    assert tracker.step(moved, 1.0 + after_s).tolist() == [expected]


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_scene_is_played_as_often_as_one_likes(name):
    scene, again = (play(SCRIPTS[name], 2, seed=4) for _ in range(2))
    assert len(scene) == 2 * DURATION_S
    for one, other in zip(scene, again, strict=True):
        np.testing.assert_array_equal(one.boxes_xyxy, other.boxes_xyxy)
        assert one.boxes_xyxy.shape == (len(one.people), 4)
    assert len({person for found in scene for person in found.people.tolist()}) >= 2


def test_no_scene_is_both_set_aside_and_chosen_by():
    assert not set(seeds(20, is_set_aside=True)) & set(seeds(20, is_set_aside=False))


def test_one_person_after_the_other_loses_the_face_in_a_round():
    clip = Clip("two", "two.mp4", 1.0, (0.5,), (1,), is_turned_back=False, blank_s=1.0)
    looped = clip.loop([detections(0, 1)] * 4, lasting_s=8, every=1)
    assert [found.people.tolist() for found in looped] == [
        *([[0, 1]] * 3 + [[1]]),
        *([[0, 1]] * 3 + [[0]]),
    ]
