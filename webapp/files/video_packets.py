"""The packets of a video, by which length and rate are known before a picture of it is decoded."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

import cv2

from webapp.vision.backends import silence_video
from webapp.vision.file_bytes import capture_of
from webapp.vision.video_facts import PLAUSIBLE_FPS, VideoFacts

UNDECODED = [cv2.CAP_PROP_FORMAT, -1]


def has_packets_beyond(file: BinaryIO, time_s: float) -> bool:
    """Return whether a packet of a video is to be shown later than so long after the first.

    Packets take no memory and little time, however large the pictures in them.
    """
    times_s = _packet_times_s(file)
    first_s = next(times_s, 0.0)
    return any(at_s - first_s > time_s for at_s in times_s)


def rated_by_packets(facts: VideoFacts, file: BinaryIO) -> VideoFacts:
    """Return the facts with the mean rate of the packets' times, where that is possible.

    A browser records at whatever rate its camera gives and writes none into the header, of which
    FFmpeg makes the ticks of the clock.
    """
    least_s, most_s, count = math.inf, -math.inf, 0
    for at_s in _packet_times_s(file):
        least_s, most_s, count = min(least_s, at_s), max(most_s, at_s), count + 1
    if not 0 < most_s - least_s < math.inf:
        return facts
    rate_fps, (least, most) = (count - 1) / (most_s - least_s), PLAUSIBLE_FPS
    if not least <= rate_fps <= most:
        return facts
    return replace(facts, rate_fps=rate_fps, is_rate_known=True, frame_count=count)


def _packet_times_s(file: BinaryIO) -> Iterator[float]:
    silence_video()
    capture = capture_of(file.fileno(), *UNDECODED)
    while capture.grab():
        yield capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
