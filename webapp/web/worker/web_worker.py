"""A greenlet for each connection, a deadline for whatever a client may be slow at."""

import atexit
import logging
import os
import resource
import socket
import ssl
import struct
import time
from contextlib import suppress
from typing import Any, ClassVar

import gevent
from gevent.event import Event
from gevent.server import StreamServer
from gunicorn import util
from gunicorn.http import get_parser
from gunicorn.http.errors import NoMoreData
from gunicorn.sock import ssl_context
from gunicorn.workers.ggevent import GeventWorker

from webapp.storage.blocking import let_psycopg_give_way
from webapp.web.access.security import IDENTITY_HEADERS
from webapp.web.services import services_of
from webapp.web.worker.limits import ConnectionLimits, OpenConnections
from webapp.web.worker.sockets import BodyReader, BoundedSocket, BoundedTlsSocket
from webapp.web.worker.turns import Turns

# For the database, logs, and what connects the parts of the server.
SPARE_FILES = 200
UNSENT_BYTES = 1 << 17
# Of forms all, of uploads only the smallest.
READ_AHEAD_BYTES = 1 << 16
DOUBLED = (
    "A header that says who you are came twice. The proxy must set it, and not add it to another."
)
logger = logging.getLogger(__name__)


class WebWorker(GeventWorker):
    """Serves HTTP/1.1 and WebSockets; a subclass sets its limits."""

    limits: ClassVar[ConnectionLimits] = ConnectionLimits()

    def init_process(self) -> None:
        """Allow as many open files as the system does, then serve."""
        self.open = OpenConnections(self.limits, _allowed_connections(self.limits.most))
        self._turns = Turns()
        self._stopping, self._is_over = Event(), False
        # Before all others, so that it runs after them.
        atexit.register(self._leave)
        # A file would be sent by the system, past the deadline for writes.
        self.cfg.set("sendfile", False)
        super().init_process()

    def patch(self) -> None:
        """Let everything that blocks give way to the other greenlets."""
        super().patch()
        let_psycopg_give_way()

    def run(self) -> None:
        """Serve until a signal comes, then end what is open."""
        self._tls = ssl_context(self.cfg) if self.cfg.is_ssl else None
        if self._tls:
            self._tls.sslsocket_class = BoundedTlsSocket
        servers = [_Listener(listener, self) for listener in self.sockets]
        for server in servers:
            server.start()
        while self.alive:
            self.notify()
            self._stopping.wait(1.0)
        for server in servers:
            server.close()
        self.end_connections()
        self._is_over = True

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Stop; streams, sockets and connections that wait end at once."""
        self.alive = False
        self._stopping.set()

    handle_quit = handle_exit

    def handle(self, listener: Any, client: BoundedSocket, addr: Any) -> None:
        """Serve one connection until either side closes it."""
        request, who = None, self.open.client_of(addr[0])
        try:
            self._turns.wait(who)
            client.write_s = self.limits.write_s
            if self._tls:
                client = self._handshake(client, self._tls)
            parser = get_parser(self.cfg, client, addr)
            while self.alive:
                request = None
                with self.open.waiting(client, self.limits.request_s):
                    request = next(parser)
                if request is None:
                    break
                if self._is_doubled(request):
                    util.write_error(client, 400, "Bad Request", DOUBLED)
                    break
                request.unreader.sock = BodyReader(client, self.limits)
                _read_ahead(request)
                self._turns.wait(who)
                self.handle_request(listener.getsockname(), request, client, addr)
                request.unreader.sock = client
        except TimeoutError as error:
            self.log.debug("A connection is reset: %r", error)
            _reset(client)
        except (StopIteration, NoMoreData, OSError) as error:
            # One side is through, or the client left or speaks no TLS.
            self.log.debug("A connection ends: %r", error)
        except Exception as error:
            self.handle_error(request, client, addr, error)
        finally:
            self._close(client)

    def _is_doubled(self, request: Any) -> bool:
        """Return whether a header that says who somebody is comes twice.

        What is joined cannot be told from a list of groups any more, and one may be the browser's.
        """
        headers = self.wsgi.config.get(IDENTITY_HEADERS)
        named = (
            [header.upper() for header in (headers.user, headers.role) if header] if headers else []
        )
        given = [name.upper() for name, _ in request.headers]
        return any(given.count(name) > 1 for name in named)

    def _handshake(self, client: BoundedSocket, context: Any) -> BoundedTlsSocket:
        secured: BoundedTlsSocket = context.wrap_socket(
            client, server_side=True, do_handshake_on_connect=False
        )
        secured.write_s = self.limits.write_s
        is_done = False
        with self.open.waiting(secured, self.limits.handshake_s):
            secured.do_handshake()
            is_done = True
        if not is_done:
            raise ssl.SSLError("The client is slow to agree on TLS.")
        return secured

    def _close(self, client: BoundedSocket) -> None:
        """Close a connection; its client may read the rest first, unless the server stops."""
        if self.alive:
            with self.open.waiting(client, self.limits.close_s):
                util.close_graceful(client, self.limits.close_s)
        util.close(client)

    def _leave(self) -> None:
        """End the process at once: the interpreter takes long to free what the system frees too."""
        if self._is_over:
            os._exit(0)

    def end_connections(self) -> None:
        """Wait until all connections have ended, or for as long as they may take."""
        services = services_of(self.wsgi)
        if services.runtime is not None:
            services.runtime.request_stop()
        services.sockets.transports.close_all()
        services.participants.stop()
        until_s = time.monotonic() + self.limits.stop_s
        while self.open.count() and time.monotonic() < until_s:
            self.open.cut_waiting()
            gevent.sleep(0.02)
        if self.open.count():
            self.log.warning("%d connections are cut", self.open.count())


class _Listener(StreamServer):
    """Accepts connections, and closes at once those that are too many."""

    def __init__(self, listener: Any, worker: WebWorker) -> None:
        super().__init__(listener, handle=self._serve)
        # Inherited by the connections. Pictures that wait in the system for a slow viewer are old.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        give_up_ms = int(2000 * worker.limits.write_s)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, give_up_ms)
        self._worker, self._listener = worker, listener

    def do_read(self) -> tuple[BoundedSocket, Any] | None:
        """Return a new connection and its address, None when there is none any more."""
        try:
            number, address = self.socket._accept()
        except BlockingIOError:
            return None
        return BoundedSocket(self.family, fileno=number), address

    def do_handle(self, *args: Any) -> None:
        """Serve a connection in a greenlet of its own, if there may be one more."""
        client, address = args
        if self._worker.open.admit(address[0]):
            super().do_handle(client, address)
        else:
            client.close()

    def _serve(self, client: BoundedSocket, address: Any) -> None:
        try:
            self._worker.handle(self._listener, client, address)
        finally:
            self._worker.open.leave(address[0])


def _reset(client: BoundedSocket) -> None:
    """Close a connection, and drop what its client has not taken; the system would keep it."""
    with suppress(OSError):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def _read_ahead(request: Any) -> None:
    """Wait for the whole of a small body: the application is not asked before it is there.

    Who asks first whether to send it hears so only from the application.
    """
    length = getattr(request.body.reader, "length", 0)
    if 0 < length <= READ_AHEAD_BYTES and not request._expected_100_continue:
        request.unreader.unread(request.unreader.read(length))


def _allowed_connections(wanted: int) -> int:
    """Raise the number of files that the process may open; returns how many may be connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + SPARE_FILES
    if hard != resource.RLIM_INFINITY and hard < needed:
        logger.warning(
            "Only %d of %d connections are possible: the system lets a process open %d files. "
            "Raise that (`ulimit -Hn`, LimitNOFILE= of systemd) to %d.",
            hard - SPARE_FILES,
            wanted,
            hard,
            needed,
        )
        needed = hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    return needed - SPARE_FILES
