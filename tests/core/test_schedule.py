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
    ("text", "meant"),
    [
        ("always", ""),
        ("mo-fr 6-14", "mon-fri 06:00-14:00"),
        ("Monday to Friday 6:30 until 14", "mon-fri 06:30-14:00"),
        ("MON \N{EN DASH} Wed. 6am\N{EN DASH}2pm", "mon-wed 06:00-14:00"),
        ("tues, thurs and su: 22.15-6", "tue 22:15-06:00; thu 22:15-06:00; sun 22:15-06:00"),
        ("weekdays 12am-12pm", "mon-fri 00:00-12:00"),
        ("weekend", "sat-sun 00:00-24:00"),
        ("fri, weekend 6-7", "fri-sun 06:00-07:00"),
        ("6-8, 18-20", "mon-sun 06:00-08:00; mon-sun 18:00-20:00"),
        ("daily 6-0\nsa", "mon-sun 06:00-24:00; sat 00:00-24:00"),
    ],
)
def test_what_people_write_is_understood(text, meant):
    assert format_schedule(parse_schedule(text)) == meant


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("mox 6-14", "“mox” is no day"),
        ("m 6-14", "“m” is no day"),
        ("mon-wed-fri 6-14", "more than a first and a last day"),
        ("mon- 6-14", "a day is missing"),
        ("mon-fri 06:00-14:00, sat", "“sat” is not a start and an end"),
        ("mon 06:00-25:00", "“25:00” is no time of day"),
        ("mon 06:00-24:01", "“24:01” is no time of day"),
        ("mon 06:60-08:00", "“06:60” is no time of day"),
        ("mon 13pm-14", "“13pm” is no time of day"),
        ("mon 6", "“6” is not a start and an end"),
        ("mon 6-", "is not a start and an end"),
        ("mon 06:00-06:00", "start and end are the same"),
        ("mon 24:00-06:00", "it starts at the end of a day"),
        ("never", "“never” is no day"),
    ],
)
def test_anything_else_is_refused_with_an_example_and_a_reason(text, reason):
    with pytest.raises(ValueError, match="a schedule such as “mon-fri") as caught:
        parse_schedule(f"sat 6-7; {text}")
    assert reason in str(caught.value)


def test_a_long_text_is_not_repeated():
    with pytest.raises(ValueError, match="…” is no day") as caught:
        parse_schedule("mon " * 10_000)
    assert len(str(caught.value)) < 300


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
