"""When in the week a rule is on duty."""

import re
from dataclasses import dataclass
from datetime import datetime

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
PART = re.compile(
    r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))? (?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)"
)


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
    """Parse `mon-fri 06:00-14:00; sat 22:00-06:00`; blank means always.

    Raises:
        ValueError: says what was expected and which part came.
    """
    parts = [part.strip().lower() for part in text.split(";") if part.strip()]
    return Schedule(tuple(_parse_window(part) for part in parts))


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


def _parse_window(part: str) -> Window:
    found = PART.fullmatch(part)
    try:
        if not found:
            raise ValueError
        first = DAYS.index(found["first"])
        last = DAYS.index(found["last"] or found["first"])
        start, end = _minute(found["start"]), _minute(found["end"])
        if start in (DAY_MINUTES, end):
            raise ValueError
    except ValueError:
        raise ValueError(
            f"a schedule such as `mon-fri 06:00-14:00; sat 22:00-06:00`, got {part!r}"
        ) from None
    days = frozenset((first + n) % 7 for n in range((last - first) % 7 + 1))
    return Window(days, start, end or DAY_MINUTES)


def _minute(text: str) -> int:
    hour, minute = int(text[:2]), int(text[3:])
    if minute > 59 or hour * 60 + minute > DAY_MINUTES:
        raise ValueError(text)
    return hour * 60 + minute


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
