"""Opens what a video is read from: a file with its own time, or a camera or stream that runs."""

import os
import stat
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO, Protocol, Self
from urllib.parse import urlsplit

import cv2
import numpy as np

from webapp.core.errors import SourceError, TooLargeError
from webapp.core.frame import Frame
from webapp.core.ports import PictureSource
from webapp.core.sources import source_kind
from webapp.files.video_packets import rated_by_packets
from webapp.vision.backends import silence_video
from webapp.vision.camera import source_opener
from webapp.vision.file_bytes import capture_of
from webapp.vision.video_facts import SOUND, VideoFacts, facts_of, squared_size

# A camera that reports no rate of its own is written at this many pictures a second.
LIVE_FPS = 15.0
# Between two pictures; a longer time is a slip of the file, and would upset every sum.
LONGEST_STEP_S = 86_400.0
# What a header may promise beyond the last picture without being called wrong.
MISSING_SHARE, MISSING_S = 0.05, 1.0
# Or, of however short a video, of its frames and of its time.
MUCH_MISSING_SHARE = 0.25
# Every container of videos has other bytes than text in its beginning.
BEGINNING_BYTES = 4096
TEXT = frozenset(range(0x20, 0x100)) - {0x7F} | set(b"\t\n\r\f\x1b")
# But for this one, whose pictures are bare bytes behind a line of text.
Y4M = b"YUV4MPEG2 "
# Start codes of H.264, H.265 and MPEG, and of a JPEG, without a container around them.
BARE = (b"\0\0\0\1", b"\0\0\1", b"\xff\xd8\xff")
# Of these, sequences of MPEG-1 and 2, which say their rate, and the packs of DVDs.
RATED_BARE = (b"\0\0\1\xb3", b"\0\0\1\xba")
# Called with the time of every picture, analysed or not; returns whether to end.
Until = Callable[[float], bool]


def never(_: float) -> bool:
    """Go on to the end; an `Until`."""
    return False


class VideoSource(Protocol):
    """An opened video.

    Attributes:
        name: for messages and records, without credentials.
        rate_fps: pictures a second, as far as known before reading.
        frame_count: how many pictures to expect; None where that is not known.
        complaint: why it ended early, "" while all is well.
        remark: what a user should know before its results are believed, or "".
        ended_s: until when the last picture so far is shown, analysed or not.
    """

    name: str
    rate_fps: float
    frame_count: int | None
    complaint: str
    remark: str
    ended_s: float

    def frames(self, every: int, until: Until = never) -> Iterator[Frame]:
        """Yield every n-th picture, numbered from 0, its time counted in seconds from the first.

        Args:
            until: ends it, without a complaint, before the picture of that time.

        Raises:
            SourceError: there is no picture at all.
        """
        ...

    def close(self) -> None:
        """Close file or device."""
        ...


def open_video(
    source: str,
    demo_clip: Path,
    open_file: Callable[[Path], VideoSource],
    max_pixels: int | None = None,
) -> VideoSource:
    """Open a file, a camera by index, a URL or `demo`.

    Args:
        open_file: opens a file that is not ours; its errors go through.
        max_pixels: most width times height of a camera's or stream's pictures; None: any.

    Raises:
        SourceError: there is no such camera or stream, or it gives no picture.
    """
    kind = source_kind(source)
    if kind == "demo":
        return VideoFile.at(demo_clip, "demo")
    if kind == "file":
        return open_file(Path(source))
    name = f"camera {source}" if kind == "camera" else without_credentials(source)
    return LiveVideo(source_opener(source, demo_clip, max_pixels)(), name)


class VideoFile:
    """A file read once, as fast as it can be, by the times that are written in it.

    Attributes:
        remark: what a user should know of it before its results are believed, or "".
    """

    def __init__(self, file: BinaryIO, name: str, max_pixels: int | None = None) -> None:
        """Take over an open file, which `close` closes.

        Args:
            name: begins every error.
            max_pixels: most width times height; see `check_pixels`.

        Raises:
            SourceError: it is no video.
            TooLargeError: see `check_pixels`.
        """
        self.name, self.complaint = name, ""
        self._file, self._max_pixels = file, max_pixels
        _check_beginning(file, name)
        silence_video()
        self._capture = capture_of(file.fileno())
        if not self._capture.isOpened():
            raise SourceError(
                f"{self.name} holds no picture that OpenCV can read: it is not a video, has only "
                "sound, or was cut off before its index. Copy it again or convert it to MP4."
            )
        self.ended_s = 0.0
        self._facts = facts = facts_of(self._capture)
        if facts.is_cover:
            raise SourceError(f"{self.name} is {SOUND}. Name a video file.")
        if not facts.is_rate_known:
            self._facts = facts = rated_by_packets(facts, file)
        self.rate_fps, self.frame_count = facts.rate_fps, facts.frame_count
        self.remark = _rate_remark(name, file, facts)
        if max_pixels is not None:
            check_pixels(self.name, facts.size_wh, max_pixels)

    @classmethod
    def at(cls, path: Path, name: str = "", max_pixels: int | None = None) -> Self:
        """Open the file of a path.

        Args:
            name: shown instead of the path.

        Raises:
            SourceError: it is not there, may not be read, or is no video.
            TooLargeError: see `check_pixels`.
        """
        file = open_video_file(path, name or str(path))
        try:
            return cls(file, name or str(path), max_pixels)
        except BaseException:
            file.close()
            raise

    def frames(self, every: int = 1, until: Until = never) -> Iterator[Frame]:
        """Yield every n-th picture; see `VideoSource.frames`.

        Raises:
            TooLargeError: one is larger than allowed, whatever the header said.
        """
        clock = FileClock(self._capture, self._facts)
        number, is_any = 0, False
        while self._advance():
            time_s = clock.step()
            if until(time_s):
                return
            self.ended_s = time_s + 1 / self.rate_fps
            if number % every == 0 and (image := self._retrieve()) is not None:
                is_any = True
                yield Frame(image, time_s, number)
            number += 1
        if not is_any:
            raise SourceError(f"{self.name} has no readable picture. Use another file.")
        self.complaint = self._missing(number)

    def close(self) -> None:
        """Close the file; nothing can be read any more."""
        del self._capture
        self._file.close()

    def _advance(self) -> bool:
        try:
            return self._capture.grab()
        except cv2.error:
            return False

    def _retrieve(self) -> np.ndarray | None:
        try:
            is_read, image = self._capture.retrieve()
        except cv2.error:
            # One picture that cannot be converted is left out; the next may be well.
            return None
        if not is_read or image is None or not image.size:
            return None
        if self._max_pixels is not None:
            size_wh = squared_size(image.shape[1::-1], self._facts.pixel_aspect)
            check_pixels(self.name, size_wh, self._max_pixels)
        return self._facts.squared(image)

    def _missing(self, frames: int) -> str:
        """Return the complaint about a file that gave less than its header promised.

        Both must lack: a file of a varying rate has fewer pictures, or less time, than computed.
        """
        promised = self.frame_count or 0
        promised_s, ended_s = promised / self.rate_fps, self.ended_s
        lacks_frames = frames < (1 - MISSING_SHARE) * promised
        most_s = min(max(MISSING_S, MISSING_SHARE * promised_s), MUCH_MISSING_SHARE * promised_s)
        lacks_time = ended_s < promised_s - most_s
        if not (lacks_frames and lacks_time):
            return ""
        return (
            f"{self.name} ended after {frames} pictures, {ended_s:.1f} s, but its header promises "
            f"{promised}, {promised_s:.1f} s: it is cut off, damaged, or the header is wrong."
        )


class LiveVideo:
    """A camera or stream: its time is that of the clock, or of the recording it plays."""

    frame_count: int | None = None
    remark = ""

    def __init__(self, source: PictureSource, name: str) -> None:
        """Take over an opened source."""
        self.name, self.complaint, self.ended_s = name, "", 0.0
        self._source = source
        self._interval_s = source.frame_interval_s
        self.rate_fps = 1 / self._interval_s if self._interval_s else LIVE_FPS

    def frames(self, every: int = 1, until: Until = never) -> Iterator[Frame]:
        """Yield every n-th picture until the source stops; see `VideoSource.frames`."""
        started_at_s = time.monotonic()
        for number in count():
            try:
                image = self._source.read()
            except SourceError as error:
                if not number:
                    raise SourceError(
                        f"{self.name} gives no picture. Check that it is connected and sends one."
                    ) from error
                if not self._interval_s:
                    self.complaint = f"{self.name} stopped giving pictures."
                return
            time_s = time.monotonic() - started_at_s if number else 0.0
            if self._interval_s:
                time_s = number * self._interval_s
            if until(time_s):
                return
            self.ended_s = time_s + 1 / self.rate_fps
            if number % every == 0:
                yield Frame(image, time_s, number)

    def close(self) -> None:
        """Disconnect."""
        self._source.close()


class FileClock:
    """The time of each picture, by the file where its times grow, else by its rate."""

    def __init__(self, capture: cv2.VideoCapture, facts: VideoFacts) -> None:
        """Start before the first picture of `capture`."""
        self._capture, self._interval_s = capture, 1 / facts.rate_fps
        self._least_step_s = facts.least_step_s
        self._first_s: float | None = None
        self.time_s = 0.0

    def step(self) -> float:
        """Return the time of the picture grabbed last, in seconds from the first; never falling."""
        written_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        if self._first_s is None:
            self._first_s = written_s
            return 0.0
        step_s = written_s - self._first_s - self.time_s
        is_believed = step_s > self._least_step_s and step_s < LONGEST_STEP_S
        self.time_s += step_s if is_believed else self._interval_s
        return self.time_s


def check_pixels(name: str, size_wh: tuple[int, int], max_pixels: int) -> None:
    """Reject a video by the size in its header, before any of its pictures is decoded.

    Args:
        name: begins the error.

    Raises:
        TooLargeError: its pictures have more pixels than allowed.
    """
    width, height = size_wh
    if width * height > max_pixels:
        raise TooLargeError(
            f"{name} has pictures of {width:,} by {height:,} pixels; at most {max_pixels:,} are "
            "decoded. Shrink it, or have MAX_PIXELS raised."
        )


def open_video_file(path: Path, name: str) -> BinaryIO:
    """Open what may be a video, without a look at what is in it.

    Args:
        name: begins the error.

    Raises:
        SourceError: it is not there, may not be read, or is no file.
    """
    try:
        # Asked first: the opening of a pipe may never end.
        if not stat.S_ISREG(path.stat().st_mode):
            raise SourceError(f"{name} is not a file. Name a video file.")
        return path.open("rb", buffering=0)
    except OSError as error:
        raise SourceError(
            f"{name} cannot be read ({error.strerror}). Check its name and who may read it."
        ) from error


def _rate_remark(name: str, file: BinaryIO, facts: VideoFacts) -> str:
    """Return what is to be said of a rate that nothing in the file says, "" of any other."""
    beginning = os.pread(file.fileno(), len(RATED_BARE[0]), 0)
    is_bare = beginning.startswith(BARE) and beginning not in RATED_BARE
    if facts.is_rate_known and not is_bare:
        return ""
    why = "holds bare pictures without times" if is_bare else "gives an impossible rate"
    return (
        f"{name} {why}: {facts.rate_fps:g} a second are taken, so times may be wrong. "
        "Put it into a container such as MP4 with its true rate."
    )


def _check_beginning(file: BinaryIO, name: str) -> None:
    beginning = os.pread(file.fileno(), BEGINNING_BYTES, 0)
    if not beginning:
        raise SourceError(f"{name} is empty (0 bytes). Copy it again.")
    # FFmpeg draws text as if on a screen, and opens what a playlist names.
    if TEXT.issuperset(beginning) and not beginning.startswith(Y4M):
        raise SourceError(f"{name} is text, not a video. Name a video file.")


def without_credentials(url: str) -> str:
    """Return the part of a URL that may be shown; raises SourceError where it is no URL."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise SourceError(f"the address of the stream is not a URL ({error}).") from error
    host = parts.netloc.rpartition("@")[2]
    # Queries may carry keys.
    return f"{parts.scheme}://{host}{parts.path}"
