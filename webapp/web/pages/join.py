"""The page on which anybody with a link joins a room with the own camera, and its WebSocket."""

import time

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from webapp.core.purpose import Purpose
from webapp.core.rooms import Room, parse_room
from webapp.storage.cameras import StoredCamera, find_camera
from webapp.storage.room_links import RoomLink, find_link
from webapp.web.access.permissions import Audience, needs
from webapp.web.access.security import USES_CAMERA
from webapp.web.camera_purposes import current_purposes, shown
from webapp.web.live.participants import FULL
from webapp.web.live.room_socket import CHANGED, GONE, OFF, RoomSocket, refuse
from webapp.web.services import current_database, current_services, utc_now

NO_LINK = (
    "This link lets nobody in: it has run out, was ended, or is not complete. Ask for another."
)
# What a page that is open said of who sees the picture.
COUNTS_ONLY, PICTURES = "counts", "pictures"
bp = Blueprint("join", __name__, url_prefix="/join")


@bp.get("/<token>")
@needs(Audience.EVERYBODY)
def page(token: str) -> ResponseReturnValue:
    """Say what happens with the picture, by whom it is watched, and let people join."""
    link, stored = _open_link(token)
    room = _room(stored)
    said = COUNTS_ONLY if room.counts_only else PICTURES
    # No host, which a proxy may have written otherwise; `url_for` gives a WebSocket's always.
    socket_url = f"{url_for('join.page', token=token)}/pictures?read={said}"
    setup = stored.setup
    found = current_purposes().get(setup.name)
    answer: Response = make_response(
        render_template(
            "join.html",
            socket_url=socket_url,
            link=link,
            title=setup.title,
            room=room,
            purpose=shown(setup.name, setup.title, found) if found else None,
        )
    )
    answer.headers["Permissions-Policy"] = USES_CAMERA
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.get("/<token>/pictures", websocket=True)
@needs(Audience.EVERYBODY)
def pictures(token: str) -> AnyResponse:
    """Take a participant's pictures until they leave."""
    try:
        link, stored = _open_link(token)
    except NotFound:
        # A browser that comes back with its camera on learns nothing from a status.
        return refuse(request.environ, NO_LINK)
    services, name, room = current_services(), stored.setup.name, _room(stored)
    if services.runtime is None or services.rooms is None or not stored.is_enabled:
        return refuse(request.environ, GONE)
    if not isinstance(current_purposes().get(name), Purpose):
        return refuse(request.environ, OFF)
    if request.args.get("read") == COUNTS_ONLY and not room.counts_only:
        return refuse(request.environ, CHANGED)
    source = stored.setup.source or ""
    participant = services.participants.enter(name, link.id, room.most, source)
    if participant is None:
        return refuse(request.environ, FULL)
    ends_at_s = time.monotonic() + (link.expires_at - utc_now()).total_seconds()
    socket = RoomSocket(
        participant, services.participants, services.runtime, services.rooms, ends_at_s
    )
    return socket.serve(request.environ)


def _open_link(token: str) -> tuple[RoomLink, StoredCamera]:
    with current_database().session() as work:
        link = find_link(work, token, utc_now())
        stored = find_camera(work, link.camera, current_services().sealer) if link else None
    if link is None or stored is None or not stored.setup.is_room:
        raise NotFound(NO_LINK)
    return link, stored


def _room(stored: StoredCamera) -> Room:
    return parse_room(stored.setup.source or "")
