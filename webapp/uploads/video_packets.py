"""What a video is before anything of it is decoded."""

from pathlib import Path

import cv2

UNDECODED = [cv2.CAP_PROP_FORMAT, -1]


class VideoPackets:
    """The packets of a video, which take no memory and little time, however large its pictures."""

    def __init__(self, path: Path) -> None:
        """Open a file; what cannot be opened has no packet."""
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, UNDECODED)

    def go_beyond(self, time_s: float) -> bool:
        """Return whether a packet is written to be shown later than so long after the first."""
        first_s = None
        while self._capture.grab():
            at_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            first_s = at_s if first_s is None else first_s
            if at_s - first_s > time_s:
                return True
        return False

    def close(self) -> None:
        """Close the file."""
        self._capture.release()
