"""Finds JPEG pictures in what an MJPEG camera sends, whatever it writes between them."""

from collections.abc import Iterator

BEGIN, END = b"\xff\xd8\xff", b"\xff\xd9"
SCAN = 0xDA
# Markers without a length: fill bytes, TEM and restarts.
BARE = {0xFF, 0x01, *range(0xD0, 0xD8)}


class JpegStream:
    """Takes bytes as they come and gives whole pictures.

    Cameras differ in their boundaries, headers and lengths, and some of these are wrong. A JPEG
    says by itself where it ends (ITU-T T.81, annex B): its segments carry their lengths, and in
    the coded data behind them no end marker can occur. So all between two pictures is left out.
    """

    def __init__(self) -> None:
        """Start between two pictures."""
        self._buffer = bytearray()
        self._searched = 0

    @property
    def waiting_bytes(self) -> int:
        """How much of a picture has come that is not whole yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the pictures that are whole now; those cut short by the next one are left out."""
        self._buffer += data
        while self._find_beginning():
            scan_at = scan_start(self._buffer)
            if scan_at is None:
                return
            if scan_at < 0:
                self._drop(len(BEGIN))
                continue
            searched = max(scan_at, self._searched)
            end_at = self._buffer.find(END, searched)
            next_at = self._buffer.find(BEGIN, searched, end_at if end_at >= 0 else None)
            if next_at >= 0:
                self._drop(next_at)
            elif end_at < 0:
                self._searched = max(scan_at, len(self._buffer) - len(BEGIN) + 1)
                return
            else:
                picture = bytes(self._buffer[: end_at + len(END)])
                self._drop(len(picture))
                yield picture

    def _find_beginning(self) -> bool:
        at = self._buffer.find(BEGIN)
        # The marker may have come in part.
        self._drop(at if at >= 0 else max(0, len(self._buffer) - len(BEGIN) + 1))
        return at >= 0

    def _drop(self, count: int) -> None:
        if count:
            del self._buffer[:count]
            self._searched = 0


def scan_start(jpeg: bytes | bytearray) -> int | None:
    """Return where the coded data begin; None if that has not come yet, -1 in a broken picture."""
    at = len(BEGIN) - 1
    while at + 4 <= len(jpeg):
        if jpeg[at] != 0xFF:
            return -1
        marker = jpeg[at + 1]
        if marker in BARE:
            at += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(jpeg[at + 2 : at + 4])
        if length < 2:
            return -1
        at += 2 + length
        if marker == SCAN:
            return at if at <= len(jpeg) else None
    return None
