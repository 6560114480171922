"""Bodies larger than a form, checked before anything of them is read and never put on a disk."""

import re
import select
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from flask import Flask, request
from werkzeug.exceptions import (
    BadRequest,
    ClientDisconnected,
    LengthRequired,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)

from webapp.core.durations import whole_text
from webapp.core.jobs import BYTES_PER_MB

UPLOAD_LIMITS = "UPLOAD_LIMITS"
TAKES_FILES = "analyse_api.submit"
NAME_HEADER = "X-File-Name"
ID_HEADER = "X-Upload-Id"
BODY_TYPE = "application/octet-stream"
CHUNK_BYTES = 1 << 18
MOST_NAME_CHARACTERS = 200
UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{0,64}")
EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,8}$")


@dataclass(frozen=True)
class UploadLimits:
    """What users may hand in, as pages show it."""

    max_mb: int
    max_seconds: int
    keep_minutes: int

    @property
    def max_bytes(self) -> int:
        """The most bytes of one file."""
        return self.max_mb * BYTES_PER_MB

    @property
    def longest(self) -> str:
        """The most of one video, in words."""
        return whole_text(self.max_seconds)


def init_uploads(app: Flask, limits: UploadLimits) -> None:
    """Check what is handed in by its headers; before the form check, which reads the body."""
    app.config[UPLOAD_LIMITS] = limits

    @app.before_request
    def check() -> None:
        if request.endpoint == TAKES_FILES:
            _check_headers(limits)


def uploaded_chunks() -> Iterator[bytes]:
    """Yield the body as it comes.

    Raises:
        ClientDisconnected: it ended before its announced length.
    """
    left = request.content_length or 0
    while left:
        chunk = request.stream.read(min(CHUNK_BYTES, left))
        # Under gunicorn, which ends the stream itself, Werkzeug takes an early end for a good one.
        if not chunk:
            raise ClientDisconnected("The file ended before its announced length.")
        left -= len(chunk)
        yield chunk


def uploaded_name() -> str:
    """Return the name of the file, from a header: addresses are written into logs.

    Raises:
        BadRequest: there is none, or it cannot be shown.
    """
    name = unquote(request.headers.get(NAME_HEADER, "")).replace("\\", "/").rpartition("/")[2]
    shown = "".join(letter for letter in name if letter.isprintable()).strip()
    if not shown:
        raise BadRequest(f"{NAME_HEADER}: expected the file's name, percent-encoded as UTF-8.")
    return shown[:MOST_NAME_CHARACTERS]


def uploaded_id() -> str:
    """Return what the sender calls this upload, "" where it has no name for it.

    Raises:
        BadRequest: it is too long, or cannot be repeated as it is.
    """
    given = request.headers.get(ID_HEADER, "")
    if not UPLOAD_ID.fullmatch(given):
        raise BadRequest(f"{ID_HEADER}: expected at most 64 letters, digits, - or _, or no header.")
    return given


def sender_watch() -> Callable[[], bool]:
    """Return a check, for any thread, of whether the sender of this request has left."""
    environ = request.environ
    connection = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
    return lambda: connection is not None and _is_closed(connection)


def extension_of(name: str) -> str:
    """Return the ending of a name, all that may be written down of it; "" where it has none."""
    found = EXTENSION.search(name)
    return found.group().lower() if found else ""


def _check_headers(limits: UploadLimits) -> None:
    # Werkzeug reads forms, and puts what is large in them on the disk.
    if request.mimetype != BODY_TYPE:
        raise UnsupportedMediaType(
            f"Send the file itself as the body, with Content-Type: {BODY_TYPE}; a form is not read."
        )
    if request.content_length is None:
        raise LengthRequired("Give the file's size in bytes: Content-Length.")
    if request.content_length > limits.max_bytes:
        raise RequestEntityTooLarge(
            f"The file has {request.content_length / BYTES_PER_MB:,.1f} MB; at most "
            f"{limits.max_mb} MB are taken. Shrink or cut it, or have ANALYSE_MAX_MB raised."
        )
    request.max_content_length = limits.max_bytes


def _is_closed(connection: socket.socket) -> bool:
    """Return whether the other side has closed; polls without reading, so TLS does not matter."""
    watched = select.poll()
    try:
        watched.register(connection, select.POLLRDHUP)
        return bool(watched.poll(0))
    except (OSError, ValueError):
        # Closed on this side as well.
        return True
