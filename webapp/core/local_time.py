"""Times as the clock on the wall shows them, and back: right where clocks are changed."""

from datetime import UTC, datetime, timedelta, tzinfo

EPOCH = datetime(1970, 1, 1)
YEARS = range(1970, 2200)


def parse_time(text: str, zone: tzinfo) -> datetime:
    """Read an ISO 8601 time or date; without an offset it is a wall-clock time of the zone.

    Returns:
        Aware UTC. Of a wall-clock time that comes twice, the first; one that clocks skip is moved
        forward by what they skip.

    Raises:
        ValueError: it is no such time, or not of the years 1970 to 2199.
    """
    # A plus sign that was not encoded arrives as a space.
    time = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    if time.year not in YEARS:
        raise ValueError(f"expected a year from {YEARS[0]} to {YEARS[-1]}, got {time.year}")
    return (time if time.tzinfo else from_wall(time, zone)).astimezone(UTC)


def from_wall(wall: datetime, zone: tzinfo) -> datetime:
    """Return the UTC time of a naive wall-clock time; see `parse_time` for those that are odd."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def wall_s_of_epoch(at_s: float, zone: tzinfo) -> int:
    """Return what the wall clock shows, as whole seconds since its own 1970."""
    wall = datetime.fromtimestamp(at_s, zone).replace(tzinfo=None)
    return (wall - EPOCH) // timedelta(seconds=1)


def epoch_s_of_wall(wall_s: int, zone: tzinfo) -> int:
    """Return the UTC epoch at which the wall clock shows so many seconds."""
    return int(from_wall(EPOCH + timedelta(seconds=wall_s), zone).timestamp())
