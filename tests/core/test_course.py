import pytest

from webapp.core.course import MOST_SPANS, Course


def course_of(*readings):
    course = Course()
    for at_s, value in readings:
        course = course.follow(at_s, value)
    return course


@pytest.mark.parametrize(
    ("readings", "until_s", "lowest"),
    [
        ([], (), ()),
        ([(0, 40)], (0,), (40,)),
        # The lowest of two seconds, so that no dip goes unseen.
        ([(0, 40), (1, 30), (2, 50), (3, 45)], (2, 3), (30, 45)),
        # What does not change, known or unknown, is one span.
        ([(0, 100), (9, 100), (10, 0)], (9, 10), (100, 0)),
        ([(0, 40), (1, None), (9, None), (10, 50)], (0, 9, 10), (40, None, 50)),
        # A clock that is set back.
        ([(0, 40), (3, 50), (1, 30)], (0, 3, 3), (40, 50, 30)),
    ],
)
def test_readings_become_spans(readings, until_s, lowest):
    course = course_of(*readings)
    assert (course.until_s, course.lowest) == (until_s, lowest)


def test_a_course_is_bounded_and_keeps_its_dips():
    readings = [(float(second), 50.0 + second % 7) for second in range(4000)]
    readings[2500] = (2500.0, 3.0)
    course = course_of(*readings)
    assert MOST_SPANS / 2 <= len(course) <= MOST_SPANS
    assert course.until_s[-1] == 3999
    assert list(course.until_s) == sorted(course.until_s)
    dip = course.lowest.index(3.0)
    assert course.until_s[dip - 1] < 2500 <= course.until_s[dip]
    assert course.lowest.count(50.0) == len(course) - 1


def test_what_is_partly_unknown_is_unknown_when_two_spans_become_one():
    known = [(2.5 * number, number % 2) for number in range(MOST_SPANS - 1)]
    course = course_of(*known, (800, None))
    assert len(course) == MOST_SPANS
    thinned = course.follow(803, 50)
    assert thinned.lowest[-2:] == (None, 50)
    assert len(thinned) == MOST_SPANS // 2 + 1


def test_a_course_needs_a_value_for_each_span():
    with pytest.raises(ValueError, match="got 0 for 1 spans"):
        Course((1.0,), ())
