"""Shares of a count, and how far a small count can be trusted."""

import math

Z_95 = 1.96


def wilson_interval(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927).

    Args:
        share: that was counted, 0-1.
        n: of how many; at least 1.
    """
    centre = (share + Z_95**2 / (2 * n)) / (1 + Z_95**2 / n)
    half = Z_95 / (1 + Z_95**2 / n) * math.sqrt(share * (1 - share) / n + Z_95**2 / (4 * n**2))
    return centre - half, centre + half
