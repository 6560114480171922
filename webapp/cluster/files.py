"""What goes over Redis beside messages: memory of any size, and what a socket brings.

Small memory travels in the packet. Large memory lies under a key of its own until it is taken,
because Redis cuts off subscribers that have much to read. Of a socket, a few chunks at most lie in
a list, so that a sender never runs ahead of its reader.
"""

import logging
import os
import secrets
import socket
import stat
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from redis import Redis
from redis.exceptions import RedisError

from webapp.bus.memory_file import MemoryFile
from webapp.cluster.packet_sealer import PacketSealer
from webapp.core.errors import MessageError

MOST_INLINE_BYTES = 512 * 1024
CHUNK_BYTES = 256 * 1024
MOST_CHUNKS = 8
KEPT_S = 60
WAIT_S = 0.05
# Each wait for a chunk is shorter than the time in which Redis must answer.
TAKE_WITHIN_S = 1
IDLE_S = 30.0
logger = logging.getLogger(__name__)
Pump = Callable[[socket.socket, str], None]


@dataclass(frozen=True)
class Sent:
    """One descriptor on its way.

    Attributes:
        data: what travels in the packet, or lies under `key`.
        key: "" where all is in the packet.
        is_stream: whether a socket's chunks come under `key`.
    """

    data: bytes = b""
    key: str = ""
    is_stream: bool = False

    @property
    def head(self) -> dict[str, object]:
        """What the packet says of it."""
        return {"bytes": 0 if self.key else len(self.data), "key": self.key, "s": self.is_stream}


class RedisFiles:
    """Sends and takes descriptors."""

    def __init__(self, redis: Redis, sealer: PacketSealer) -> None:
        self._redis, self._sealer = redis, sealer

    def read(self, descriptors: Sequence[int]) -> list[Sent]:
        """Return what there is to send; sockets are read on in the background."""
        return [self._read(each) for each in descriptors]

    def keep(self, files: Sequence[Sent]) -> None:
        """Lay out what is too large for a packet; raises RedisError."""
        for each in files:
            if each.key and not each.is_stream:
                sealed = self._sealer.seal(each.data, each.key)
                self._redis.set(each.key, sealed, ex=KEPT_S)

    def take(self, heads: Sequence[dict[str, object]], data: bytes) -> list[int]:
        """Return descriptors of what came with a packet.

        Raises:
            MessageError: a part is not there any more.
            RedisError: Redis is away.
        """
        taken, start = list[int](), 0
        try:
            for head in heads:
                size = int(str(head["bytes"]))
                taken.append(self._take(head, data[start : start + size]))
                start += size
        except BaseException:
            give_back(taken)
            raise
        return taken

    def _read(self, descriptor: int) -> Sent:
        key = f"{self._sealer.prefix}:file:{secrets.token_hex(16)}"
        if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            end = socket.socket(fileno=os.dup(descriptor))
            end.setblocking(True)
            self._in_background(self._push, end, key)
            return Sent(key=key, is_stream=True)
        with MemoryFile(os.dup(descriptor)) as file:
            data = file.read()
        return Sent(data, key if len(data) > MOST_INLINE_BYTES else "")

    def _take(self, head: dict[str, object], data: bytes) -> int:
        key = str(head["key"])
        if head["s"]:
            ours, theirs = socket.socketpair()
            self._in_background(self._pull, ours, key)
            return theirs.detach()
        if key:
            sealed = self._redis.getdel(key)
            if not isinstance(sealed, bytes):
                raise MessageError("what came with a message is not there any more")
            _, data = self._sealer.open(sealed, key, in_order=False)
        with MemoryFile.of(data) as file:
            return os.dup(file.fileno())

    def _in_background(self, run: Pump, end: socket.socket, key: str) -> None:
        threading.Thread(target=self._pumped, args=(run, end, key), daemon=True).start()

    def _pumped(self, run: Pump, end: socket.socket, key: str) -> None:
        with end:
            try:
                run(end, key)
            except (RedisError, MessageError) as error:
                # Its reader sees that it did not come as a whole.
                logger.warning("a file on its way was given up: %s", error)

    def _push(self, end: socket.socket, key: str) -> None:
        """Put what a socket brings under a key; an empty chunk ends it."""
        number, chunk = 0, b"more"
        while chunk:
            chunk = end.recv(CHUNK_BYTES)
            sealed = self._sealer.seal(chunk, f"{key}:{number}")
            # Both or none: nothing may stay there for good.
            pipe = self._redis.pipeline(transaction=True)
            pipe.rpush(key, sealed)
            pipe.expire(key, KEPT_S)
            waiting = pipe.execute()[0]
            number += 1
            if waiting > MOST_CHUNKS and not self._has_room(key):
                return

    def _has_room(self, key: str) -> bool:
        """Wait for the reader; False when it wants no more, or is gone."""
        deadline_s = time.monotonic() + IDLE_S
        while time.monotonic() < deadline_s:
            if self._redis.exists(_end_of(key)):
                return False
            if self._redis.llen(key) < MOST_CHUNKS:
                return True
            time.sleep(WAIT_S)
        return False

    def _pull(self, end: socket.socket, key: str) -> None:
        """Write what lies under a key into a socket, up to the empty chunk."""
        number, idle_until_s = 0, time.monotonic() + IDLE_S
        try:
            while time.monotonic() < idle_until_s:
                found = self._redis.blpop([key], timeout=TAKE_WITHIN_S)
                if not isinstance(found, list | tuple):
                    continue
                sealed_for = f"{key}:{number}"
                sealed = cast(bytes, found[1])
                _, chunk = self._sealer.open(sealed, sealed_for, in_order=False)
                if not chunk:
                    return
                end.sendall(chunk)
                number, idle_until_s = number + 1, time.monotonic() + IDLE_S
        except OSError:
            # The reader wants no more.
            pass
        finally:
            with suppress(RedisError):
                self._redis.set(_end_of(key), b"", ex=KEPT_S)
                self._redis.delete(key)


def _end_of(key: str) -> str:
    return f"{key}:end"


def give_back(descriptors: Sequence[int]) -> None:
    """Close what nobody takes."""
    for descriptor in descriptors:
        os.close(descriptor)
