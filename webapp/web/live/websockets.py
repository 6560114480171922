"""WebSockets whose clients cannot inflate, hold back, pile up much, or say nothing for long."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

import engineio
import simple_websocket
from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI
from werkzeug.exceptions import BadRequest
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

MAX_MESSAGE_BYTES = 10_000
# A page sends a handful and then answers a ping now and again.
MOST_UNREAD_MESSAGES = 100
HANDSHAKE_S = 10.0
GOODBYE_S = 1.0
# What a WebSocket that is to take over from polling says first; that it does follows at once.
PROBE = "2probe"
EXTENSIONS = "HTTP_SEC_WEBSOCKET_EXTENSIONS"
# What sending raises when the other side is gone, is going, or takes nothing.
OVER = (simple_websocket.ConnectionClosed, LocalProtocolError, OSError)


class BoundedWebSocket(SimpleWebSocketWSGI):
    """What Engine.IO takes for a WebSocket; its own has no limits and grants compression.

    It ends unless it says something at once, and when it falls silent: Engine.IO waits for ever for
    the first words of one that is to take over from polling.
    """

    def __init__(self, handler: Any, server: engineio.Server) -> None:
        super().__init__(handler, server)
        self._async = server._async
        # A client answers each ping in time.
        self._silence_s = server.ping_interval + server.ping_timeout
        self._patience_s = HANDSHAKE_S

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> NoReturn:
        """Serve one WebSocket until it ends."""
        # Who is granted compression inflates one megabyte to one gigabyte in a single step.
        environ.pop(EXTENSIONS, None)
        self.ws = BoundedServer(
            environ,
            max_message_size=MAX_MESSAGE_BYTES,
            thread_class=self._async["thread"],
            event_class=self._async["event"],
        )
        self.app(self)
        # How each server learns that nothing is left to answer.
        raise StopIteration if self.ws.mode == "gunicorn" else ConnectionError

    def wait(self) -> Any:
        """Return the next message; None at the end."""
        try:
            message = self.ws.receive(timeout=self._patience_s)
        except simple_websocket.ConnectionClosed:
            return None
        if message != PROBE:
            self._patience_s = self._silence_s
        return message


class WholeFrames:
    """A connection that sends each frame in one piece.

    The library sends from several threads, and takes it for granted that a connection takes all
    that it is given, which one that belongs to a greenlet does not.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self.recv, self.close = connection.recv, connection.close

    def shut(self) -> None:
        """Let who waits for what comes know that nothing comes any more."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def send(self, frame: bytes) -> None:
        """Send all of a frame."""
        with self._lock:
            self._connection.sendall(frame)


class BoundedServer(simple_websocket.Server):
    """Ends at a message that is too long, without waiting for the rest, and at too many unread."""

    most_unread = MOST_UNREAD_MESSAGES

    def handshake(self) -> None:
        """Answer the request for a WebSocket.

        Raises:
            BadRequest: it is none, or who asked is gone.
        """
        connection: Any = self.sock
        self.sock: Any = WholeFrames(connection)
        try:
            super().handshake()
        except (RemoteProtocolError, OSError) as error:
            raise BadRequest("Expected the request for a WebSocket of RFC 6455.") from error

    def end(self) -> None:
        """Say goodbye, and wait until nobody reads any more; a client may not hold that up."""
        with suppress(*OVER):
            self.close()
        self.thread.join(GOODBYE_S)
        if self.thread.is_alive():
            self.sock.shut()
            self.thread.join(GOODBYE_S)

    def _handle_events(self) -> bool:
        goes_on = super()._handle_events() and len(self.input_buffer) <= self.most_unread
        if not goes_on:
            # The library wakes the reader before it says so, and it would wait for ever.
            self.connected = False
            self.event.set()
        return goes_on
