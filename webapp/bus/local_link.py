"""One end of a connection between two processes of this machine, over which messages go both ways.

A message is one packet of a local socket, or, when it is long, an anonymous file that comes with an
empty packet. Sending never waits: whoever does not read for long is cut off, and connects anew.
"""

import logging
import os
import socket
import threading
from collections.abc import Hashable, Sequence
from contextlib import suppress

from webapp.bus.json_codec import decode, encode
from webapp.bus.link import Handle
from webapp.bus.memory_file import MemoryFile
from webapp.core.errors import MessageError
from webapp.core.messages import Message

MOST_PACKET_BYTES = 64 * 1024
MOST_DESCRIPTORS = 2
MOST_WAITING = 2000
# Of an empty packet nothing would be seen but the end of the connection.
IN_A_FILE = b"file"
logger = logging.getLogger(__name__)

Packet = tuple[bytes, list[int]]


class LocalLink:
    """Sends from any thread, and receives in the one that calls `serve`."""

    def __init__(self, end: socket.socket, peer: str) -> None:
        """Take over an end.

        Args:
            end: of a pair of `SOCK_SEQPACKET`.
            peer: names the other side in the log.
        """
        self._end, self._peer = end, peer
        self._changed = threading.Condition()
        self._waiting: dict[Hashable, Packet] = {}
        self._is_closed = False
        self._writer = threading.Thread(target=self._write, name=f"to-{peer}", daemon=True)
        self._writer.start()

    def send(
        self, message: Message, descriptors: Sequence[int] = (), instead_of: Hashable = None
    ) -> None:
        """Have a message sent soon; it is lost when the other side is gone.

        Args:
            descriptors: sent with it; they stay the caller's.
            instead_of: an earlier message with the same key that waits still is not sent.
        """
        packet = encode(message), [os.dup(each) for each in descriptors]
        with self._changed:
            if not self._is_closed and len(self._waiting) >= MOST_WAITING:
                logger.warning("%s does not read any more and is cut off", self._peer)
                self._close()
            if self._is_closed:
                return _close_all(packet[1])
            # A new key stands last: a message never overtakes those before it.
            replaced = self._waiting.pop(instead_of, None) if instead_of is not None else None
            self._waiting[object() if instead_of is None else instead_of] = packet
            self._changed.notify_all()
        if replaced:
            _close_all(replaced[1])

    def serve(self, handle: Handle) -> None:
        """Hand over what comes until the connection ends, and close it.

        A message that cannot be read is logged and passed over: the peer may be of a later release.

        Args:
            handle: gets each message and its descriptors, which are then its own.
        """
        try:
            while (packet := self._receive()) is not None:
                data, descriptors = packet
                try:
                    message = decode(data)
                except MessageError as error:
                    _close_all(descriptors)
                    logger.warning("from %s: %s", self._peer, error)
                    continue
                handle(message, descriptors)
        finally:
            self.close()
            self._writer.join()
            self._end.close()

    def close(self) -> None:
        """End the connection, for both sides; again changes nothing."""
        with self._changed:
            self._close()

    def _close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            with suppress(OSError):
                self._end.shutdown(socket.SHUT_RDWR)
            for _, descriptors in self._waiting.values():
                _close_all(descriptors)
            self._waiting.clear()
            self._changed.notify_all()

    def _write(self) -> None:
        while (packet := self._next()) is not None:
            data, descriptors = packet
            try:
                self._send_packet(data, descriptors)
            except OSError:
                self.close()
            finally:
                _close_all(descriptors)

    def _next(self) -> Packet | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closed)
            if self._is_closed:
                return None
            return self._waiting.pop(next(iter(self._waiting)))

    def _send_packet(self, data: bytes, descriptors: list[int]) -> None:
        if len(data) <= MOST_PACKET_BYTES:
            socket.send_fds(self._end, [data], descriptors)
            return
        with MemoryFile.of(data) as file:
            socket.send_fds(self._end, [IN_A_FILE], [file.fileno(), *descriptors])

    def _receive(self) -> Packet | None:
        try:
            data, descriptors, *_ = socket.recv_fds(self._end, MOST_PACKET_BYTES, MOST_DESCRIPTORS)
        except OSError:
            return None
        if data == IN_A_FILE and descriptors:
            with MemoryFile(descriptors.pop(0)) as file:
                data = file.read()
        return (data, descriptors) if data else None


def _close_all(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
