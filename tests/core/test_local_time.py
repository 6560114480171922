from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from webapp.core.local_time import epoch_s_of_wall, from_wall, parse_time, wall_s_of_epoch

ROME = ZoneInfo("Europe/Rome")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02T10:00", "2026-03-02T09:00"),
        ("2026-03-02 10:00", "2026-03-02T09:00"),
        ("2026-03-02", "2026-03-01T23:00"),
        ("2026-03-02T10:00Z", "2026-03-02T10:00"),
        ("2026-03-02T10:00+02:00", "2026-03-02T08:00"),
        # A plus sign that was not encoded.
        ("2026-03-02T10:00 02:00", "2026-03-02T08:00"),
        # Half past two comes twice, and not at all.
        ("2026-10-25T02:30", "2026-10-25T00:30"),
        ("2026-03-29T02:30", "2026-03-29T01:30"),
        ("1970-01-01T00:00Z", "1970-01-01T00:00"),
        ("2199-12-31T23:00Z", "2199-12-31T23:00"),
    ],
)
def test_times_are_read_by_the_clock_of_the_zone(text, expected):
    time = parse_time(text, ROME)
    assert (time, time.tzinfo) == (datetime.fromisoformat(f"{expected}Z"), UTC)


@pytest.mark.parametrize("text", ["1969-12-31T23:59Z", "2200-01-01T00:00Z"])
def test_other_years_are_rejected(text):
    with pytest.raises(ValueError, match="a year from 1970 to 2199, got"):
        parse_time(text, ROME)


def test_of_a_time_that_comes_twice_the_first_counts():
    wall = datetime(2026, 10, 25, 2, 30, fold=1)
    assert from_wall(wall, ROME) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("epoch_s", "zone", "wall_s"),
    [(0, UTC, 0), (0, ROME, 3600), (1_772_442_000, ROME, 1_772_445_600)],
)
def test_the_wall_clock_counts_seconds_from_its_own_1970(epoch_s, zone, wall_s):
    assert wall_s_of_epoch(epoch_s + 0.9, zone) == wall_s
    assert epoch_s_of_wall(wall_s, zone) == epoch_s
