"""Cameras that send JPEG over HTTP: MJPEG as it comes, or one picture a request.

FFmpeg reads such streams, too, but wants exact boundaries, types and rates that cameras do not
keep and browsers do not ask for.
"""

import io
import time
from collections.abc import Callable
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

import cv2
import numpy as np
import requests
import urllib3
from PIL import Image
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth

from webapp.core.errors import SourceError
from webapp.core.ports import PictureSource
from webapp.vision.backends import trusted_authorities
from webapp.vision.jpeg_stream import BEGIN, JpegStream
from webapp.vision.picture_size import check_size
from webapp.vision.stream_faults import (
    CODEC,
    INSECURE_HTTPS,
    TIMED_OUT,
    WEB_PAGE,
    connection_fault,
    status_fault,
)

CONNECT_TIMEOUT_S = 5.0
# How long to wait for the next bytes at first; a slower camera is given twice as long each time.
LEAST_PATIENCE_S, MOST_PATIENCE_S = 10.0, 80.0
# Asked for no more often: small cameras answer slowly, and other viewers ask, too.
SNAPSHOT_INTERVAL_S = 0.2
MOST_PICTURE_BYTES = 32 << 20
READ_BYTES = 1 << 16
MOST_REDIRECTS = 5
# Of JPEG and PNG, for servers that send them as anything.
PICTURES = (BEGIN, b"\x89PNG\r\n")
HTML = (b"<!doctype html", b"<html", b"<head", b"<script")


class HttpCameraOpener:
    """Opens an address over and over, and learns how patient its camera wants one to be."""

    def __init__(
        self, url: str, max_pixels: int | None, open_video: Callable[[], PictureSource]
    ) -> None:
        """Connect to nothing yet.

        Args:
            max_pixels: most width times height of its pictures; None: any.
            open_video: opens the address when it holds neither MJPEG nor a picture.
        """
        self._url, self._max_pixels, self._open_video = url, max_pixels, open_video
        self._patience_s = LEAST_PATIENCE_S

    def __call__(self) -> PictureSource:
        """Ask what is there and open it; raises SourceError, which never shows the address."""
        client = HttpClient(self._url, self._patience_s)
        try:
            answer = client.get()
            source = self._source_of(client, answer)
        except BaseException:
            client.close()
            raise
        if source is None:
            client.close()
            return self._open_video()
        return source

    def _source_of(self, client: "HttpClient", answer: requests.Response) -> PictureSource | None:
        """Return what reads an answer, None if it is for FFmpeg; raises SourceError."""
        try:
            first = _read_some(answer)
        except SourceError as error:
            if str(error) == TIMED_OUT:
                self._learn(None)
            raise
        kind = _type(answer)
        if kind.startswith("multipart/") or _begins_with_part(first):
            return PictureStream(client, answer, first, self._max_pixels, self._learn)
        if kind.startswith("image/") or first.startswith(PICTURES):
            return Snapshots(client, answer, first, self._max_pixels)
        if kind == "text/html" or first.lstrip()[:20].lower().startswith(HTML):
            raise SourceError(WEB_PAGE)
        if kind.startswith("text/") or kind == "application/json":
            raise SourceError(CODEC)
        return None

    def _learn(self, interval_s: float | None) -> None:
        """Take up, after a camera fell silent, how far apart its pictures were, if known."""
        wanted_s = 2 * self._patience_s if interval_s is None else 4 * interval_s
        self._patience_s = min(MOST_PATIENCE_S, max(LEAST_PATIENCE_S, wanted_s))


class HttpClient:
    """A kept connection to one address, with the sign-in that its camera asks for."""

    def __init__(self, url: str, patience_s: float) -> None:
        """Connect to nothing yet.

        Args:
            patience_s: how long to wait for the next bytes, and for a whole picture.
        """
        parts = urlsplit(url)
        self._url = _without_credentials(parts)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self.patience_s = patience_s
        self._answer: requests.Response | None = None
        self._session = requests.Session()
        # Proxies and passwords come from the camera's address alone, not from the surroundings.
        self._session.trust_env = False
        self._session.max_redirects = MOST_REDIRECTS
        is_checked = parts.scheme.lower() != INSECURE_HTTPS
        self._session.verify = trusted_authorities() if is_checked else False
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def get(self) -> requests.Response:
        """Ask for the address, and sign in when the camera wants it; raises SourceError."""
        try:
            answer = self._get()
            if answer.status_code == 401 and self._user and self._session.auth is None:
                self._session.auth = self._sign_in(answer.headers.get("WWW-Authenticate", ""))
                answer = self._get()
        except (OSError, urllib3.exceptions.HTTPError, ValueError) as error:
            # A response that goes wrong under way is one of these, too.
            raise connection_fault(error) from error
        if answer.status_code >= 400:
            raise status_fault(answer.status_code, has_credentials=bool(self._user))
        return answer

    def close(self) -> None:
        """Disconnect."""
        # An answer counts as false when its status is an error.
        if self._answer is not None:
            self._answer.close()
        self._session.close()

    def _get(self) -> requests.Response:
        if self._answer is not None:
            # Goes back to be used again if it was read to its end.
            self._answer.close()
        timeouts_s = (CONNECT_TIMEOUT_S, self.patience_s)
        self._answer = self._session.get(self._url, stream=True, timeout=timeouts_s)
        return self._answer

    def _sign_in(self, challenge: str) -> AuthBase:
        if "digest" in challenge.lower():
            return HTTPDigestAuth(self._user, self._password)
        # As text, it would be sent in Latin-1.
        return HTTPBasicAuth(self._user.encode(), self._password.encode())


class PictureStream:
    """MJPEG: pictures come by themselves; the newest of those that have come counts."""

    frame_interval_s: float | None = None

    def __init__(
        self,
        client: HttpClient,
        answer: requests.Response,
        first: bytes,
        max_pixels: int | None,
        fell_silent: Callable[[float | None], None],
    ) -> None:
        """Go on with an answer whose first bytes have been read.

        Args:
            fell_silent: called when nothing came in time, with the seconds between the last two
                pictures, if there were two.
        """
        self._client, self._answer, self._max_pixels = client, answer, max_pixels
        self._fell_silent = fell_silent
        self._jpegs = JpegStream()
        self._unread = first
        self._read_at_s: float | None = None
        self._interval_s: float | None = None

    def read(self) -> np.ndarray:
        """Return the next picture; raises SourceError when there is none."""
        deadline_s = time.monotonic() + self._client.patience_s
        while True:
            *_, newest = None, *self._jpegs.feed(self._unread or self._read_more())
            self._unread = b""
            if self._jpegs.waiting_bytes > MOST_PICTURE_BYTES:
                raise SourceError(CODEC)
            image = decoded(newest, self._max_pixels) if newest else None
            if image is not None:
                self._note_time(time.monotonic())
                return image
            if time.monotonic() > deadline_s:
                # Bytes come, and no picture.
                self._fell_silent(self._interval_s)
                raise SourceError(CODEC)

    def close(self) -> None:
        """Disconnect."""
        self._client.close()

    def _note_time(self, now_s: float) -> None:
        if self._read_at_s is not None:
            self._interval_s = now_s - self._read_at_s
        self._read_at_s = now_s

    def _read_more(self) -> bytes:
        try:
            received = _read_some(self._answer)
        except SourceError as error:
            if str(error) == TIMED_OUT:
                self._fell_silent(self._interval_s)
            if self._read_at_s is None:
                raise
            received = b""
        if not received:
            raise SourceError("the stream stopped. It is opened anew by itself.")
        return received


class Snapshots:
    """An address that answers with one picture: asked again and again over one connection."""

    frame_interval_s: float | None = None

    def __init__(
        self, client: HttpClient, answer: requests.Response, first: bytes, max_pixels: int | None
    ) -> None:
        """Go on with an answer whose first bytes have been read."""
        self._client, self._max_pixels = client, max_pixels
        self._answer: requests.Response | None = answer
        self._first = first
        self._asked_at_s = time.monotonic()

    def read(self) -> np.ndarray:
        """Return the next picture; raises SourceError when there is none."""
        if self._answer is None:
            wait_s = self._asked_at_s + SNAPSHOT_INTERVAL_S - time.monotonic()
            time.sleep(max(0.0, wait_s))
            self._asked_at_s = time.monotonic()
            self._answer, self._first = self._client.get(), b""
        deadline_s = time.monotonic() + self._client.patience_s
        data = self._first + _read_rest(self._answer, deadline_s)
        self._answer = None
        image = decoded(data, self._max_pixels)
        if image is None:
            raise SourceError(f"{CODEC} (It sent {len(data):,} bytes that are no picture.)")
        return image

    def close(self) -> None:
        """Disconnect."""
        self._client.close()


def decoded(data: bytes, max_pixels: int | None) -> np.ndarray | None:
    """Return a picture, (H, W, 3) uint8 BGR, or None when it cannot be read.

    Raises:
        SourceError: it has more pixels than are taken, told before it is decoded.
    """
    try:
        with Image.open(io.BytesIO(data)) as header:
            width, height = header.size
    except (OSError, ValueError, SyntaxError):
        return None
    check_size(width, height, max_pixels)
    try:
        image: np.ndarray | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return image


def _read_some(answer: requests.Response) -> bytes:
    """Return what has come, at least a byte; none at the end. Raises SourceError."""
    try:
        return bytes(answer.raw.read1(READ_BYTES, decode_content=True))
    except (OSError, urllib3.exceptions.HTTPError, ValueError) as error:
        raise connection_fault(error) from error


def _read_rest(answer: requests.Response, deadline_s: float) -> bytes:
    """Return what is left of an answer; raises SourceError when that is too much or too slow."""
    parts: list[bytes] = []
    while received := _read_some(answer):
        parts.append(received)
        if sum(map(len, parts)) > MOST_PICTURE_BYTES:
            raise SourceError(CODEC)
        if time.monotonic() > deadline_s:
            raise SourceError(TIMED_OUT)
    return b"".join(parts)


def _type(answer: requests.Response) -> str:
    return str(answer.headers.get("Content-Type", "")).partition(";")[0].strip().lower()


def _begins_with_part(first: bytes) -> bool:
    return first.lstrip().startswith(b"--") and b"content-type: image" in first.lower()


def _without_credentials(parts: SplitResult) -> str:
    scheme = "https" if parts.scheme.lower() == INSECURE_HTTPS else parts.scheme.lower()
    host_and_port = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(scheme=scheme, netloc=host_and_port))
