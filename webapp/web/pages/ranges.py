"""Which stretch of time a reader asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from werkzeug.exceptions import BadRequest

from webapp.core.local_time import parse_time
from webapp.core.utc import iso_utc

PRESETS = {
    "hour": timedelta(hours=1),
    "shift": timedelta(hours=8),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}
DEFAULT = "hour"


@dataclass(frozen=True)
class TimeRange:
    """From a time to a later one, aware UTC; `preset` is the one of `PRESETS` it came from."""

    start: datetime
    end: datetime
    preset: str = ""

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start

    def stepped(self, steps: int) -> "TimeRange":
        """Return the range so many of its own lengths later."""
        return TimeRange(self.start + steps * self.length, self.end + steps * self.length)

    def as_query(self) -> dict[str, str]:
        """Return the parameters that ask for exactly this range."""
        return {"from": utc_iso(self.start), "to": utc_iso(self.end)}


def requested_range(
    args: Mapping[str, str], zone: tzinfo, now: datetime, default: str = DEFAULT
) -> TimeRange:
    """Read `from` and `to`, else the preset of `range`, which ends now.

    Args:
        args: query parameters.
        zone: of times without an offset.
        default: preset when nothing is asked for; its length is used when `from` is missing.

    Raises:
        BadRequest: says which parameter is wrong and what it accepts.
    """
    now = now.replace(microsecond=0)
    preset = args.get("range") or default
    if preset not in PRESETS:
        raise BadRequest(f"range: expected one of {', '.join(PRESETS)}, got {preset!r}.")
    start, end = _time(args, "from", zone), _time(args, "to", zone)
    if start is None and end is None:
        return TimeRange(now - PRESETS[preset], now, preset)
    end = end or now
    start = start or end - PRESETS[preset]
    if start >= end:
        raise BadRequest("from: expected a time before `to`, which without a value is now.")
    return TimeRange(start, end)


def utc_iso(time: datetime) -> str:
    """Return a time as ISO 8601 in UTC, whose Z needs no escaping in an address."""
    return iso_utc(time).replace("+00:00", "Z")


def _time(args: Mapping[str, str], name: str, zone: tzinfo) -> datetime | None:
    text = args.get(name)
    if not text:
        return None
    try:
        return parse_time(text, zone)
    except (ValueError, OverflowError):
        raise BadRequest(
            f"{name}: expected an ISO 8601 time such as 2026-11-20T14:00 (in {zone}) or "
            f"2026-11-20T14:00:00Z, got {text[:40]!r}."
        ) from None
