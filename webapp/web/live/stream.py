"""The live picture, as MJPEG and as single JPEG pictures."""

import logging
import socket
import struct
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from flask import Blueprint, Response, current_app, request

from webapp.core.errors import StorageError
from webapp.storage.database import Database
from webapp.storage.sign_ins import keep_alive
from webapp.web.access.guard import current_sign_in
from webapp.web.services import current_database, current_runtime, find_camera, utc_now

RECHECK_S = "STREAM_RECHECK_S"
STALL_LIMIT_S = 15
BOUNDARY = b"frame"
DELIMITER = b"--" + BOUNDARY + b"\r\n"
MIMETYPE = "multipart/x-mixed-replace; boundary=" + BOUNDARY.decode()
UNBUFFERED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
# One thread asks for all streams: while the database is locked a question takes seconds, and no
# picture waits for the answer. It starts with the first question.
CHECKS = ThreadPoolExecutor(1, thread_name_prefix="stream-check")
logger = logging.getLogger(__name__)
bp = Blueprint("stream", __name__)


@bp.get("/stream/<camera>.mjpg")
def mjpeg(camera: str) -> Response:
    """Send the annotated pictures of a camera for as long as the viewer may see them."""
    find_camera(camera)
    # The server never iterates, hence never closes, the body of an answer to HEAD.
    if request.method == "HEAD":
        return Response(content_type=MIMETYPE, headers=UNBUFFERED)
    may_go_on = _sign_in_check(current_database(), current_sign_in().id)
    pictures = current_runtime().stream(camera)
    _limit_stalls(request.environ.get("gunicorn.socket"))
    body = MjpegBody(pictures, may_go_on, current_app.config[RECHECK_S])
    return Response(body, content_type=MIMETYPE, headers=UNBUFFERED)


@bp.get("/snapshot/<camera>.jpg")
def snapshot(camera: str) -> Response:
    """Send the newest annotated picture."""
    find_camera(camera)
    return Response(current_runtime().snapshot_jpeg(camera), content_type="image/jpeg")


class MjpegBody:
    """Wraps JPEG pictures into parts and lets go of them when the viewer leaves.

    A generator would not do: closed before its first step, it never runs its `finally`.
    """

    def __init__(
        self, pictures: Iterator[bytes], may_go_on: Callable[[], bool], recheck_s: float
    ) -> None:
        self._pictures = pictures
        self._may_go_on = may_go_on
        self._recheck_s = recheck_s
        self._checked_at_s = time.monotonic()
        self._check: Future[bool] | None = None
        # Each part ends with the next one's delimiter: browsers show a picture only once they
        # have seen where it ends, which would otherwise be one picture late.
        self._prefix = DELIMITER

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        jpeg = next(self._pictures)
        if self._is_over(time.monotonic()):
            raise StopIteration
        head = b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg)
        part = b"".join((self._prefix, head, jpeg, b"\r\n", DELIMITER))
        self._prefix = b""
        return part

    def close(self) -> None:
        """Give the viewer's place back; the WSGI server calls this in every case."""
        close = getattr(self._pictures, "close", None)
        if close:
            close()

    def _is_over(self, now_s: float) -> bool:
        if self._check is None and now_s - self._checked_at_s >= self._recheck_s:
            self._checked_at_s = now_s
            self._check = CHECKS.submit(self._may_go_on)
        if self._check is None or not self._check.done():
            return False
        check, self._check = self._check, None
        return not check.result()


def _limit_stalls(connection: socket.socket | None) -> None:
    """Let a viewer who reads nothing lose the connection, and with it the place, in time."""
    if connection is not None:
        timeout = struct.pack("ll", STALL_LIMIT_S, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)


def _sign_in_check(database: Database, sign_in_id: int) -> Callable[[], bool]:
    def may_go_on() -> bool:
        try:
            with database.session() as work:
                return bool(keep_alive(work, {sign_in_id}, utc_now()))
        except StorageError as error:
            logger.warning("The sign-in of an open stream cannot be checked now: %s", error)
            return True

    return may_go_on
