"""What one participant of a room may send: decided by picture, with no clock of its own."""

from dataclasses import dataclass

from webapp.core.picture_header import picture_size_wh

MOST_PICTURE_BYTES = 200_000
MOST_PIXELS = 1280 * 720
MOST_PER_S, MOST_BYTES_PER_S = 12.0, 1_000_000.0
# A line that stalls delivers several at once.
BURST_S = 2.0


@dataclass(frozen=True)
class Judged:
    """What becomes of a picture.

    Attributes:
        size_wh: in pixels; None where it is dropped.
        fault: why it is dropped; "" where it is taken.
    """

    size_wh: tuple[int, int] | None = None
    fault: str = ""


class ParticipantLimits:
    """Judges the pictures of one participant."""

    def __init__(self, now_s: float) -> None:
        """Begin with a full allowance at a monotonic time."""
        self._pictures, self._bytes = BURST_S * MOST_PER_S, BURST_S * MOST_BYTES_PER_S
        self._at_s = now_s

    def judge(self, picture: bytes, now_s: float) -> Judged:
        """Return whether a picture is taken."""
        self._refill(now_s)
        if len(picture) > MOST_PICTURE_BYTES:
            return _dropped(f"it has {len(picture)} bytes, {MOST_PICTURE_BYTES} at most are taken")
        if self._pictures < 1 or self._bytes < len(picture):
            return _dropped("too much came at once; send fewer or smaller pictures")
        self._pictures -= 1
        self._bytes -= len(picture)
        size_wh = picture_size_wh(picture)
        if size_wh is None:
            return _dropped("expected a JPEG or WebP, got something else")
        if not 0 < size_wh[0] * size_wh[1] <= MOST_PIXELS:
            return _dropped(f"expected at most 1280 x 720 pixels, got {size_wh[0]} x {size_wh[1]}")
        return Judged(size_wh)

    def _refill(self, now_s: float) -> None:
        elapsed_s, self._at_s = max(0.0, now_s - self._at_s), now_s
        self._pictures = min(BURST_S * MOST_PER_S, self._pictures + elapsed_s * MOST_PER_S)
        most_bytes = BURST_S * MOST_BYTES_PER_S
        self._bytes = min(most_bytes, self._bytes + elapsed_s * MOST_BYTES_PER_S)


def _dropped(why: str) -> Judged:
    return Judged(fault=f"The picture was dropped: {why}.")
