import numpy as np
import pytest

from webapp.core.crew import KEPT_S, Crew, People
from webapp.core.quality import Quality

CLASSES = ("angry", "fear", "neutral")
CALM = np.array([0.06, 0.04, 0.9])
WATCHED = ("angry", "fear")
NONE = np.zeros(0, int)
NOTHING = np.zeros((0, 3))
ONE = Quality.unknown(1)


def people(rows, rests) -> People:
    return People(
        np.array(rows, float), np.array(rests, float), CLASSES, Quality.unknown(len(rows))
    )


@pytest.mark.parametrize(
    ("row", "rest", "watched", "rise"),
    [
        ([0.1, 0.1, 0.8], [0.1, 0.1, 0.8], WATCHED, 0.0),
        ([0.0, 0.0, 1.0], [0.1, 0.1, 0.8], WATCHED, 0.0),
        ([0.4, 0.2, 0.4], [0.1, 0.1, 0.8], WATCHED, 0.5),
        ([1.0, 0.0, 0.0], [0.3, 0.1, 0.6], WATCHED, 1.0),
        ([0.4, 0.2, 0.4], [0.1, 0.1, 0.8], ("fear", "contempt"), 1 / 9),
        ([0.4, 0.2, 0.4], [0.1, 0.1, 0.8], ("contempt",), 0.0),
        ([1.0, 0.0, 0.0], [0.6, 0.4, 0.0], WATCHED, 1.0),
    ],
)
def test_a_rise_is_the_share_of_the_way_from_rest(row, rest, watched, rise):
    assert people([row], [rest]).rises(watched).tolist() == pytest.approx([rise])


def test_nobody_rises():
    assert People.nobody(CLASSES).rises(WATCHED).shape == (0,)


def test_arrays_that_do_not_belong_together_are_rejected():
    with pytest.raises(ValueError, match=r"expected two arrays of shape \(1, 3\)"):
        people([[0, 0, 1]], [[0, 0, 1], [0, 0, 1]])


def test_a_face_that_is_lost_counts_for_a_while():
    crew = Crew(CLASSES, CALM, forget_after_s=8.0)
    angry = np.array([[0.9, 0.0, 0.1]])
    crew.step(np.array([1]), angry, ONE, 0.0)
    assert crew.step(NONE, NOTHING, Quality.unknown(0), KEPT_S).rises(WATCHED)[0] > 0.8
    assert len(crew.step(NONE, NOTHING, Quality.unknown(0), KEPT_S + 0.1)) == 0


def test_who_comes_back_has_the_rest_that_was_learned():
    crew, mild = Crew(CLASSES, CALM, forget_after_s=8.0), np.array([[0.3, 0.0, 0.7]])
    for second in range(300):
        seen = crew.step(np.array([1]), mild, ONE, float(second))
    assert seen.rises(WATCHED)[0] < 0.12
    assert crew.step(np.array([1]), mild, ONE, 306.0).rises(WATCHED)[0] < 0.12
    assert crew.step(np.array([2]), mild, ONE, 306.0).rises(WATCHED)[-1] > 0.2


def test_a_grimace_moves_little_and_what_lasts_shows():
    crew = Crew(CLASSES, CALM, forget_after_s=8.0)
    calm, angry = np.array([CALM]), np.array([[0.9, 0.0, 0.1]])
    for frame in range(50):
        crew.step(np.array([1]), calm, ONE, frame / 5)
    for frame in range(51, 101):
        rise = crew.step(np.array([1]), angry, ONE, frame / 5).rises(WATCHED)[0]
        if frame == 52:
            assert rise < 0.45
    assert rise > 0.8


@pytest.mark.parametrize(("rise", "risen"), [(0.3, 0.0), (0.45, 0.5), (0.6, 1.0), (1.0, 1.0)])
def test_who_rises_a_little_does_not_count_and_who_rises_far_counts_fully(rise, risen):
    assert people([[rise, 0, 1 - rise]], [[0, 0, 0]]).risen(WATCHED)[0] == pytest.approx(risen)
