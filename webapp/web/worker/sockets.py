"""Connections whose clients must take and give data at a least rate."""

import time
from typing import Any

import gevent
from gevent.socket import socket as gevent_socket
from gevent.ssl import SSLSocket

from webapp.web.worker.limits import ConnectionLimits

# Each must be taken within `ConnectionLimits.write_s`.
PIECE_BYTES = 1 << 16


class _BoundedWrites:
    """Gives a client who does not take what is sent only so much time; for gevent's sockets."""

    write_s = ConnectionLimits.write_s

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send everything.

        Raises:
            TimeoutError: a piece was not taken in time.
        """
        view = memoryview(data)
        for start in range(0, len(view), PIECE_BYTES):
            with gevent.Timeout(self.write_s, TimeoutError("The client takes nothing.")):
                super().sendall(view[start : start + PIECE_BYTES], flags)  # type: ignore[misc]


class BoundedSocket(_BoundedWrites, gevent_socket):
    """A connection in plain text."""


class BoundedTlsSocket(_BoundedWrites, SSLSocket):
    """A connection over TLS."""


class BodyReader:
    """Reads what comes of one request's body; its sender may not be slower than a least rate.

    Only the time for which it waits counts, not what the application takes.
    """

    def __init__(self, connection: gevent_socket, limits: ConnectionLimits) -> None:
        self._connection, self._limits = connection, limits
        self._waited_s, self._received = 0.0, 0

    def recv(self, size: int) -> bytes:
        """Return the next bytes, b"" at the end.

        Raises:
            TimeoutError: they do not come in time.
        """
        paid_for_s = self._received / self._limits.body_least_bytes_per_s
        left_s = max(0.0, self._limits.body_grace_s + paid_for_s - self._waited_s)
        began_s = time.monotonic()
        with gevent.Timeout(left_s, TimeoutError("The client sends too slowly.")):
            data: bytes = self._connection.recv(size)
        self._waited_s += time.monotonic() - began_s
        self._received += len(data)
        return data
