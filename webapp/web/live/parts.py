"""The newest picture of each camera, wrapped once for all who watch it."""

import threading
from collections import Counter

from webapp.core.picture_quality import PictureQuality

BOUNDARY = b"frame"
DELIMITER = b"--" + BOUNDARY + b"\r\n"


# A camera, and how its pictures are encoded.
Shown = tuple[str, PictureQuality]


class Parts:
    """Makes a part of each picture once, and keeps none of a camera that nobody watches."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._viewers: Counter[Shown] = Counter()
        # The newest picture and its part.
        self._newest: dict[Shown, tuple[bytes, bytes]] = {}

    def enter(self, shown: Shown) -> None:
        """Count one more viewer."""
        with self._lock:
            self._viewers[shown] += 1

    def leave(self, shown: Shown) -> None:
        """Count one viewer less; the last one's picture is forgotten."""
        with self._lock:
            self._viewers[shown] -= 1
            if not self._viewers[shown]:
                self._newest.pop(shown, None)

    def part_of(self, shown: Shown, jpeg: bytes) -> bytes:
        """Return a picture as a part of a multipart answer.

        Each part ends with the next one's delimiter: browsers show a picture only once they have
        seen where it ends, which would otherwise be one picture late.
        """
        known, part = self._newest.get(shown, (b"", b""))
        if known is not jpeg:
            head = b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg)
            part = b"".join((head, jpeg, b"\r\n", DELIMITER))
            self._newest[shown] = jpeg, part
        return part
