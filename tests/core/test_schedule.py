from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.schedule import DAYS, Schedule, format_schedule, parse_schedule

MONDAY = datetime(2026, 3, 2)


def at(day: str, clock: str) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return MONDAY + timedelta(days=DAYS.index(day), hours=hour, minutes=minute)


@pytest.mark.parametrize(
    "text", ["mon-fri 06:00-14:00; sat 22:00-06:00", "fri-mon 00:00-24:00", "mon-sun 01:00-02:00"]
)
def test_a_schedule_is_formatted_as_it_was_written(text):
    assert format_schedule(parse_schedule(text)) == text


def test_midnight_ends_a_day():
    assert format_schedule(parse_schedule("mon 06:00-00:00")) == "mon 06:00-24:00"


@pytest.mark.parametrize(
    ("text", "day", "clock", "expected"),
    [
        ("", "sun", "03:00", True),
        ("mon-fri 06:00-14:00", "mon", "06:00", True),
        ("mon-fri 06:00-14:00", "fri", "13:59", True),
        ("mon-fri 06:00-14:00", "fri", "14:00", False),
        ("mon-fri 06:00-14:00", "sat", "07:00", False),
        ("sat 22:00-06:00", "fri", "23:00", False),
        ("sat 22:00-06:00", "sat", "22:00", True),
        ("sat 22:00-06:00", "sun", "05:59", True),
        ("sat 22:00-06:00", "sun", "06:00", False),
        ("sat 22:00-06:00", "sat", "05:00", False),
        ("sun 22:00-06:00", "mon", "01:00", True),
        ("fri-mon 00:00-24:00", "sun", "23:59", True),
        ("fri-mon 00:00-24:00", "tue", "00:00", False),
        ("mon 08:00-09:00; wed 08:00-09:00", "wed", "08:30", True),
    ],
)
def test_windows(text, day, clock, expected):
    assert parse_schedule(text).is_on(at(day, clock)) is expected


@pytest.mark.parametrize(
    "text",
    [
        "monday 06:00-14:00",
        "mon 6-14",
        "mon 06:00-25:00",
        "mon 06:00-24:01",
        "mon 06:60-08:00",
        "mon 06:00-06:00",
        "mon 24:00-06:00",
        "mon",
        "mon-fri 06:00-14:00, sat",
    ],
)
def test_anything_else_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="a schedule such as `mon-fri"):
        parse_schedule(text)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(DAYS), st.sampled_from(DAYS), st.integers(0, 1439), st.integers(0, 1440)
        ).filter(lambda w: w[2] != w[3] and not (w[2] == 0 and w[3] == 0)),
        max_size=3,
    ),
    st.integers(0, 7 * 1440 - 1),
)
def test_what_is_written_is_read_back(windows, minute):
    clock = "{:02d}:{:02d}".format
    text = "; ".join(
        f"{first}-{last} {clock(*divmod(start, 60))}-{clock(*divmod(end, 60))}"
        for first, last, start, end in windows
    )
    schedule = parse_schedule(text)
    moment = MONDAY + timedelta(minutes=minute)
    again = parse_schedule(format_schedule(schedule))
    assert again.is_on(moment) == schedule.is_on(moment)
    assert Schedule().is_on(moment)
