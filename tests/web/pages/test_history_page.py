from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from webapp.web.pages.history_page import range_words, span_words, time_form
from webapp.web.pages.ranges import TimeRange

ROME = ZoneInfo("Europe/Rome")


def between(start: str, end: str) -> TimeRange:
    first, last = (datetime.fromisoformat(t).replace(tzinfo=ROME) for t in (start, end))
    return TimeRange(first.astimezone(UTC), last.astimezone(UTC))


@pytest.mark.parametrize(
    ("start", "end", "span_s", "form"),
    [
        ("2026-11-20T14:00", "2026-11-20T14:05", 10, "%H:%M:%S"),
        ("2026-11-20T14:00", "2026-11-20T22:00", 60, "%H:%M"),
        ("2026-11-20T22:00", "2026-11-21T06:00", 60, "%a %-d %b, %H:%M"),
        ("2026-10-25T00:00", "2026-10-25T06:00", 60, "%H:%M %Z"),
        ("2026-01-01T00:00", "2026-12-31T00:00", 86400, "%a %-d %b %Y"),
    ],
)
def test_times_are_as_short_as_can_be(start: str, end: str, span_s: int, form: str) -> None:
    assert time_form(between(start, end), span_s, ROME) == form


def test_ranges_and_spans_in_words() -> None:
    one_day = range_words(between("2026-11-20T14:00", "2026-11-20T22:00"), ROME)
    assert one_day == "Fri 20 Nov 2026, 14:00 to 22:00"
    night = range_words(between("2026-11-20T22:00", "2026-11-21T06:00"), ROME)
    assert night == "Fri 20 Nov 2026, 22:00 to Sat 21 Nov 2026, 06:00"
    half_past = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    twice = range_words(TimeRange(half_past, half_past + timedelta(hours=1)), ROME)
    assert twice == "Sun 25 Oct 2026, 02:30 CEST to 02:30 CET"
    assert [span_words(s) for s in (10, 60, 900, 7200, 86400)] == [
        *("10 seconds", "minute", "15 minutes", "2 hours", "day")
    ]
