"""Moments in UTC, spelt in one way."""

from datetime import UTC, datetime


def iso_utc(moment: datetime) -> str:
    """Return an aware time as ISO 8601 in UTC, with the offset `+00:00`.

    Raises:
        ValueError: it has no offset, so nobody knows which moment it means.
    """
    if moment.tzinfo is None:
        raise ValueError(f"expected an aware time, got {moment.isoformat()} without an offset")
    return moment.astimezone(UTC).isoformat()


def from_epoch_s(epoch_s: float) -> datetime:
    """Return the aware time of so many seconds after the epoch."""
    return datetime.fromtimestamp(epoch_s, UTC)
