"""Messages with descriptors over a local socket, between processes of one machine."""

import select
import socket
from collections.abc import Sequence

from webapp.core.errors import MessageError
from webapp.decoding.messages import MOST_BYTES, Wire, from_bytes, to_bytes

MOST_DESCRIPTORS = 2


class Channel:
    """One end of a socket that keeps messages apart."""

    def __init__(self, end: socket.socket) -> None:
        """Take over an end, as `channel_ends` makes them."""
        self._end = end

    def send(self, message: Wire, descriptors: Sequence[int] = ()) -> None:
        """Send a message; raises OSError when the other side is gone."""
        socket.send_fds(self._end, [to_bytes(message)], list(descriptors))

    def is_ready(self, within_s: float) -> bool:
        """Return whether `receive` would not wait, after waiting so long for it."""
        # Not `select.select`, which takes no descriptor beyond 1,023.
        poll = select.poll()
        poll.register(self._end, select.POLLIN)
        return bool(poll.poll(1000 * within_s))

    def receive(self) -> Wire:
        """Wait for a message; descriptors that come with it are dropped.

        Raises:
            EOFError: the other side is gone.
            MessageError: it is no message.
        """
        return self._message(self._end.recv(MOST_BYTES))

    def receive_with(self, count: int) -> tuple[Wire, list[int]]:
        """Wait for a message that brings so many descriptors, which belong to the caller.

        Raises:
            EOFError, MessageError: as `receive`, or it brings another number.
        """
        data, descriptors, *_ = socket.recv_fds(self._end, MOST_BYTES, MOST_DESCRIPTORS)
        message = self._message(data)
        if len(descriptors) != count:
            raise MessageError(f"expected {count} descriptors, got {len(descriptors)}.")
        return message, descriptors

    def close(self) -> None:
        """Close this end; again changes nothing."""
        self._end.close()

    @staticmethod
    def _message(data: bytes) -> Wire:
        if not data:
            raise EOFError
        return from_bytes(data)


def channel_ends() -> tuple[socket.socket, socket.socket]:
    """Return two connected ends; a message of one comes out of the other as a whole."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
