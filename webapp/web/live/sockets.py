"""Pushes counts and camera states to signed-in browsers over Socket.IO."""

import logging
import threading
from collections.abc import Collection
from typing import cast

from flask import Flask, current_app, request
from flask_socketio import SocketIO, emit, join_room
from socketio.exceptions import ConnectionRefusedError

from webapp.bus.json_codec import to_json
from webapp.core.errors import StorageError
from webapp.core.messages import Message
from webapp.storage.database import Database
from webapp.storage.sign_ins import SignIn, keep_alive
from webapp.web.access.guard import load_sign_in
from webapp.web.services import runtime_of, utc_now

SOCKETS = "evenkeel_sockets"
# Not every connected client: Socket.IO counts a stranger as one while its refusal is decided.
SIGNED_IN = "signed-in"
RECHECK_S = 5.0
MAX_MESSAGE_BYTES = 10_000
logger = logging.getLogger(__name__)


class LiveSockets:
    """The Socket.IO connections of one app, each tied to the sign-in that opened it."""

    def __init__(self, app: Flask, database: Database) -> None:
        self._app = app
        self._database = database
        self._sign_ins: dict[str, int] = {}
        self._lock = threading.Lock()
        self.socketio = SocketIO()
        self.socketio.on_event("connect", self._connect)
        self.socketio.on_event("disconnect", self._disconnect)
        self.socketio.init_app(app, async_mode="threading", max_http_buffer_size=MAX_MESSAGE_BYTES)

    def publish(self, message: Message) -> None:
        """Send to every signed-in client; asks no database, which may keep one waiting."""
        self.socketio.emit(message.event, to_json(message), to=SIGNED_IN)

    def publish_to(self, user_id: int, message: Message) -> None:
        """Send to the pages of one user."""
        self.socketio.emit(message.event, to_json(message), to=_room_of(user_id))

    def disconnect(self, sign_in_ids: Collection[int]) -> None:
        """Cut the connections of sign-ins that were ended."""
        with self._lock:
            sids = [sid for sid, owner in self._sign_ins.items() if owner in sign_in_ids]
        for sid in sids:
            self._cut(sid)

    def watch_sign_ins(self, stop: threading.Event) -> None:
        """Cut what belongs to ended sign-ins every few seconds, until stopped."""
        while not stop.wait(RECHECK_S):
            self.cut_ended()

    def cut_ended(self) -> None:
        """Cut the connections whose sign-in ran out or was ended by another process."""
        with self._lock:
            open_ids = set(self._sign_ins.values())
        if open_ids:
            self.disconnect(open_ids - self._live(open_ids))

    def open_count(self) -> int:
        """Return how many connections are open."""
        return len(self.socketio.server.eio.sockets)

    def disconnect_all(self) -> None:
        """Close every connection, so that none holds a server thread at the end."""
        for transport in list(self.socketio.server.eio.sockets.values()):
            transport.close(wait=False)

    def _connect(self, _auth: object = None) -> None:
        sign_in = _sign_in_or_none()
        if sign_in is None:
            raise ConnectionRefusedError("Sign in first.")
        if sign_in.user.must_change_password:
            raise ConnectionRefusedError("Choose a new password first.")
        with self._lock:
            self._sign_ins[_sid()] = sign_in.id
        join_room(SIGNED_IN)
        join_room(_room_of(sign_in.user.id))
        _send_newest(self._app)

    def _disconnect(self, _reason: object = None) -> None:
        with self._lock:
            self._sign_ins.pop(_sid(), None)

    def _cut(self, sid: str) -> None:
        server = self.socketio.server
        transport = server.eio.sockets.get(server.manager.eio_sid_from_sid(sid, "/"))
        server.disconnect(sid)
        # Socket.IO leaves it to the client to close the transport below.
        if transport:
            transport.close(wait=False)

    def _live(self, sign_in_ids: set[int]) -> set[int]:
        try:
            with self._database.session() as work:
                return keep_alive(work, sign_in_ids, utc_now())
        except StorageError as error:
            logger.warning("Sign-ins of open connections cannot be checked now: %s", error)
            return sign_in_ids


def _room_of(user_id: int) -> str:
    return f"user-{user_id}"


def _sid() -> str:
    return str(request.sid)  # type: ignore[attr-defined]


def _sign_in_or_none() -> SignIn | None:
    try:
        return load_sign_in()
    except StorageError as error:
        logger.warning("A connection is refused: %s", error)
        return None


def _send_newest(app: Flask) -> None:
    runtime = runtime_of(app)
    if runtime is None:
        return
    for status in runtime.cameras():
        for message in (status.as_message(), runtime.newest_counts(status.name)):
            if message is not None:
                emit(message.event, to_json(message))


def current_sockets() -> LiveSockets:
    """Return the connections of this app."""
    return cast(LiveSockets, current_app.extensions[SOCKETS])
