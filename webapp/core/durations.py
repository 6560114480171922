"""Lengths of time in words and digits."""

import math

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
WORDS = ((DAY_S, "day"), (HOUR_S, "hour"), (MINUTE_S, "minute"), (1, "second"))


def duration_text(seconds: float) -> str:
    """Return a length of time in the units that matter, such as 2 h 5 min; pages count it on."""
    whole = max(0, int(seconds))
    if whole < MINUTE_S:
        return f"{whole} s"
    hours, minutes = divmod(whole // MINUTE_S, 60)
    if not hours:
        return f"{minutes} min"
    if whole >= 2 * DAY_S:
        return f"{whole // DAY_S} days"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def total_text(seconds: float) -> str:
    """Return a length of time that is over, rounded; days are shown with their hours."""
    days, rest_s = divmod(round(seconds), DAY_S)
    return f"{days} days {rest_s // HOUR_S} h" if days >= 2 else duration_text(round(seconds))


def whole_text(seconds: int) -> str:
    """Return a length of time in the largest unit that divides it, such as 90 seconds, 1 hour."""
    unit_s, unit = next((n, word) for n, word in WORDS if seconds % n == 0)
    count = seconds // unit_s
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def minutes_text(seconds: float) -> str:
    """Return a length of time in minutes, rounded up, such as 1 minute."""
    return whole_text(max(1, math.ceil(seconds / MINUTE_S)) * MINUTE_S)


def clock(seconds: float) -> str:
    """Return a time of a video such as 1:02:03.4 or 2:03.4."""
    tenths = round(seconds * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{head}:{tenths // 10:02d}.{tenths % 10}"
