"""One end of a connection between processes that may be of several machines, over Redis."""

import logging
import queue
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from webapp.bus.json_codec import decode, encode
from webapp.bus.link import Handle
from webapp.cluster.files import give_back
from webapp.core.errors import MessageError
from webapp.core.messages import Message

if TYPE_CHECKING:
    from webapp.cluster.hub import RedisHub

MOST_WAITING = 2000
logger = logging.getLogger(__name__)
Packet = tuple[bytes, list[int]]


class RedisLink:
    """Implements `bus.link.Link`; a hub carries what goes over it.

    Attributes:
        process: id of the process at the other side.
        number: of this link; the same at both sides.
        kind: what the process that was asked for it serves over it.
        heard_at_s: when something last came, monotonic.
    """

    def __init__(self, hub: "RedisHub", process: str, number: str, kind: str) -> None:
        """Prepare; the hub keeps it."""
        self._hub = hub
        self.process, self.number, self.kind = process, number, kind
        self.heard_at_s = 0.0
        self._inbox: queue.Queue[Packet | None] = queue.Queue()
        self._is_closed = False

    def send(
        self, message: Message, descriptors: Sequence[int] = (), instead_of: Hashable = None
    ) -> None:
        """See `Link`; a socket among the descriptors is read on until its end."""
        if not self._is_closed:
            self._hub.send(self, encode(message), descriptors, instead_of)

    def serve(self, handle: Handle) -> None:
        """See `Link`; a message that cannot be read is logged and passed over."""
        try:
            while (packet := self._inbox.get()) is not None:
                data, descriptors = packet
                try:
                    message = decode(data)
                except MessageError as error:
                    give_back(descriptors)
                    logger.warning("from process %s: %s", self.process[:8], error)
                    continue
                handle(message, descriptors)
        finally:
            self.close()
            self._give_back_waiting()

    def close(self) -> None:
        """See `Link`."""
        if not self._is_closed:
            self._is_closed = True
            self._hub.forget(self)
            self._inbox.put(None)

    def take(self, data: bytes, descriptors: list[int]) -> None:
        """Take what came for this end; called by the hub."""
        if self._inbox.qsize() >= MOST_WAITING:
            logger.warning("this process is too slow for %s, and cuts it off", self.process[:8])
            self.close()
        if self._is_closed:
            return give_back(descriptors)
        self._inbox.put((data, descriptors))

    def _give_back_waiting(self) -> None:
        while not self._inbox.empty():
            if packet := self._inbox.get():
                give_back(packet[1])
