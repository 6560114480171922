import numpy as np
import pytest

from webapp.core.tracking import MOST_TRACKS, NEW_SPEED, FaceTracker

NONE = np.zeros((0, 4))


def face(x: float, y: float = 300.0, size: float = 100.0) -> np.ndarray:
    """Return the box (1, 4) of a face around a point."""
    return np.array([[x, y, x, y]]) + size / 2 * np.array([-1, -1, 1, 1])


class Watch:
    """Shows a tracker one frame after the other."""

    def __init__(self, fps: float = 10.0, memory_s: float = 8.0) -> None:
        self._tracker = FaceTracker(memory_s)
        self._interval_s, self._now_s = 1 / fps, 1000.0

    def see(self, *faces: np.ndarray) -> list[int]:
        """Return the numbers of the faces in the next frame."""
        self._now_s += self._interval_s
        return self._tracker.step(np.concatenate([NONE, *faces]), self._now_s).tolist()

    def see_doubtfully(self, *faces: np.ndarray) -> list[int]:
        """Return the numbers of faces that the detector doubts, all of them."""
        self._now_s += self._interval_s
        boxes_xyxy = np.concatenate([NONE, *faces])
        return self._tracker.step(boxes_xyxy, self._now_s, np.zeros(len(faces), bool)).tolist()

    def see_for(self, lasting_s: float, *faces: np.ndarray) -> list[int]:
        """See the same for a while; return the last numbers."""
        for _ in range(round(lasting_s / self._interval_s)):
            numbers = self.see(*faces)
        return numbers

    def pause(self, lasting_s: float) -> None:
        """Have no frame for a while."""
        self._now_s += lasting_s


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([], [], []),
        ([], [face(100)], [1]),
        ([face(100)], [], []),
        ([face(100)], [face(100)], [1]),
        ([face(100), face(400)], [face(405), face(95)], [2, 1]),
        ([face(100), face(400)], [face(400)], [2]),
        # Jumps: as far as its own size, further, to somebody else's side, to another size.
        ([face(100)], [face(200)], [1]),
        ([face(100)], [face(500)], [2]),
        ([face(100)], [face(140), face(110)], [2, 1]),
        ([face(100), face(140)], [face(110)], [1]),
        ([face(100)], [face(100, size=300)], [2]),
    ],
)
def test_faces_keep_their_numbers_from_frame_to_frame(first, second, expected):
    watch = Watch(fps=30)
    watch.see(*first)
    assert watch.see(*second) == expected


@pytest.mark.parametrize("fps", [0.9, 10])
@pytest.mark.parametrize(
    ("away_s", "shift", "size", "expected"),
    [
        (5.0, 0.0, 100.0, 1),
        (5.0, 30.0, 90.0, 1),
        (5.0, 100.0, 100.0, 2),
        (5.0, 0.0, 180.0, 2),
        (10.0, 0.0, 100.0, 2),
    ],
)
def test_a_face_that_turned_away_is_known_in_its_place(fps, away_s, shift, size, expected):
    watch = Watch(fps)
    watch.see_for(4, face(300))
    watch.see_for(away_s)
    assert watch.see(face(300 + shift, size=size)) == [expected]


@pytest.mark.parametrize(("pause_s", "expected"), [(0.5, [1, 2]), (5.0, [1, 2]), (9.0, [3, 4])])
def test_a_pause_of_the_camera_is_like_turning_away(pause_s, expected):
    watch = Watch()
    watch.see_for(2, face(300), face(600))
    watch.pause(pause_s)
    assert watch.see(face(300), face(600)) == expected


@pytest.mark.parametrize("fps", [5, 30])
def test_two_who_walk_past_each_other_keep_their_numbers(fps):
    watch, step = Watch(fps), 400 / fps
    for number in range(int(2.5 * fps)):
        near, far = face(100 + step * number), face(1100 - step * number, size=80)
        is_behind = abs(near - far).max() < 100
        numbers = watch.see(near, *([] if is_behind else [far]))
        assert numbers == ([1] if is_behind else [1, 2])


@pytest.mark.parametrize("fps", [5, 30])
def test_whoever_walks_past_a_seat_takes_no_number_along(fps):
    watch, step, seat = Watch(fps), 600 / fps, face(600)
    watch.see_for(2, seat)
    for number in range(int(2 * fps)):
        walker = face(step * number, y=260.0, size=140.0)
        is_covered = abs(walker - seat).max() < 120
        numbers = watch.see(walker, *([] if is_covered else [seat]))
        assert numbers == ([2] if is_covered else [2, 1])


def walk(watch: Watch, from_x: float, to_x: float) -> list[int]:
    """See a face go, as fast as people walk."""
    for x in np.linspace(from_x, to_x, 12):
        numbers = watch.see(face(x))
    return numbers


def test_another_one_who_takes_the_seat_gets_a_number_of_their_own():
    watch = Watch()
    assert watch.see_for(3, face(500)) == [1]
    walk(watch, 500, 1100)
    watch.see_for(2)
    assert walk(watch, 1100, 500) == [2]


def test_who_was_seen_to_leave_has_left_nothing_in_the_seat():
    watch = Watch()
    watch.see_for(3, face(500))
    walk(watch, 500, 800)
    watch.see_for(2)
    assert watch.see(face(500)) == [2]


def test_whoever_sits_in_a_place_ends_its_memory():
    watch = Watch(memory_s=20)
    watch.see_for(3, face(500))
    watch.see_for(2)
    assert walk(watch, 1100, 500) == [2]
    assert watch.see_for(3, face(500)) == [2]
    watch.see_for(2)
    assert watch.see(face(500), face(540)) == [2, 3]


def test_a_face_that_only_flashed_up_leaves_no_memory():
    watch = Watch()
    watch.see(face(500))
    watch.see_for(3)
    assert watch.see(face(500)) == [2]


def test_a_number_is_never_given_twice():
    watch = Watch(memory_s=0)
    given = []
    for _ in range(5):
        given += watch.see(face(300))
        watch.pause(2)
    assert given == [1, 2, 3, 4, 5]


def test_a_doubtful_face_goes_on_where_one_is_expected_and_starts_nowhere():
    watch = Watch()
    assert watch.see_doubtfully(face(300)) == [0]
    assert watch.see(face(300)) == [1]
    assert watch.see_doubtfully(face(310), face(900)) == [1, 0]
    assert watch.see(face(900), face(310)) == [2, 1]


def test_a_doubtful_face_is_nobody_s_who_is_seen_for_sure_or_who_was_lost_long_ago():
    tracker = FaceTracker()
    both = np.concatenate([face(310), face(300)])
    for number in range(15):
        tracker.step(face(300), number / 10)
    assert tracker.step(both, 1.5, np.array([False, True])).tolist() == [0, 1]
    assert tracker.step(face(300), 3.1, np.array([False])).tolist() == [0]
    assert tracker.step(face(300), 3.2, np.array([True])).tolist() == [1]


def test_doubtful_faces_alone_carry_a_track_for_five_seconds():
    watch = Watch()
    watch.see_for(2, face(300))
    seen = [watch.see_doubtfully(face(300)) for _ in range(52)]
    assert seen[:49] == [[1]] * 49 and seen[50:] == [[0]] * 2


def test_the_same_moment_twice_is_no_motion():
    tracker = FaceTracker()
    assert [tracker.step(face(300 + x), 7.0).tolist() for x in (0, 1, 0)] == [[1], [1], [1]]
    assert tracker.step(face(310), 7.1).tolist() == [1]


@pytest.mark.parametrize("box", [[3.0, 3, 3, 3], [9.0, 9, 1, 1]])
def test_a_box_without_area_is_no_trouble(box):
    watch = Watch()
    assert watch.see(np.array([box]), face(300)) == [1, 2]
    assert watch.see(face(300)) == [2]


def test_hundreds_of_faces_keep_their_numbers_in_any_order():
    rng = np.random.default_rng(5)
    crowd = [face(150.0 * x, 150.0 * y) for x in range(20) for y in range(15)]
    watch = Watch()
    expected = np.array(watch.see(*crowd))
    for _ in range(3):
        order = rng.permutation(len(crowd))
        moved = [crowd[row] + rng.normal(0, 5) for row in order]
        assert watch.see(*moved) == expected[order].tolist()


@pytest.mark.parametrize(("faces_a_frame", "expected"), [(300, MOST_TRACKS), (1001, 1001)])
def test_what_is_remembered_is_bounded(faces_a_frame, expected):
    tracker, rng = FaceTracker(), np.random.default_rng(5)
    for number in range(1200 // faces_a_frame):
        corners = rng.uniform(0, 1e6, (faces_a_frame, 2))
        ids = tracker.step(np.concatenate([corners, corners + 50], axis=1), number / 10)
        assert len(set(ids.tolist())) == faces_a_frame
    assert len(tracker._tracks) == expected


def test_the_fastest_face_of_those_in_view():
    tracker = FaceTracker()
    assert tracker.fastest() == 0.0
    for k in range(5):
        tracker.step(np.concatenate([face(100), face(500 + 20 * k)]), 10 + k / 10)
        if k == 0:
            assert tracker.fastest() == NEW_SPEED, "of a new face nobody knows yet"
    assert tracker.fastest() == pytest.approx(2.0), "20 pixels of 100 in a tenth of a second"
    tracker.step(face(100), 10.5)
    assert tracker.fastest() == pytest.approx(0.0), "the other one left"
