"""OpenCV sources: a camera of this machine, a file that loops, a network stream."""

import logging
import socket
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np

from webapp.core.camera_state import SourceKind
from webapp.core.errors import SourceError
from webapp.core.ports import PictureSource
from webapp.core.sources import Device, parse_device, source_kind
from webapp.vision.backends import check_certificates, silence_video
from webapp.vision.http_camera import HttpCameraOpener
from webapp.vision.picture_size import check_size
from webapp.vision.rtsp_probe import rtsp_fault
from webapp.vision.stream_faults import CODEC, INSECURE_HTTPS, OTHER
from webapp.vision.video_facts import SOUND, VideoFacts, facts_of

logger = logging.getLogger(__name__)
SIZE_WH = (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
OPEN_TIMEOUT_MS = 5000
READ_TIMEOUT_MS = 3000
STOPPED = "the stream stopped."
# More threads would hold every picture back until they have their next one, and cost many cameras
# one in ten of their readings.
ONE_THREAD = (cv2.CAP_PROP_N_THREADS, 1)
STREAM_OPTIONS = [
    *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT_MS),
    *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_TIMEOUT_MS),
    *ONE_THREAD,
]
HTTP_SCHEMES = ("http", "https", INSECURE_HTTPS)
# How often a playing file is checked to be still there.
FILE_CHECK_INTERVAL_S = 0.5
# Certificates are checked or not in the whole process: of streams over https one opens after the
# other, or one would be opened as another wants it.
_one_https_opens = threading.Lock()


def source_opener(
    source: str, demo_clip: Path, max_pixels: int | None = None
) -> Callable[[], PictureSource]:
    """Return a function that opens a source of `CAMERAS`; it raises SourceError.

    Args:
        max_pixels: most width times height of its pictures; None: any.
    """
    kind = source_kind(source)
    if kind == SourceKind.CAMERA:
        return lambda: DeviceSource(_device(source), max_pixels)
    if kind == SourceKind.URL:
        return _url_opener(source, max_pixels)
    path = demo_clip if kind == SourceKind.DEMO else Path(source)
    return lambda: _recording(path, max_pixels)


def _url_opener(url: str, max_pixels: int | None) -> Callable[[], PictureSource]:
    def open_video() -> PictureSource:
        return UrlSource(url, max_pixels)

    is_http = urlsplit(url).scheme.lower() in HTTP_SCHEMES
    return HttpCameraOpener(url, max_pixels, open_video) if is_http else open_video


def _device(source: str) -> Device:
    try:
        return parse_device(source)
    except ValueError as error:
        raise SourceError(f"expected {error}.") from error


def _recording(path: Path, max_pixels: int | None) -> PictureSource:
    # What gives live pictures under the name of a file would need no purpose.
    if path.is_char_device() or path.is_fifo():
        raise SourceError(
            f"{path.name} is no recording: it leads to a device or a pipe. Name a camera by its "
            "number or its path below /dev/, such as /dev/v4l/by-id/…"
        )
    return LoopingFile(path, max_pixels)


class DeviceSource:
    """A camera attached to this machine; it sets the pace itself."""

    frame_interval_s: float | None = None

    def __init__(self, device: Device, max_pixels: int | None = None) -> None:
        """Open a camera and ask for what is wanted of it; raises SourceError."""
        silence_video()
        self._max_pixels = max_pixels
        self._name = f"camera {device.address}"
        self._capture = _opened_device(device.address)
        if not self._capture.isOpened():
            raise SourceError(
                f"{self._name} cannot be opened. Check that it is plugged in, that no other "
                "program uses it and that this user may read it (group video)."
            )
        self._ask_for(device)
        _accepted_facts(self._capture, max_pixels)
        # A driver's queue would hold back old pictures.
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)

    def read(self) -> np.ndarray:
        """Return the next picture; raises SourceError when there is none."""
        return _read(self._capture, f"{self._name} stopped giving pictures.", self._max_pixels)

    def close(self) -> None:
        """Close the device."""
        self._capture.release()

    def _ask_for(self, device: Device) -> None:
        # The pixel format first: most cameras have their large sizes in one format alone.
        if device.pixel_format:
            self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*device.pixel_format))
        if device.size_wh:
            for size, pixels in zip(SIZE_WH, device.size_wh, strict=True):
                self._capture.set(size, pixels)
        if device.fps:
            self._capture.set(cv2.CAP_PROP_FPS, device.fps)
        got_wh = tuple(int(self._capture.get(size)) for size in SIZE_WH)
        if device.size_wh not in (None, got_wh):
            wanted, got = ("x".join(map(str, size)) for size in (device.size_wh, got_wh))
            logger.warning(
                "%s gives pictures of %s, not of %s; `v4l2-ctl --list-formats-ext` lists its sizes",
                *(self._name, got, wanted),
            )


class UrlSource:
    """An RTSP or HTTP stream; its errors never show its URL."""

    def __init__(self, url: str, max_pixels: int | None = None) -> None:
        """Connect within five seconds; raises SourceError."""
        silence_video()
        self._max_pixels = max_pixels
        self._capture = _open_stream(url)
        if not self._capture.isOpened():
            raise _fault(url)
        self._facts = _accepted_facts(self._capture, max_pixels)
        is_recording = self._facts.is_recording
        self.frame_interval_s = 1.0 / self._facts.rate_fps if is_recording else None

    def read(self) -> np.ndarray:
        """Return the next picture; raises SourceError when none came in time."""
        begun_s = time.monotonic()
        image = _read(self._capture, STOPPED, self._max_pixels)
        if time.monotonic() - begun_s >= READ_TIMEOUT_MS / 1000:
            # What comes when the time is up was held back by FFmpeg, which parts pictures by the
            # beginning of the next: it is as old as the silence.
            raise SourceError(f"{STOPPED} It is opened anew by itself.")
        return self._facts.squared(image)

    def close(self) -> None:
        """Disconnect."""
        self._capture.release()


class LoopingFile:
    """A video file played over and over at its own pace, as if it were a camera."""

    def __init__(self, path: Path, max_pixels: int | None = None) -> None:
        """Open the file; raises SourceError."""
        if not is_unicode(str(path)):
            raise SourceError(f"{path!r}: OpenCV opens only names in Unicode. Rename it.")
        silence_video()
        self._path, self._max_pixels = path, max_pixels
        self._identity = self._stat()
        self._checked_at_s = time.monotonic()
        self._capture, self._facts = self._open()
        self.frame_interval_s: float | None = 1.0 / self._facts.rate_fps
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
            self._capture, self._facts = self._open()
            is_read, image = _grab(self._capture)
        if not is_read:
            raise SourceError(f"{self._path.name} has no readable picture. Use another file.")
        self._has_played = True
        check_size(image.shape[1], image.shape[0], self._max_pixels)
        return self._facts.squared(_as_bgr(image))

    def close(self) -> None:
        """Close the file."""
        self._capture.release()

    def _open(self) -> tuple[cv2.VideoCapture, VideoFacts]:
        capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG, ONE_THREAD)
        if not capture.isOpened():
            raise SourceError(f"{self._path.name} is not a video OpenCV reads. Use another file.")
        facts = _accepted_facts(capture, self._max_pixels)
        if facts.is_cover:
            capture.release()
            raise SourceError(f"{self._path.name} is {SOUND}. Use another file.")
        return capture, facts

    def _stat(self) -> tuple[int, int]:
        try:
            stat = self._path.stat()
        except OSError as error:
            raise SourceError(
                f"{self._path.name} is not there ({error.strerror}). Put it back or change CAMERAS."
            ) from error
        return stat.st_dev, stat.st_ino


def _opened_device(address: str) -> cv2.VideoCapture:
    if address.isdecimal():
        return cv2.VideoCapture(int(address))
    return cv2.VideoCapture(address, cv2.CAP_V4L2)


def _fault(url: str) -> SourceError:
    """Return why FFmpeg could not open an address."""
    scheme = urlsplit(url).scheme.lower()
    if scheme == "rtsp":
        return rtsp_fault(url)
    # Over HTTP, `HttpCameraOpener` has had an answer before FFmpeg is asked.
    return SourceError(CODEC if scheme in HTTP_SCHEMES else OTHER)


def _open_stream(url: str) -> cv2.VideoCapture:
    """Connect, checking the certificate of https unless the URL says not to."""
    scheme, _, rest = url.partition(":")
    is_unchecked = scheme.lower() == INSECURE_HTTPS
    address = f"https:{rest}" if is_unchecked else url
    if scheme.lower() == "https" and _names_no_host(url):
        raise SourceError(
            "FFmpeg compares certificates with names of hosts alone. Name the camera by one, not "
            f"by an address, or begin with {INSECURE_HTTPS}:// to take any certificate."
        )
    with _one_https_opens if scheme.lower() in ("https", INSECURE_HTTPS) else nullcontext():
        check_certificates(not is_unchecked)
        try:
            return cv2.VideoCapture(address, cv2.CAP_FFMPEG, STREAM_OPTIONS)
        finally:
            check_certificates(True)


def _names_no_host(url: str) -> bool:
    """Return whether a URL names its host by an address, in any of the forms that FFmpeg takes."""
    try:
        socket.getaddrinfo(urlsplit(url).hostname, None, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        return False
    except ValueError:
        return True
    return True


def _grab(capture: cv2.VideoCapture) -> tuple[bool, np.ndarray]:
    try:
        is_read, image = capture.read()
    except cv2.error:
        # A corrupt picture counts as none: the source is opened anew.
        return False, np.zeros(0, np.uint8)
    return is_read and image is not None and image.size > 0, image


def _read(capture: cv2.VideoCapture, failure: str, max_pixels: int | None) -> np.ndarray:
    is_read, image = _grab(capture)
    if not is_read:
        raise SourceError(f"{failure} It is opened anew by itself.")
    check_size(image.shape[1], image.shape[0], max_pixels)
    return _as_bgr(image)


def _accepted_facts(capture: cv2.VideoCapture, max_pixels: int | None) -> VideoFacts:
    """Return what is known; refuses too large pictures before the first is decoded."""
    facts = facts_of(capture)
    try:
        check_size(*facts.size_wh, max_pixels)
    except SourceError:
        capture.release()
        raise
    return facts


def _as_bgr(image: np.ndarray) -> np.ndarray:
    channels = 1 if image.ndim == 2 else image.shape[2]
    if channels not in (1, 3, 4):
        raise SourceError(f"the camera gives {channels} channels; 1, 3 or 4 can be read.")
    if channels == 3:
        return image
    return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR if channels == 1 else cv2.COLOR_BGRA2BGR)


def is_unicode(path: str) -> bool:
    """Return whether a path can be handed to OpenCV, which crashes on any other."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
