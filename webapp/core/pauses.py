"""Why a camera is switched off, for how long, and by whom."""

from dataclasses import dataclass
from datetime import datetime

MOST_REASON_CHARACTERS = 200


@dataclass(frozen=True)
class Pause:
    """A camera that somebody switched off.

    Attributes:
        since: aware UTC.
        reason: may be "".
        until: when it ends by itself; None where somebody must end it.
        ended_at: when it ended; None while it lasts.
    """

    camera: str
    since: datetime
    author: str
    reason: str = ""
    until: datetime | None = None
    ended_at: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Return whether its time is over."""
        return self.until is not None and self.until <= now
