"""What Socket.IO's connections travel over: whose each is, and how long one may stay unused."""

import time
from functools import partial
from typing import Any, NamedTuple

import engineio

from webapp.core.access import Actor
from webapp.web.live.connections import Connections
from webapp.web.live.websockets import HANDSHAKE_S, BoundedWebSocket

OPENER = "evenkeel.opener"
# With more, pictures pass a slow client by until it has taken some: a few pictures.
MOST_WAITING_BYTES = 100_000


class Opener(NamedTuple):
    """Who opened a transport; `SocketGate` leaves it in the environ, under `OPENER`."""

    sign_in_id: int
    token: str
    user_id: int
    actor: Actor


class Transports:
    """The open transports of one Engine.IO server; each belongs to the sign-in that opened it."""

    def __init__(self, eio: engineio.Server, connections: Connections) -> None:
        self._eio, self._connections = eio, connections
        self._openers: dict[str, Opener] = {}
        self._open_handler = eio.handlers["connect"]
        self._close_handler = eio.handlers["disconnect"]
        eio.on("connect", self._opened)
        eio.on("disconnect", self._closed)
        # Engine.IO offers no other way to say which WebSockets it uses.
        eio._async = {**eio._async, "websocket": BoundedWebSocket}

    def open_count(self) -> int:
        """Return how many are open."""
        return len(self._eio.sockets)

    def open_count_of(self, user_id: int) -> int:
        """Return how many a user has opened."""
        return sum(opener.user_id == user_id for opener in list(self._openers.values()))

    def is_anothers(self, eio_sid: str, token: str | None) -> bool:
        """Return whether a transport is open that the sign-in of this token did not open."""
        opener = self._openers.get(eio_sid)
        return opener is not None and opener.token != token

    def is_behind(self, eio_sid: str) -> bool:
        """Return whether a transport has not taken yet what was sent; one that is closed is."""
        transport = self._eio.sockets.get(eio_sid)
        if transport is None:
            return True
        # None marks the end.
        waiting = [packet for packet in list(transport.queue.queue) if packet]
        return sum(len(packet.data or "") for packet in waiting) > MOST_WAITING_BYTES

    def in_use(self, eio_sid: str) -> None:
        """Let a transport stay: a Socket.IO connection uses it, which ends with the sign-in."""
        self._connections.remove(eio_sid)

    def out_of_use(self, eio_sid: str) -> None:
        """Close a transport unless a Socket.IO connection uses it soon."""
        opener = self._openers.get(eio_sid)
        if opener:
            until_s = time.monotonic() + HANDSHAKE_S
            close = partial(self.close, eio_sid)
            self._connections.add(eio_sid, opener.sign_in_id, opener.actor, close, until_s)

    def close(self, eio_sid: str) -> None:
        """Close a transport; one that is closed already stays so."""
        transport = self._eio.sockets.get(eio_sid)
        if transport:
            transport.close(wait=False)

    def close_all(self) -> None:
        """Close every transport, so that none holds a server thread at the end."""
        for eio_sid in list(self._eio.sockets):
            self.close(eio_sid)

    def _opened(self, eio_sid: str, environ: dict[str, Any]) -> Any:
        self._openers[eio_sid] = environ[OPENER]
        self.out_of_use(eio_sid)
        return self._open_handler(eio_sid, environ)

    def _closed(self, eio_sid: str, reason: str) -> None:
        self._openers.pop(eio_sid, None)
        self._connections.remove(eio_sid)
        self._close_handler(eio_sid, reason)
