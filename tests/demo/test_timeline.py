"""The committed timeline keeps to the rules that tests and alerts rely on."""

import pytest

from webapp.demo.timeline import (
    LONGEST_S,
    Person,
    Shown,
    Timeline,
    longest_scene,
    read_timeline,
)

ALERTING = {"angry", "fear"}
STEP_S = 0.1


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    return read_timeline()


def seconds_when(timeline: Timeline, holds) -> list[float]:
    times = [index * STEP_S for index in range(round(timeline.duration_s / STEP_S))]
    return [time_s for time_s in times if holds(timeline.truth_at(time_s))]


def angry(truth: dict[str, str | None]) -> int:
    return sum(expression == "angry" for expression in truth.values())


def test_at_least_four_people_in_at_most_75_seconds(timeline):
    assert len(timeline.people) >= 4
    assert timeline.duration_s <= LONGEST_S
    assert timeline.rate_fps >= 15


def test_begins_with_a_calm_stretch(timeline):
    uneasy = seconds_when(timeline, lambda truth: ALERTING & set(truth.values()))
    assert uneasy[0] >= 15


def test_one_alone_is_angry_for_five_seconds(timeline):
    alone = seconds_when(timeline, lambda truth: angry(truth) == 1)
    assert len(alone) * STEP_S == pytest.approx(5, abs=0.2)
    assert alone[-1] - alone[0] == pytest.approx(5, abs=0.2)


def test_a_gap_parts_the_one_from_the_two(timeline):
    alone = seconds_when(timeline, lambda truth: angry(truth) == 1)
    both = seconds_when(timeline, lambda truth: angry(truth) == 2)
    assert both[0] - alone[-1] >= 5


def test_two_of_four_are_angry_for_thirty_seconds(timeline):
    both = seconds_when(timeline, lambda truth: angry(truth) == 2)
    assert len(both) * STEP_S == pytest.approx(30, abs=0.2)
    assert both[-1] - both[0] == pytest.approx(30, abs=0.2)


def test_ends_calm(timeline):
    uneasy = seconds_when(timeline, lambda truth: ALERTING & set(truth.values()))
    assert timeline.duration_s - uneasy[-1] >= 8


def test_the_truth_loops_and_is_unknown_during_a_morph(timeline):
    assert timeline.truth_at(timeline.duration_s + 2) == timeline.truth_at(2)
    first = timeline.people[0]
    morph_s = (first.shows[0].until_s + first.shows[1].from_s) / 2
    assert timeline.truth_at(morph_s)[first.name] is None


def test_a_morph_goes_from_one_expression_to_the_next():
    person = Person(
        "Ada", (0, 0), 10, (Shown("sad", 0, 1), Shown("happy", 2, 3), Shown("sad", 4, 5))
    )
    assert person.mix_at(0.5) == ("sad", "sad", 0)
    assert person.mix_at(1.25) == ("sad", "happy", 0.25)
    assert person.mix_at(2.0) == ("happy", "happy", 0)


@pytest.mark.parametrize(
    "shows",
    [
        (Shown("sad", 1, 5), Shown("sad", 6, 7)),
        (Shown("sad", 0, 5), Shown("happy", 6, 7)),
        (Shown("sad", 0, 5), Shown("sad", 5, 7)),
    ],
    ids=["late start", "jump at the loop", "no morph"],
)
def test_refuses_a_person_that_does_not_loop(shows):
    with pytest.raises(ValueError, match="Ada"):
        Person("Ada", (0, 0), 10, shows)


def test_refuses_an_expression_without_time():
    with pytest.raises(ValueError, match="from_s"):
        Shown("sad", 2, 2)


def test_refuses_too_long_a_clip():
    person = Person("Ada", (0, 0), 10, (Shown("sad", 0, 80),))
    with pytest.raises(ValueError, match="at most"):
        Timeline(80, 15, (960, 540), (person,))


def test_the_longest_scene_is_the_anger_of_two(timeline):
    scene = longest_scene(timeline, ALERTING)
    assert (scene.from_s, scene.until_s, scene.expression, scene.people) == (31, 61, "angry", 2)
    assert (scene.loop_s, scene.in_view) == (timeline.duration_s, 4)
    assert longest_scene(timeline, ()) is None
