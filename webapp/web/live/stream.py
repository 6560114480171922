"""The live picture, as MJPEG and as single JPEG pictures."""

from collections.abc import Iterator

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest

from webapp.core.access import Permission
from webapp.core.api_tokens import TokenScope
from webapp.core.picture_quality import PictureQuality, parse_quality
from webapp.core.ports import PictureStream
from webapp.core.watching import WatchKind
from webapp.storage.sign_ins import SignIn
from webapp.web.access.guard import current_sign_in
from webapp.web.access.permissions import needs
from webapp.web.access.visible import current_runtime, find_camera, quality_for
from webapp.web.live.parts import BOUNDARY, DELIMITER, Shown
from webapp.web.live.watch_notes import note_glance
from webapp.web.services import Services, current_services

MIMETYPE = "multipart/x-mixed-replace; boundary=" + BOUNDARY.decode()
UNBUFFERED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
bp = Blueprint("stream", __name__)


@bp.get("/stream/<camera>.mjpg")
@needs(Permission.WATCH, token=TokenScope.PICTURES)
def mjpeg(camera: str) -> Response:
    """Send the annotated pictures of a camera for as long as the viewer may see them."""
    find_camera(camera)
    # The server never iterates, hence never closes, the body of an answer to HEAD.
    if request.method == "HEAD":
        return Response(content_type=MIMETYPE, headers=UNBUFFERED)
    services, sign_in = current_services(), current_sign_in()
    # Named as it is shown, so that nobody gets what was made for somebody else.
    quality = quality_for(sign_in.user.actor, _quality())
    services.places.enter(sign_in.user)
    try:
        pictures = current_runtime().stream(camera, quality)
    except BaseException:
        services.places.leave(sign_in.user)
        raise
    body = MjpegBody((camera, quality), pictures, services, sign_in)
    return Response(body, content_type=MIMETYPE, headers=UNBUFFERED)


def _quality() -> PictureQuality:
    try:
        return parse_quality(request.args.get("w"), request.args.get("q"))
    except ValueError as error:
        raise BadRequest(str(error)) from error


@bp.get("/snapshot/<camera>.jpg")
@needs(Permission.WATCH, token=TokenScope.PICTURES)
def snapshot(camera: str) -> Response:
    """Send the newest annotated picture."""
    find_camera(camera)
    jpeg = current_runtime().snapshot_jpeg(camera)
    note_glance(WatchKind.SNAPSHOTS, camera)
    return Response(jpeg, content_type="image/jpeg")


class MjpegBody:
    """Wraps JPEG pictures into parts until the viewer leaves, or may not watch as before.

    A generator would not do: closed before its first step, it never runs its `finally`.
    """

    def __init__(
        self, shown: Shown, pictures: PictureStream, services: Services, sign_in: SignIn
    ) -> None:
        self._shown, self._pictures, self._services = shown, pictures, services
        self._user = sign_in.user
        self._has_begun = self._is_ended = False
        services.parts.enter(shown)
        actor, by_token = sign_in.user.actor, sign_in.token is not None
        services.connections.add(self, sign_in.id, actor, self.end, by_token=by_token)
        services.watching.show(self, self._user.username, WatchKind.STREAM, {shown[0]})

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        jpeg = next(self._pictures)
        if self._is_ended:
            raise StopIteration
        part = self._services.parts.part_of(self._shown, jpeg)
        if self._has_begun:
            return part
        self._has_begun = True
        return DELIMITER + part

    def end(self) -> None:
        """Send no further picture; from any thread."""
        self._is_ended = True

    def close(self) -> None:
        """Give the viewer's place back; the WSGI server calls this in every case, once."""
        self._services.connections.remove(self)
        self._services.watching.end(self)
        self._services.parts.leave(self._shown)
        self._services.places.leave(self._user)
        self._pictures.close()
