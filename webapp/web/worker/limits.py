"""How many connections there may be, how long a client may take, and who is connected now."""

import itertools
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import gevent

from webapp.core.addresses import client_network
from webapp.web.access.addressing import Network, is_in


@dataclass(frozen=True)
class ConnectionLimits:
    """What one client may use, and all of them together."""

    most: int = 4000
    most_per_address: int = 64
    exempt: tuple[Network, ...] = ()
    """Proxies: each is one address for everybody behind it."""
    handshake_s: float = 10.0
    request_s: float = 10.0
    """From the first moment that a request could come until its header is complete."""
    body_grace_s: float = 10.0
    body_least_bytes_per_s: float = 10 * 1024
    write_s: float = 10.0
    close_s: float = 2.0
    """How long a client may take to close what the server has closed."""
    stop_s: float = 1.0


class OpenConnections:
    """Counts connections by client, and knows which of them wait for their client."""

    def __init__(self, limits: ConnectionLimits, most: int) -> None:
        """Begin with none.

        Args:
            limits: those for each client.
            most: over all clients; at most `limits.most`.
        """
        self._limits, self._most = limits, most
        self._by_client: Counter[str] = Counter()
        # In the order in which they began to wait.
        self._waiting: dict[Any, None] = {}
        self.client_of = lru_cache(maxsize=10_000)(self._client_or_proxy)

    def count(self) -> int:
        """Return how many are open."""
        return self._by_client.total()

    def admit(self, address: str) -> bool:
        """Count a new connection, unless its client has too many.

        Where there are too many over all, whoever has waited longest makes room.
        """
        client = self.client_of(address)
        if client and self._by_client[client] >= self._limits.most_per_address:
            return False
        if self.count() >= self._most and not self.cut_waiting(1):
            return False
        self._by_client[client] += 1
        return True

    def leave(self, address: str) -> None:
        """Count a connection no more."""
        client = self.client_of(address)
        self._by_client[client] -= 1
        if not self._by_client[client]:
            del self._by_client[client]

    @contextmanager
    def waiting(self, connection: Any, at_most_s: float) -> Iterator[None]:
        """Wait for the client; the body is left without an error when the time is over."""
        self._waiting[connection] = None
        try:
            with gevent.Timeout(at_most_s, False):
                yield
        finally:
            self._waiting.pop(connection, None)

    def cut_waiting(self, at_most: int | None = None) -> int:
        """Let connections that wait for their client find that nothing more comes from it.

        Returns:
            How many there were.
        """
        cut = list(itertools.islice(self._waiting, at_most))
        for connection in cut:
            del self._waiting[connection]
            with suppress(OSError):
                # Below TLS, whose own shutdown would wait for the other side.
                connection._sock.shutdown(socket.SHUT_RD)
        return len(cut)

    def _client_or_proxy(self, address: str) -> str:
        """Return what is counted as one client, "" for the proxies."""
        return "" if is_in(address, self._limits.exempt) else client_network(address)
