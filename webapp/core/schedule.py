"""When in the week a rule is on duty."""

import re
from dataclasses import dataclass
from datetime import datetime

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONG_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_MINUTES = 24 * 60
EVERY_DAY = frozenset(range(7))
GROUPS = {
    "": EVERY_DAY,
    "daily": EVERY_DAY,
    "every day": EVERY_DAY,
    "weekdays": frozenset(range(5)),
    "weekday": frozenset(range(5)),
    "weekends": frozenset({5, 6}),
    "weekend": frozenset({5, 6}),
}
ALWAYS = "always"
TO = re.compile(r"\s*(?:[-\u2010-\u2015]|\bto\b|\buntil\b)\s*")
AND = re.compile(r"\s*(?:,|&|\band\b)\s*")
TIME = re.compile(r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?\s*(?P<half>am|pm)?")
# Of two letters and more a day is known: those of Sunday and Saturday, Tuesday and Thursday differ.
LEAST_LETTERS = 2
MOST_QUOTED = 60
EXAMPLE = "a schedule such as “mon-fri 06:00-14:00; sat 22:00-06:00”"


@dataclass(frozen=True)
class Window:
    """A span on some days; one that ends before it starts runs into the next day.

    Attributes:
        days: 0 (Monday) to 6, of its start.
        start_minute: minutes after midnight, 0-1439.
        end_minute: 1-1440, excluded.
    """

    days: frozenset[int]
    start_minute: int
    end_minute: int

    def covers(self, weekday: int, minute: int) -> bool:
        """Return whether a minute of a day (0 = Monday) lies inside."""
        if self.start_minute < self.end_minute:
            return weekday in self.days and self.start_minute <= minute < self.end_minute
        evening = weekday in self.days and minute >= self.start_minute
        morning = (weekday - 1) % 7 in self.days and minute < self.end_minute
        return evening or morning


@dataclass(frozen=True)
class Schedule:
    """The windows of a week; without any it is always on."""

    windows: tuple[Window, ...] = ()

    def is_on(self, local: datetime) -> bool:
        """Return whether a local wall-clock time is inside a window."""
        minute = local.hour * 60 + local.minute
        return not self.windows or any(w.covers(local.weekday(), minute) for w in self.windows)


def parse_schedule(text: str) -> Schedule:
    """Parse `mon-fri 06:00-14:00; sat 22:00-06:00`; blank and `always` mean always.

    Days may be written out or cut to two letters, several with commas, and left out for every day;
    times without minutes, and left out for the whole day: `mo-fr 6-14`, `Monday to Friday 6am-2pm`,
    `weekend`.

    Raises:
        ValueError: says what was expected, which part came, and what is wrong with it.
    """
    if text.strip().lower() == ALWAYS:
        return Schedule()
    parts = [part.strip() for part in re.split(r"[;\n]", text) if part.strip()]
    return Schedule(tuple(window for part in parts for window in _parse_part(part)))


def format_schedule(schedule: Schedule) -> str:
    """Return the text that `parse_schedule` reads back."""
    return "; ".join(
        f"{days} {_clock(window.start_minute)}-{_clock(window.end_minute)}"
        for window in schedule.windows
        for days in _day_runs(window.days)
    )


def _day_runs(days: frozenset[int]) -> list[str]:
    """Name days in runs such as `mon-fri`; a run may go over Sunday."""
    if len(days) == len(DAYS):
        return ["mon-sun"]
    runs = []
    for first in sorted(day for day in days if (day - 1) % 7 not in days):
        last = first
        while (last + 1) % 7 in days:
            last = (last + 1) % 7
        runs.append(DAYS[first] if first == last else f"{DAYS[first]}-{DAYS[last]}")
    return runs


def _parse_part(part: str) -> list[Window]:
    """Read days and the times on them."""
    plain = " ".join(part.lower().split())
    digits = re.search(r"\d", plain)
    days, times = (plain[: digits.start()], plain[digits.start() :]) if digits else (plain, "")
    try:
        on = _parse_days(days.strip(" :,"))
        spans = [_parse_span(each) for each in AND.split(times)] if times else [(0, DAY_MINUTES)]
    except ValueError as error:
        raise ValueError(f"{EXAMPLE}, got {_quoted(part)}: {error}") from None
    return [Window(on, start, end) for start, end in spans]


def _parse_days(text: str) -> frozenset[int]:
    if text in GROUPS:
        return GROUPS[text]
    days: set[int] = set()
    for each in AND.split(text):
        if each in GROUPS and each:
            days |= GROUPS[each]
            continue
        first, *rest = [_day(name) for name in TO.split(each)]
        if len(rest) > 1:
            raise ValueError(f"{_quoted(each)} names more than a first and a last day")
        last = rest[0] if rest else first
        days |= {(first + n) % 7 for n in range((last - first) % 7 + 1)}
    return frozenset(days)


def _day(name: str) -> int:
    for day, long_name in enumerate(LONG_DAYS):
        if len(name) >= LEAST_LETTERS and long_name.startswith(name.rstrip(".")):
            return day
    raise ValueError(f"{_quoted(name)} is no day" if name else "a day is missing")


def _parse_span(text: str) -> tuple[int, int]:
    """Return start and end in minutes after midnight; an end at midnight is that of the day."""
    ends = TO.split(text)
    if len(ends) != 2 or not all(ends):
        raise ValueError(f"{_quoted(text)} is not a start and an end such as 6-14")
    start, end = _minute(ends[0]), _minute(ends[1])
    if start == DAY_MINUTES:
        raise ValueError("it starts at the end of a day; the next day starts at 0")
    if start == end:
        raise ValueError("start and end are the same")
    return start, end or DAY_MINUTES


def _minute(text: str) -> int:
    found = TIME.fullmatch(text)
    if not found:
        raise ValueError(f"{_quoted(text)} is no time of day")
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), found["half"]
    if half and not 1 <= hour <= 12:
        raise ValueError(f"{_quoted(text)} is no time of day")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if minute > 59 or hour * 60 + minute > DAY_MINUTES:
        raise ValueError(f"{_quoted(text)} is no time of day")
    return hour * 60 + minute


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _quoted(text: str) -> str:
    return f"“{text[:MOST_QUOTED]}{'…' if len(text) > MOST_QUOTED else ''}”"
