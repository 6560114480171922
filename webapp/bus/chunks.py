"""A file on its way between two processes: chunks, each after its length, and an empty one."""

import socket
import struct
from collections.abc import Iterable, Iterator
from itertools import chain

from webapp.core.errors import MessageError

LENGTH = struct.Struct("!I")
MOST_CHUNK_BYTES = 1 << 24


def send_chunks(end: socket.socket, chunks: Iterable[bytes]) -> None:
    """Send a file, or as much of it as the other side wants; raises what `chunks` raises."""
    for chunk in chain(filter(None, chunks), [b""]):
        try:
            end.sendall(LENGTH.pack(len(chunk)) + chunk)
        except OSError:
            return


def received_chunks(end: socket.socket) -> Iterator[bytes]:
    """Yield a file as it comes.

    Raises:
        MessageError: the sender gave up.
    """
    with end.makefile("rb") as stream:
        while True:
            head = stream.read(LENGTH.size)
            size = LENGTH.unpack(head)[0] if len(head) == LENGTH.size else MOST_CHUNK_BYTES + 1
            if size == 0:
                return
            chunk = stream.read(size) if size <= MOST_CHUNK_BYTES else b""
            if len(chunk) != size:
                raise MessageError("The file did not come as a whole; hand it in again.")
            yield chunk
