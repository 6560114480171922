"""The packets of a video, by which its length is known before a picture of it is decoded."""

from typing import BinaryIO

import cv2

from webapp.vision.backends import silence_video
from webapp.vision.file_bytes import capture_of

UNDECODED = [cv2.CAP_PROP_FORMAT, -1]


def has_packets_beyond(file: BinaryIO, time_s: float) -> bool:
    """Return whether a packet of a video is to be shown later than so long after the first.

    Packets take no memory and little time, however large the pictures in them.
    """
    silence_video()
    capture = capture_of(file.fileno(), *UNDECODED)
    first_s = None
    while capture.grab():
        at_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        first_s = at_s if first_s is None else first_s
        if at_s - first_s > time_s:
            return True
    return False
