"""Writes the annotated video, in formats that browsers play."""

from pathlib import Path

import cv2
import numpy as np

from webapp.core.errors import OutputError
from webapp.files.video_part import PartFile
from webapp.files.video_records import VideoFrame
from webapp.vision.backends import silence_video, silenced_stderr
from webapp.vision.camera import is_unicode
from webapp.vision.safe_picture import SafePicture, drawn_frame

# OpenCV's wheel writes no H.264, and browsers do not play the MPEG-4 that it writes. VP9 is what
# they play in MP4; VP8 in WebM is encoded four times as fast.
CODECS = {".mp4": "vp09", ".webm": "VP80"}
# Smaller pictures in WebM cannot be read back.
LEAST_SIDE_PX = 16
# Players and OpenCV itself fail below a picture in some seconds: it is repeated.
LEAST_FPS = 1.0
# A hole in the times of a video is shown no longer than this, or than two intervals.
LONGEST_PAUSE_S = 5.0


class FramePacer:
    """Turns the times of frames into a constant rate: a frame is repeated or left out."""

    def __init__(self, rate_fps: float, interval_s: float) -> None:
        """Start at the first frame.

        Args:
            rate_fps: pictures a second, as written.
            interval_s: usual time between two frames.
        """
        self._rate_fps = rate_fps
        self._longest_pause_s = max(LONGEST_PAUSE_S, 2 * interval_s)
        self._playing_s, self._last_s = 0.0, 0.0
        self._written = 0

    def copies(self, time_s: float) -> int:
        """Return how often the frame of this time, never falling, is to be written."""
        self._playing_s += min(time_s - self._last_s, self._longest_pause_s)
        self._last_s = time_s
        due = round(self._playing_s * self._rate_fps) + 1
        copies = max(0, due - self._written)
        self._written += copies
        return copies


class AnnotatedVideo:
    """A copy of the video with boxes and labels; implements `video_records.VideoOutput`."""

    def __init__(self, target: Path, interval_s: float) -> None:
        """Make sure that it can be written.

        Args:
            target: ends in one of `CODECS`.
            interval_s: usual time between two frames.

        Raises:
            OutputError: it cannot be written there, or browsers would not play it.
        """
        codec = CODECS.get(target.suffix.lower())
        if codec is None:
            raise OutputError(
                f"{target}: expected a name that ends in {' or '.join(CODECS)}, for a browser."
            )
        if not is_unicode(str(target.absolute())):
            raise OutputError(f"{target}: OpenCV writes only names in Unicode. Choose another.")
        self._part, self._rate_fps = PartFile(target), max(LEAST_FPS, 1 / interval_s)
        self._fourcc = cv2.VideoWriter.fourcc(*codec)
        self._pacer = FramePacer(self._rate_fps, interval_s)
        self._writer: cv2.VideoWriter | None = None
        self._size_wh = (0, 0)
        self._written = 0

    def write(self, video_frame: VideoFrame) -> None:
        """See `VideoOutput`."""
        analysed = video_frame.analysed
        copies = self._pacer.copies(analysed.captured_at_s)
        if not copies:
            return
        picture: SafePicture = drawn_frame(analysed)
        writer = self._writer or self._open(picture.image_bgr)
        fitted = _fitted(picture.image_bgr, self._size_wh)
        for _ in range(copies):
            writer.write(fitted)
        self._written += copies

    def check_room(self) -> None:
        """See `VideoOutput`."""
        self._part.check_room()

    def finish(self) -> None:
        """See `VideoOutput`."""
        if self._writer is None:
            self.discard()
            return
        self._release()
        if not _is_playable(self._part.part, self._written):
            raise OutputError(
                f"{self._part.target} could not be written to its end. Make room on the disk or "
                "choose another place."
            )
        self._part.keep()

    def discard(self) -> None:
        """See `VideoOutput`."""
        self._release()
        self._part.discard()

    def _open(self, image: np.ndarray) -> cv2.VideoWriter:
        height, width = image.shape[:2]
        self._size_wh = _even(width), _even(height)
        silence_video()
        # OpenCV remarks, unasked, that WebM knows no codec by number.
        with silenced_stderr():
            writer = cv2.VideoWriter(
                str(self._part.part), cv2.CAP_FFMPEG, self._fourcc, self._rate_fps, self._size_wh
            )
        if not writer.isOpened():
            raise OutputError(
                f"{self._part.target}: OpenCV cannot write pictures of {width} x {height} at "
                f"{self._rate_fps:g} pictures a second."
            )
        self._writer = writer
        return writer

    def _release(self) -> None:
        if self._writer is not None:
            self._writer.release()


def _even(side_px: int) -> int:
    """Return the least side that a codec takes: colours are stored for two by two pixels."""
    return max(LEAST_SIDE_PX, side_px + side_px % 2)


def _fitted(image: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    height, width = image.shape[:2]
    if (width, height) == size_wh:
        return image
    if (_even(width), _even(height)) == size_wh and min(width, height) >= LEAST_SIDE_PX:
        right, below = size_wh[0] - width, size_wh[1] - height
        return cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REPLICATE)
    # A stream that changes its size goes on in that of its first picture.
    return cv2.resize(image, size_wh, interpolation=cv2.INTER_LINEAR)


def _is_playable(path: Path, frames: int) -> bool:
    """Return whether the last frame can be read: OpenCV does not report a write that failed."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        return capture.set(cv2.CAP_PROP_POS_FRAMES, frames - 1) and capture.read()[0]
    finally:
        capture.release()
