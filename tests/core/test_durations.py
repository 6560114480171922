import pytest

from webapp.core.durations import clock, duration_text, minutes_text, total_text, whole_text

HOUR_S, DAY_S = 3600, 86_400


# As in tests/js, since pages count on what the server wrote.
@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 s"),
        (0.9, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (HOUR_S - 1, "59 min"),
        (HOUR_S + 59, "1 h"),
        (HOUR_S + 60, "1 h 1 min"),
        (48 * HOUR_S - 1, "47 h 59 min"),
        (48 * HOUR_S, "2 days"),
        (72 * HOUR_S - 1, "2 days"),
    ],
)
def test_a_duration(seconds, text):
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *((0, "0 s"), (59.6, "1 min"), (2 * DAY_S - 60, "47 h 59 min")),
        *((2 * DAY_S - 0.4, "2 days 0 h"), (2 * DAY_S + 5 * HOUR_S + 1800, "2 days 5 h")),
    ],
)
def test_a_total(seconds, text):
    assert total_text(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *((1, "1 second"), (90, "90 seconds"), (60, "1 minute")),
        *((5400, "90 minutes"), (7200, "2 hours"), (DAY_S, "1 day")),
    ],
)
def test_a_whole_number_of_units(seconds, text):
    assert whole_text(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *((0, "0:00.0"), (59.94, "0:59.9"), (59.96, "1:00.0")),
        *((3599.99, "1:00:00.0"), (3725.2, "1:02:05.2")),
    ],
)
def test_a_clock(seconds, text):
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "1 minute"), (60, "1 minute"), (61, "2 minutes"), (292, "5 minutes")]
)
def test_minutes_are_rounded_up(seconds, text):
    assert minutes_text(seconds) == text
