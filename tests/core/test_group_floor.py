from collections.abc import Iterable
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.core.group_floor import HELD_S, IN_VIEW_S, SILENT_S, GroupFloor, Member

CLASSES = ("angry", "neutral")
CALM, ANGRY = np.array([0.1, 0.9]), np.array([0.9, 0.1])
STEP_S = 1.0


def person(now_s: float, *, angry: bool = False) -> Member:
    """Return somebody who rests at nothing."""
    shown = ANGRY if angry else CALM
    return Member(shown, False, shown, np.zeros(2), now_s)


class Scene:
    """Steps a floor second by second."""

    def __init__(self, least: int = 3, **times_s: float) -> None:
        self.floor = GroupFloor(least, CLASSES, ("angry",), **times_s)
        self.now_s = 0.0

    def see(self, tracks: Iterable[int], angry: Iterable[int] = (), for_s: float = STEP_S):
        """Return what is said after so long with these people in view."""
        angry = set(angry)
        for _ in range(round(for_s / STEP_S)):
            self.now_s += STEP_S
            read = {track: person(self.now_s, angry=track in angry) for track in tracks}
            figures = self.floor.step(read, self.now_s, len(read))
        return figures


def test_below_the_floor_nothing_is_said():
    few = Scene().see([1, 2], angry=[1])
    assert few.is_suppressed and few.faces is None and few.counts is None
    assert few.indicator == 0 and len(few.people) == 0
    # An empty view is told from one of which nothing is said.
    assert few.unread == 2


def test_from_the_floor_on_figures_are_of_all():
    figures = Scene().see([1, 2, 3], angry=[3])
    assert figures.counts == {"angry": 1, "neutral": 2, "uncertain": 0} and figures.faces == 3
    assert figures.indicator == pytest.approx(100 / 3)
    # How large and how sharp a face was seen would tell whose it is.
    assert np.isnan(figures.people.quality.heights_px).all()


def test_who_leaves_changes_no_figure_until_nothing_is_said():
    scene = Scene()
    before = scene.see([1, 2, 3, 4], angry=[4])
    after = scene.see([1, 2, 3], for_s=HELD_S)
    assert after.counts == before.counts and after.indicator == before.indicator
    assert scene.see([1, 2, 3], for_s=IN_VIEW_S + 2).is_suppressed
    assert scene.see([1, 2, 3], for_s=SILENT_S - 10).is_suppressed
    assert scene.see([1, 2, 3], for_s=20).counts == {"angry": 0, "neutral": 3, "uncertain": 0}


def test_who_comes_changes_no_figure_and_as_many_as_the_floor_join_at_once():
    scene = Scene()
    scene.see([1, 2, 3])
    assert scene.see([1, 2, 3, 4, 5], angry=[4, 5]).counts["angry"] == 0
    assert scene.see([1, 2, 3, 4, 5, 6], angry=[4, 5]).counts["angry"] == 2


def test_as_many_as_the_floor_leave_at_once():
    scene = Scene()
    scene.see(range(6), angry=[5])
    assert scene.see([0, 1, 2], for_s=IN_VIEW_S).faces == 6
    assert scene.see([0, 1, 2]).counts == {"angry": 0, "neutral": 3, "uncertain": 0}


def test_somebody_who_is_lost_for_a_moment_ends_nothing():
    scene = Scene()
    scene.see([1, 2, 3])
    assert scene.see([1, 2], for_s=IN_VIEW_S).faces == 3
    assert scene.see([1, 2, 3]).faces == 3
    assert scene.see([1, 2, 3], for_s=2 * HELD_S).faces == 3


def test_one_who_goes_and_another_who_comes_at_the_floor_are_never_compared():
    scene = Scene()
    assert not scene.see([1, 2, 3]).is_suppressed
    assert scene.see([1, 2], for_s=IN_VIEW_S + 1).is_suppressed
    assert scene.see([1, 2, 4], angry=[4], for_s=SILENT_S - 2).is_suppressed
    assert not scene.see([1, 2, 4], angry=[4], for_s=5).is_suppressed


def test_the_same_people_are_spoken_of_again_at_once():
    scene = Scene()
    scene.see([1, 2, 3])
    assert scene.see([1, 2], for_s=IN_VIEW_S + 1).is_suppressed
    assert not scene.see([1, 2, 3]).is_suppressed


def test_people_whose_numbers_change_are_not_taken_for_others():
    scene = Scene()
    scene.see([1, 2, 3, 4])
    # The light went out for a moment, and one left in the dark.
    assert scene.see([], for_s=IN_VIEW_S + 1).is_suppressed
    assert scene.see([5, 6, 7], for_s=SILENT_S - IN_VIEW_S - 2).is_suppressed
    assert scene.see([5, 6, 7], for_s=5).faces == 3


def test_one_person_whose_face_is_lost_and_found_again_is_no_group():
    scene = Scene()
    for track in range(1, 9):
        assert scene.see([track]).is_suppressed
    # Nor three more.
    assert scene.see([10, 11, 12], for_s=IN_VIEW_S + 1).faces == 3
    for track in range(13, 19):
        assert scene.see([10, 11, 12, track]).faces == 3


def test_a_floor_that_follows_another_one_waits_until_nobody_can_compare():
    scene = Scene(speaks_from_s=10)
    assert scene.see([1, 2, 3], for_s=9).is_suppressed
    assert scene.see([1, 2, 3]).faces == 3


def _changes(spoken: list[tuple[float, frozenset[int]]]) -> list[tuple[float, frozenset[int]]]:
    """Return the first and the last answer of each group in turn."""
    pairs = list(pairwise(spoken))
    ends = [each for a, b in pairs if a[1] != b[1] for each in (a, b)]
    return [spoken[0], *ends, spoken[-1]] if spoken else []


comings_and_goings = st.lists(
    st.tuples(st.sets(st.integers(1, 7)), st.integers(1, 40)), min_size=1, max_size=12
)


@settings(max_examples=60)
@given(comings_and_goings, st.integers(2, 4))
def test_no_two_answers_of_a_time_differ_by_fewer_than_the_floor(stretches, least):
    scene, spoken = Scene(least), []
    for tracks, lasts_s in stretches:
        for _ in range(lasts_s):
            if not scene.see(tracks).is_suppressed:
                spoken.append((scene.now_s, scene.floor.speaks_of()))
    assert all(len(group) >= least for _, group in spoken)
    for (first_s, first), (second_s, second) in combinations(_changes(spoken), 2):
        if second_s - first_s <= SILENT_S:
            left, came = len(first - second), len(second - first)
            # Who came may be who left, with another number.
            assert min(left, came) == 0 and (left == came or max(left, came) >= least)
