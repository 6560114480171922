"""OpenCV sources: a camera by index, a file that loops, a network stream."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from webapp.core.camera_state import SourceKind
from webapp.core.errors import SourceError
from webapp.core.ports import PictureSource
from webapp.vision.backends import silence_video

OPEN_TIMEOUT_MS = 5000
READ_TIMEOUT_MS = 3000
DEFAULT_FPS = 25.0
PLAUSIBLE_FPS = (1.0, 240.0)
# How often a playing file is checked to be still there.
FILE_CHECK_INTERVAL_S = 0.5
CAMERA_INDEX = re.compile(r"[0-9]{1,4}")
URL_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def source_kind(source: str) -> SourceKind:
    """Return the kind of a source of `CAMERAS`."""
    if source == "demo":
        return SourceKind.DEMO
    if CAMERA_INDEX.fullmatch(source):
        return SourceKind.CAMERA
    return SourceKind.URL if URL_SCHEME.match(source) else SourceKind.FILE


def source_opener(source: str, demo_clip: Path) -> Callable[[], PictureSource]:
    """Return a function that opens a source of `CAMERAS`; it raises SourceError."""
    kind = source_kind(source)
    if kind == SourceKind.CAMERA:
        return lambda: DeviceSource(int(source))
    if kind == SourceKind.URL:
        return lambda: UrlSource(source)
    return lambda: LoopingFile(demo_clip if kind == SourceKind.DEMO else Path(source))


class DeviceSource:
    """A camera attached to this machine; it sets the pace itself."""

    frame_interval_s: float | None = None

    def __init__(self, index: int) -> None:
        """Open camera `index`; raises SourceError."""
        silence_video()
        self._name = f"camera {index}"
        self._capture = cv2.VideoCapture(index)
        if not self._capture.isOpened():
            raise SourceError(
                f"{self._name} cannot be opened. Check that it is plugged in, that no other "
                "program uses it and that this user may read it (group video)."
            )
        # A driver's queue would hold back old pictures.
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)

    def read(self) -> np.ndarray:
        """Return the next picture; raises SourceError when there is none."""
        return _read(self._capture, f"{self._name} stopped giving pictures.")

    def close(self) -> None:
        """Close the device."""
        self._capture.release()


class UrlSource:
    """An RTSP or HTTP stream; its errors never show its URL."""

    def __init__(self, url: str) -> None:
        """Connect within five seconds; raises SourceError."""
        silence_video()
        self._capture = cv2.VideoCapture(
            url,
            cv2.CAP_FFMPEG,
            [
                cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
                OPEN_TIMEOUT_MS,
                cv2.CAP_PROP_READ_TIMEOUT_MSEC,
                READ_TIMEOUT_MS,
            ],
        )
        if not self._capture.isOpened():
            raise SourceError(
                "the stream cannot be opened. Check address, sign-in and network of the camera."
            )
        is_recording = self._capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0
        self.frame_interval_s = _frame_interval_s(self._capture) if is_recording else None

    def read(self) -> np.ndarray:
        """Return the next picture; raises SourceError when none came in time."""
        return _read(self._capture, "the stream stopped.")

    def close(self) -> None:
        """Disconnect."""
        self._capture.release()


class LoopingFile:
    """A video file played over and over at its own pace, as if it were a camera."""

    def __init__(self, path: Path) -> None:
        """Open the file; raises SourceError."""
        if not is_unicode(str(path)):
            raise SourceError(f"{path!r}: OpenCV opens only names in Unicode. Rename it.")
        silence_video()
        self._path = path
        self._identity = self._stat()
        self._checked_at_s = time.monotonic()
        self._capture = self._open()
        self.frame_interval_s: float | None = _frame_interval_s(self._capture)
        self._has_played = False

    def read(self) -> np.ndarray:
        """Return the next picture, the first again after the last.

        Raises:
            SourceError: the file is gone, replaced, or has no readable picture.
        """
        now_s = time.monotonic()
        if now_s - self._checked_at_s >= FILE_CHECK_INTERVAL_S:
            self._checked_at_s = now_s
            if self._stat() != self._identity:
                raise SourceError(f"{self._path.name} was replaced; opening it anew.")
        is_read, image = _grab(self._capture)
        if not is_read and self._has_played:
            self._capture.release()
            self._capture = self._open()
            is_read, image = _grab(self._capture)
        if not is_read:
            raise SourceError(f"{self._path.name} has no readable picture. Use another file.")
        self._has_played = True
        return _as_bgr(image)

    def close(self) -> None:
        """Close the file."""
        self._capture.release()

    def _open(self) -> cv2.VideoCapture:
        capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        if not capture.isOpened():
            raise SourceError(f"{self._path.name} is not a video OpenCV reads. Use another file.")
        return capture

    def _stat(self) -> tuple[int, int]:
        try:
            stat = self._path.stat()
        except OSError as error:
            raise SourceError(
                f"{self._path.name} is not there ({error.strerror}). Put it back or change CAMERAS."
            ) from error
        return stat.st_dev, stat.st_ino


def _grab(capture: cv2.VideoCapture) -> tuple[bool, np.ndarray]:
    try:
        is_read, image = capture.read()
    except cv2.error:
        # A corrupt picture counts as none: the source is opened anew.
        return False, np.zeros(0, np.uint8)
    return is_read and image is not None and image.size > 0, image


def _read(capture: cv2.VideoCapture, failure: str) -> np.ndarray:
    is_read, image = _grab(capture)
    if not is_read:
        raise SourceError(f"{failure} It is opened anew by itself.")
    return _as_bgr(image)


def _as_bgr(image: np.ndarray) -> np.ndarray:
    channels = 1 if image.ndim == 2 else image.shape[2]
    if channels not in (1, 3, 4):
        raise SourceError(f"the camera gives {channels} channels; 1, 3 or 4 can be read.")
    if channels == 3:
        return image
    return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR if channels == 1 else cv2.COLOR_BGRA2BGR)


def _frame_interval_s(capture: cv2.VideoCapture) -> float:
    fps = capture.get(cv2.CAP_PROP_FPS)
    least, most = PLAUSIBLE_FPS
    return 1.0 / (fps if least <= fps <= most else DEFAULT_FPS)


def is_unicode(path: str) -> bool:
    """Return whether a path can be handed to OpenCV, which crashes on any other."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
