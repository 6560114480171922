"""What the history page shows beside the data: where to go from here, the table's pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from webapp.core.durations import whole_text
from webapp.web.pages.history_view import SETTLING, HistoryView, Point
from webapp.web.pages.ranges import PRESETS, TimeRange

ROWS_A_PAGE = 50
PRESET_WORDS = {
    "hour": "1 hour",
    "shift": "8 hours",
    "day": "1 day",
    "week": "1 week",
    "month": "30 days",
    "year": "1 year",
}


@dataclass(frozen=True)
class Emptiness:
    """Why there is nothing to show.

    Attributes:
        kind: "new" (nothing was ever recorded), "old" (no longer kept), "ahead" (not yet) or
            "gap" (nothing in this range).
        newest: a range of the same length that ends with the newest record, None without any.
    """

    kind: str
    newest: TimeRange | None


@dataclass(frozen=True)
class Table:
    """One page of the points, as rows."""

    points: list[Point]
    page: int
    pages: int
    is_open: bool


@dataclass(frozen=True)
class Neighbours:
    """The ranges before and after the one that is shown; None when it has not begun yet."""

    earlier: TimeRange
    later: TimeRange | None


def emptiness(
    view: HistoryView, bounds: tuple[int, int] | None, now: datetime, keep_days: int
) -> Emptiness | None:
    """Return why a view is empty, or None when it is not."""
    if view.points:
        return None
    last = datetime.fromtimestamp(bounds[1], UTC) if bounds else None
    newest = TimeRange(last - view.range.length, last) if last else None
    if view.range.start >= now:
        return Emptiness("ahead", newest)
    if view.range.end <= now - timedelta(days=keep_days):
        return Emptiness("old", newest)
    return Emptiness("gap" if newest else "new", newest)


def neighbours(wanted: TimeRange, now: datetime) -> Neighbours:
    """Return what the buttons Earlier and Later lead to."""
    later = wanted.stepped(1) if wanted.end < now - SETTLING else None
    return Neighbours(wanted.stepped(-1), later)


def table_page(view: HistoryView, args: Mapping[str, str]) -> Table:
    """Return the page of the table that `page` asks for, the nearest there is."""
    wanted = args.get("page", "")
    pages = max(1, -(-len(view.points) // ROWS_A_PAGE))
    number = int(wanted[:9]) if wanted.isascii() and wanted.isdigit() else 1
    page = min(max(1, number), pages)
    first = (page - 1) * ROWS_A_PAGE
    return Table(view.points[first : first + ROWS_A_PAGE], page, pages, bool(wanted))


def time_form(wanted: TimeRange, span_s: int, zone: tzinfo) -> str:
    """Return the shortest `strftime` form that distinguishes the spans of a range."""
    start, end = wanted.start.astimezone(zone), wanted.end.astimezone(zone)
    if span_s >= PRESETS["day"].total_seconds():
        return "%a %-d %b %Y"
    day = "" if start.date() == end.date() else "%a %-d %b, "
    clock = "%H:%M" if span_s % 60 == 0 else "%H:%M:%S"
    # Where clocks are set back an hour comes twice.
    return day + clock + (" %Z" if start.utcoffset() != end.utcoffset() else "")


def range_words(wanted: TimeRange, zone: tzinfo) -> str:
    """Return a range as a reader says it: the day once when it is one.

    Where clocks are changed it says by which clock, since an hour may come twice.
    """
    start, end = wanted.start.astimezone(zone), wanted.end.astimezone(zone)
    has_seconds = bool(start.second or end.second) and wanted.length <= PRESETS["hour"]
    clock = "%H:%M:%S" if has_seconds else "%H:%M"
    clock += " %Z" if start.utcoffset() != end.utcoffset() else ""
    if start.date() == end.date():
        return f"{_day(start)}, {start.strftime(clock)} to {end.strftime(clock)}"
    return f"{_day(start)}, {start.strftime(clock)} to {_day(end)}, {end.strftime(clock)}"


def _day(local: datetime) -> str:
    return f"{local:%a} {local.day} {local:%b %Y}"


def span_words(span_s: int) -> str:
    """Return the length of a span, as `every` wants it."""
    return whole_text(span_s).removeprefix("1 ")


def forgotten_before(wanted: TimeRange, now: datetime, keep_days: int) -> datetime | None:
    """Return the time before which records are deleted, when the range begins before it."""
    limit = now - timedelta(days=keep_days)
    return limit if wanted.start < limit else None
