"""Tests of WebSockets that say nothing; the rest of transports is tested with the sockets."""

from types import SimpleNamespace

from simple_websocket import ConnectionClosed

from webapp.web.live.websockets import HANDSHAKE_S, BoundedWebSocket


class FakeSocket:
    """Gives its messages, then is closed; keeps how long the reader wanted to wait for each."""

    def __init__(self, *messages: str | None) -> None:
        self._messages = list(messages)
        self.timeouts_s: list[float] = []

    def receive(self, timeout: float) -> str | None:
        """Return the next message; None stands for silence as long as the timeout."""
        self.timeouts_s.append(timeout)
        if not self._messages:
            raise ConnectionClosed(1000)
        return self._messages.pop(0)


def test_the_first_words_must_come_soon_and_the_next_before_two_pings_are_missed() -> None:
    server = SimpleNamespace(ping_interval=25, ping_timeout=20, _async={})
    web_socket = BoundedWebSocket(lambda ws: None, server)
    web_socket.ws = FakeSocket("2probe", "5", None)
    assert [web_socket.wait() for _ in range(4)] == ["2probe", "5", None, None]
    assert web_socket.ws.timeouts_s == [HANDSHAKE_S, HANDSHAKE_S, 45, 45]
