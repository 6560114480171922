"""Pushes counts, states, limits and alerts to signed-in browsers over Socket.IO."""

import logging
import threading
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress

from flask import Flask, request
from flask_socketio import SocketIO, emit, join_room
from socketio import PubSubManager
from socketio.exceptions import ConnectionRefusedError

from webapp.bus.json_codec import to_json
from webapp.core.access import Actor, Permission, may
from webapp.core.errors import StorageError, ViewerLimitError
from webapp.core.limit_words import camera_limits
from webapp.core.messages import LimitsMessage, Message
from webapp.core.watching import WatchKind
from webapp.storage.blocking import is_green
from webapp.storage.sign_ins import SignIn
from webapp.storage.users import User
from webapp.web.access.due import due_of
from webapp.web.access.guard import load_sign_in
from webapp.web.access.permissions import Audience, Declared, lets_in
from webapp.web.access.visible import VisibleRuntime, quality_for
from webapp.web.live.connections import Connections
from webapp.web.live.glances import CamerasPage, Glances, read_wanted, seen_of
from webapp.web.live.places import Places
from webapp.web.live.transports import Transports
from webapp.web.live.watch_notes import WatchNotes
from webapp.web.live.websockets import MAX_MESSAGE_BYTES
from webapp.web.services import current_services

# Not every connected client: Socket.IO counts a stranger as one while its refusal is decided.
SIGNED_IN = "signed-in"
# What each event of a client needs; a handler of another event cannot be registered.
EVENTS: dict[str, Declared] = {
    "connect": Permission.WATCH,
    "disconnect": Audience.EVERYBODY,
    "pictures": Permission.WATCH,
}
logger = logging.getLogger(__name__)


class LiveSockets:
    """The Socket.IO connections of one app: a room per camera, one per user, one for all."""

    def __init__(
        self,
        app: Flask,
        connections: Connections,
        places: Places,
        watching: WatchNotes,
        queue: PubSubManager | None = None,
    ) -> None:
        """Register the handlers of an app.

        Args:
            queue: passes what pages say on to the browsers of other web instances.
        """
        self._connections, self._watching = connections, watching
        self._users: dict[str, User] = {}
        # Cameras that have a room. A client joins those it may watch when it connects, and a
        # camera's room is filled when its first event comes, so neither waits for the other.
        self._cameras: set[str] = set()
        self._lock = threading.Lock()
        self.socketio = SocketIO()
        self._on("connect", self._connect)
        self._on("disconnect", self._disconnect)
        self._on("pictures", self._show_pictures)
        mode = "gevent" if is_green() else "threading"
        self.socketio.init_app(
            app,
            async_mode=mode,
            max_http_buffer_size=MAX_MESSAGE_BYTES,
            **({"client_manager": queue} if queue else {}),
        )
        self.transports = Transports(self.socketio.server.eio, connections)
        self._glances = Glances(places, self._send_picture, self._is_behind)

    def publish(
        self, message: Message, camera: str | None = None, *, here_alone: bool = False
    ) -> None:
        """Send to whoever may see it; uses no database, which may be slow to answer.

        Args:
            camera: what the message is about, where it does not say so itself.
            here_alone: to the browsers of this web instance; the others hear it themselves.
        """
        camera = camera or getattr(message, "camera", None)
        if camera is not None:
            self._open_room(camera)
        room = SIGNED_IN if camera is None else _room_of_camera(camera)
        self.socketio.emit(message.event, to_json(message), to=room, ignore_queue=here_alone)

    def publish_to(self, user_id: int, message: Message) -> None:
        """Send to the pages of one user here; other web instances hear it themselves."""
        room = _room_of_user(user_id)
        self.socketio.emit(message.event, to_json(message), to=room, ignore_queue=True)

    def page_count(self) -> int:
        """Return how many pages are connected."""
        return len(self._users)

    def _on(self, event: str, handler: Callable[..., str | None]) -> None:
        assert event in EVENTS, f"{event} declares no permission"
        self.socketio.on_event(event, handler)

    def _connect(self, _auth: object = None) -> None:
        sign_in = _sign_in_or_none()
        if sign_in is None:
            raise ConnectionRefusedError("Sign in first.")
        if due := due_of(sign_in.user):
            raise ConnectionRefusedError(due.words)
        if not lets_in(EVENTS["connect"], sign_in.user.actor):
            raise ConnectionRefusedError("You may not watch.")
        sid = str(request.sid)  # type: ignore[attr-defined]
        self._connections.add(sid, sign_in.id, sign_in.user.actor, lambda: self._cut(sid))
        self.transports.in_use(self._eio_sid(sid))
        join_room(SIGNED_IN)
        join_room(_room_of_user(sign_in.user.id))
        with self._lock:
            self._users[sid] = sign_in.user
            cameras = list(self._cameras)
        for camera in cameras:
            if may(sign_in.user.actor, Permission.WATCH, camera):
                join_room(_room_of_camera(camera))
        shown = _send_newest(sign_in.user.actor)
        user = sign_in.user.username
        self._watching.show((WatchKind.FIGURES, sid), user, WatchKind.FIGURES, shown)
        if self.socketio.server.get_environ(sid) is None:
            # The client left meanwhile, and of that Socket.IO informs nobody.
            self._forget(sid)

    def _disconnect(self, _reason: object = None) -> None:
        sid = str(request.sid)  # type: ignore[attr-defined]
        self._forget(sid)
        self.transports.out_of_use(self._eio_sid(sid))

    def _show_pictures(self, message: object = None, *_: object) -> str:
        """Send a page the pictures it asks for; answers why it gets none, "" where it does."""
        sid, runtime = str(request.sid), current_services().runtime  # type: ignore[attr-defined]
        user = self._users.get(sid)
        if user is None or runtime is None or not lets_in(EVENTS["pictures"], user.actor):
            return "There are no pictures now; try again in a few seconds."
        try:
            wanted = read_wanted(message)
            visible = [status.name for status in VisibleRuntime(runtime, user.actor).cameras()]
            seen = seen_of(wanted, visible)
            key = (WatchKind.PICTURES, sid)
            if seen:
                quality = quality_for(user.actor, wanted.quality)
                self._glances.show(sid, CamerasPage(user, seen, quality), runtime)
                self._watching.show(key, user.username, WatchKind.PICTURES, seen)
            else:
                self._watching.end(key)
                self._glances.leave(sid)
        except (ValueError, ViewerLimitError) as error:
            return str(error)
        if sid not in self._users:
            # Who left at this very moment shows nothing.
            self._forget(sid)
        return ""

    def _send_picture(self, camera: str, jpeg: bytes, sids: list[str]) -> None:
        # As text: bytes would travel in a packet of their own, which others could separate from it.
        message = {"camera": camera, "jpeg": b64encode(jpeg).decode()}
        self.socketio.emit("picture", message, to=sids, ignore_queue=True)

    def _is_behind(self, sid: str) -> bool:
        return self.transports.is_behind(self._eio_sid(sid))

    def _forget(self, sid: str) -> None:
        self._connections.remove(sid)
        with self._lock:
            self._users.pop(sid, None)
        self._glances.leave(sid)
        for kind in (WatchKind.FIGURES, WatchKind.PICTURES):
            self._watching.end((kind, sid))

    def _open_room(self, camera: str) -> None:
        """Put all who may watch a camera into its room, once, when its first event comes."""
        if camera in self._cameras:
            return
        with self._lock:
            for sid, user in self._users.items():
                if may(user.actor, Permission.WATCH, camera):
                    # Who left at this very moment has no room to enter.
                    with suppress(KeyError, ValueError):
                        self.socketio.server.enter_room(sid, _room_of_camera(camera))
                        self._watching.add((WatchKind.FIGURES, sid), camera)
            self._cameras.add(camera)

    def _cut(self, sid: str) -> None:
        self._forget(sid)
        eio_sid = self._eio_sid(sid)
        self.socketio.server.disconnect(sid)
        # Socket.IO leaves it to the client to close the transport below.
        self.transports.close(eio_sid)

    def _eio_sid(self, sid: str) -> str:
        return str(self.socketio.server.manager.eio_sid_from_sid(sid, "/"))


def _room_of_camera(camera: str) -> str:
    return f"camera-{camera}"


def _room_of_user(user_id: int) -> str:
    return f"user-{user_id}"


def _sign_in_or_none() -> SignIn | None:
    try:
        return load_sign_in()
    except StorageError as error:
        logger.warning("A connection is refused: %s", error)
        return None


def _send_newest(actor: Actor) -> list[str]:
    """Send where every camera stands that somebody may watch; returns their names."""
    runtime, rules = current_services().runtime, current_services().rules()
    if runtime is None:
        return []
    visible = VisibleRuntime(runtime, actor)
    statuses = visible.cameras()
    for status in statuses:
        # The rules may have been edited since the page was made, or while it had no connection.
        limits = camera_limits(rules, status.name, runtime.alert_emotions, runtime.classes)
        newest = visible.newest_counts(status.name)
        for message in (status.as_message(), LimitsMessage(status.name, limits), newest):
            if message is not None:
                emit(message.event, to_json(message))
    return [status.name for status in statuses]
